/** « Valeurs à rattacher » : what documents say in codes that no row translates, and what waits behind each. */
import { type ValueToMap, valuesToMap } from '../store/unmapped-values.ts';
import { empty, table } from './components.ts';
import { senderName } from './document-table.ts';
import { establishmentName } from './establishments.ts';
import { age, counted, number, recent } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { mappingTabs, mayMap } from './mapping-frame.ts';
import { MAPPINGS, wordsOf } from './mapping-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

const SHOWN = 200;

export const mappingDeskPage: PageDefinition = {
  method: 'GET',
  path: MAPPINGS,
  permission: 'mappings.read',
  answer: showDesk,
};

async function showDesk(visit: Visit): Promise<Answer> {
  const { gateway, actor, now } = visit;
  const values = await valuesToMap(gateway.pool, { eg: actor.eg, kind: null, limit: SHOWN });
  const saved = visit.query('enregistre') === 'oui';
  const body = html`<div id="direct-valeurs" data-live>${heading('Valeurs à rattacher', html`${lead(values, now)}${saved && html`<p role="status">Correspondance enregistrée : les documents qui l’attendaient repartent.</p>`}`)}
${await mappingTabs(visit, 'desk', values.length < SHOWN ? values.length : undefined)}
<section class="card list">${values.length === 0 ? nothing() : valueTable(visit, values)}</section></div>`;
  return { kind: 'page', title: 'Valeurs à rattacher', section: 'correspondances', body, live: 'installation' };
}

function lead(values: readonly ValueToMap[], now: Date): Html | false {
  if (values.length === 0) return false;
  const oldest = values.reduce((first, { firstSeen }) => (firstSeen < first ? firstSeen : first), now);
  const one = values.length < 2;
  const count =
    values.length === SHOWN
      ? `Plus de ${SHOWN} valeurs locales`
      : counted(values.length, 'valeur locale', 'valeurs locales');
  return html`<p>${count} ${one ? 'retient' : 'retiennent'} des documents, depuis ${age(oldest, now)}. Chaque document repart de lui-même dès que ses valeurs sont rattachées.</p>`;
}

function nothing(): Html {
  return empty(
    'Aucune valeur à rattacher',
    'Quand un document brut (PDF, texte…) nomme son type, son unité ou son auteur par un code local inconnu, il attend et le code apparaît ici avec ses exemples.',
  );
}

function valueTable(visit: Visit, values: readonly ValueToMap[]): Html {
  const { now, gateway } = visit;
  const write = mayMap(visit);
  return table(
    'Valeurs à rattacher, celles qui retiennent le plus de documents d’abord',
    [
      { label: 'Valeur locale' },
      { label: 'Nature' },
      { label: 'Émetteur', wide: true },
      { label: 'Documents', align: 'right' },
      { label: 'Vue depuis', align: 'right' },
      { label: 'Dernière fois', align: 'right' },
      { label: 'Exemples' },
      ...(write ? [{ label: 'Action', quiet: true, align: 'right' } as const] : []),
    ],
    values.map((value) => [
      html`<span class="strong">${value.localValue}</span>${value.label !== '' && html`<br><span class="mut">${value.label}</span>`}`,
      wordsOf(value.kind).one,
      html`${senderName(value.sender)}<br><span class="mut">${establishmentName(gateway.config, value.eg)}</span>`,
      number(value.documents),
      age(value.firstSeen, now),
      recent(value.lastSeen, now),
      html`<ul>${value.examples.map((controlId) => html`<li><a href="/console/documents?message=${encodeURIComponent(controlId)}"><code>${controlId}</code></a></li>`)}</ul>`,
      ...(write
        ? [
            html`<a class="btn small main" href="${mapAddress(value)}">Rattacher<span class="unseen"> ${wordsOf(value.kind).one} ${value.localValue}</span></a>`,
          ]
        : []),
    ]),
  );
}

/** The form, filled with what the documents say. */
function mapAddress(value: ValueToMap): string {
  const given = {
    valeur: value.localValue,
    libelle: value.label,
    nom: value.localName,
    emetteur: value.sender,
    eg: value.eg,
  };
  return `${MAPPINGS}/${wordsOf(value.kind).slug}/ligne?${new URLSearchParams(given)}`;
}
