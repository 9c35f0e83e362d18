/** Observatoire: each application as its traffic shows it, beside what was declared. */
import { may } from '../api/access.ts';
import { verdictOf } from '../catalogue/index.ts';
import {
  type Difference,
  type Obsolete,
  observatoryCsv,
  type Picture,
  readPicture,
  type SeenApplication,
  type SeenUse,
} from '../observatory/index.ts';
import { chip, empty, filterForm, filterSelect, filterText, table } from './components.ts';
import { establishmentChoices, establishmentName } from './establishments.ts';
import { counted, day, number, recent } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import {
  API_WORDS,
  applicationId,
  applicationName,
  CATALOGUE,
  DIFFERENCES,
  differenceText,
  identityCell,
  MAINTENANCE,
  maintenanceText,
  OBSERVATORY,
  recognitionCell,
  VERDICTS,
} from './observatory-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

/** Lines shown of each list; the file has them all. */
const SHOWN = 200;

export const observatoryPages: readonly PageDefinition[] = [
  { method: 'GET', path: OBSERVATORY, permission: 'flows.read', answer: showObservatory },
  {
    method: 'GET',
    path: `${OBSERVATORY}/export`,
    permission: 'flows.read',
    answer: async ({ gateway, actor }) => ({
      kind: 'content',
      mimeType: 'text/csv; charset=utf-8',
      bytes: Buffer.from(observatoryCsv(await readPicture(gateway, actor.eg))),
      saveAs: 'observatoire.csv',
    }),
  },
];

interface Line {
  readonly seen: SeenApplication;
  readonly use: SeenUse;
}

async function showObservatory(visit: Visit): Promise<Answer> {
  const { gateway, actor } = visit;
  const picture = await readPicture(gateway, actor.eg);
  const all = picture.applications.flatMap((seen) => seen.uses.map((use): Line => ({ seen, use })));
  const lines = all.filter((line) => isAsked(visit, line));
  const asked = (eg: string): boolean => visit.query('eg') === '' || visit.query('eg') === eg;
  const differences = picture.differences.filter(({ eg }) => asked(eg));
  const obsolete = picture.obsolete.filter(({ eg }) => asked(eg));
  const body = html`${heading('Observatoire', lead(picture), links(visit))}
<section class="card list" id="applications"><h2>Applications observées</h2>${all.length > 0 && filters(visit, all)}${
    all.length === 0
      ? empty(
          'Aucune application observée',
          'Chaque application qui envoie un message ou un appel paraîtra ici, avec son produit, sa version, son API et la nature de l’identité.',
        )
      : lines.length === 0
        ? empty('Aucune application ne répond à ces filtres', html`<a href="${OBSERVATORY}">Tout afficher</a>`)
        : useTable(visit, lines)
  }</section>
<section class="card list" id="ecarts"><h2>Écarts avec ce qui est déclaré</h2>${
    differences.length === 0
      ? empty('Aucun écart', 'La configuration, l’inventaire et les échanges disent la même chose.')
      : differenceTable(visit, differences)
  }</section>
<section class="card list" id="obsoletes"><h2>Versions obsolètes ici</h2>${
    obsolete.length === 0
      ? empty(
          'Aucune version obsolète connue',
          html`Les déclarations de versions des éditeurs, importées dans <a href="${OBSERVATORY}/inventaires">Inventaires</a>, sont comparées ici à ce qui est vu et à ce qui est installé.`,
        )
      : obsoleteTable(visit, obsolete)
  }</section>`;
  return { kind: 'page', title: 'Observatoire', section: 'migration', body };
}

function links({ actor }: Visit): HtmlValue {
  return html`<a href="/console/migration">Migration</a> · <a href="${CATALOGUE}">Catalogue</a>${may(actor, 'inventory.import') && actor.eg === null && html` · <a href="${OBSERVATORY}/inventaires">Inventaires</a>`} · <a href="${OBSERVATORY}/export">Exporter (CSV)</a>`;
}

function lead({ applications, differences, obsolete }: Picture): Html {
  const uses = applications.flatMap((seen) => seen.uses);
  const old = uses.filter(({ recognition }) => {
    const verdict = recognition === undefined ? undefined : verdictOf(recognition);
    return verdict === 'replace' || verdict === 'move';
  });
  return html`<p>${counted(applications.length, 'application est vue', 'applications sont vues')} dans les échanges, dont ${counted(old.length, 'emploi d’un produit à migrer', 'emplois de produits à migrer')}. ${counted(differences.length, 'écart', 'écarts')} avec ce qui est déclaré, ${counted(obsolete.length, 'version obsolète', 'versions obsolètes')}.</p>`;
}

function isAsked({ query }: Visit, { seen, use }: Line): boolean {
  const words = [seen.application, seen.facility, use.product, use.productVersion].join(' ').toLowerCase();
  const verdict = use.recognition === undefined ? '' : verdictOf(use.recognition);
  return (
    words.includes(query('q').toLowerCase()) &&
    (query('api') === '' || query('api') === use.api) &&
    (query('eg') === '' || query('eg') === seen.eg) &&
    (query('suite') === '' || query('suite') === verdict)
  );
}

function filters({ gateway, actor, query }: Visit, lines: readonly Line[]): Html {
  const apis = [...new Set(lines.map(({ use }) => use.api))].sort();
  const verdicts = Object.entries(VERDICTS).map(([value, { label }]) => ({ value, label }));
  const clear = ['q', 'api', 'eg', 'suite'].some((name) => query(name) !== '');
  return filterForm(
    OBSERVATORY,
    clear,
    html`${filterText('q', 'Application ou produit', query('q'))}${filterSelect(
      'api',
      'API utilisée',
      'Toutes',
      apis.map((value) => ({ value, label: API_WORDS[value] ?? value })),
      query('api'),
    )}${filterSelect('suite', 'Au catalogue', 'Tous', verdicts, query('suite'))}${filterSelect(
      'eg',
      'Établissement',
      'Tous',
      establishmentChoices(gateway.config, actor.eg),
      query('eg'),
    )}`,
  );
}

function useTable({ gateway, now }: Visit, lines: readonly Line[]): Html {
  const right = { align: 'right' } as const;
  return html`${table(
    'Applications observées',
    [
      { label: 'Application' },
      { label: 'Produit et version' },
      { label: 'API utilisée' },
      { label: 'Identité transmise', wide: true },
      { label: 'Ce mois', ...right },
      { label: '30 jours', ...right },
      { label: 'Refusés', ...right },
      { label: 'Vue depuis', ...right },
      { label: 'Dernière fois', ...right },
    ],
    lines
      .slice(0, SHOWN)
      .map(({ seen, use }) => [
        html`<a href="${OBSERVATORY}/application/${applicationId(seen)}">${applicationName(seen)}</a><br><span class="mut">${seen.eg === '' ? 'établissement inconnu' : establishmentName(gateway.config, seen.eg)}</span>`,
        productCell(use),
        html`${API_WORDS[use.api] ?? use.api}${use.protocolVersions.length > 0 && html`<br><span class="mut">${use.protocolVersions.join(', ')}</span>`}`,
        identityCell(use),
        number(use.month),
        number(use.recent),
        use.refused === 0 ? '0' : html`<span class="strong">${number(use.refused)}</span>`,
        day(use.firstSeen),
        recent(use.lastSeen, now),
      ]),
  )}${lines.length > SHOWN && html`<p class="mut">${number(SHOWN)} lignes sur ${number(lines.length)} : filtrez, ou exportez le tout.</p>`}`;
}

function productCell({ product, productVersion, recognition }: SeenUse): HtmlValue {
  const named =
    product === ''
      ? html`<span class="mut">non transmis</span>`
      : html`${product} <span class="nowrap">${productVersion}</span>`;
  return recognition === undefined ? named : html`${named}<br>${recognitionCell(recognition)}`;
}

function differenceTable({ gateway }: Visit, differences: readonly Difference[]): Html {
  return html`${table(
    'Écarts avec ce qui est déclaré',
    [{ label: 'Écart' }, { label: 'Application', wide: true }, { label: 'Établissement' }, { label: 'Ce qui diffère' }],
    differences
      .slice(0, SHOWN)
      .map((difference) => [
        chip(DIFFERENCES[difference.kind]),
        html`${difference.application === '' ? difference.product : applicationName(difference)}${difference.application !== '' && difference.product !== '' && html`<br><span class="mut">${difference.product}</span>`}`,
        difference.eg === ''
          ? html`<span class="mut">inconnu</span>`
          : establishmentName(gateway.config, difference.eg),
        differenceText(difference),
      ]),
  )}${differences.length > SHOWN && html`<p class="mut">${number(SHOWN)} écarts sur ${number(differences.length)}.</p>`}`;
}

function obsoleteTable({ gateway }: Visit, obsolete: readonly Obsolete[]): Html {
  return html`${table(
    'Versions obsolètes ici',
    [
      { label: 'État' },
      { label: 'Produit et version', wide: true },
      { label: 'Établissement' },
      { label: 'D’après' },
      { label: 'Ce que dit l’éditeur' },
    ],
    obsolete
      .slice(0, SHOWN)
      .map((held) => [
        chip(MAINTENANCE[held.standing]),
        html`<span class="strong">${held.product}</span> ${held.version}${held.application !== '' && html`<br>${applicationName(held)}`}`,
        establishmentName(gateway.config, held.eg),
        held.from === 'seen' ? 'les échanges' : 'l’inventaire',
        html`${maintenanceText(held)}${held.link !== '' && html` <a href="${held.link}" rel="noreferrer">Versions de l’éditeur</a>`}${held.source !== '' && html`<br><span class="mut">${held.source}</span>`}`,
      ]),
  )}${obsolete.length > SHOWN && html`<p class="mut">${number(SHOWN)} versions sur ${number(obsolete.length)}.</p>`}`;
}
