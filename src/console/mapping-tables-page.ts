/** The three tables: search, and the way to each row. */
import { scopeIsVisible } from '../mapping/index.ts';
import { apiRules } from '../rules/api.ts';
import { listMappings, type MappingRecord } from '../store/mappings.ts';
import { empty, filterForm, filterText, table } from './components.ts';
import { dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { mappingTabs, mayMap } from './mapping-frame.ts';
import { kindOfPage, MAPPINGS, scopeName, targetText, valueText, wordsOf } from './mapping-words.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName } from './words.ts';

const PAGE = 100;

export const mappingTablesPage: PageDefinition = {
  method: 'GET',
  path: `${MAPPINGS}/:id`,
  permission: 'mappings.read',
  answer: showTable,
};

async function showTable(visit: Visit): Promise<Answer> {
  const words = kindOfPage(visit);
  if (words === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const { gateway, actor } = visit;
  const search = visit.query('recherche');
  const after = place(visit.query('apres'));
  const found = await listMappings(gateway.pool, { kind: words.kind, search, after, limit: PAGE + 1 });
  const rows = found.slice(0, PAGE).filter(({ scope }) => scopeIsVisible(gateway.config, actor.eg, scope));
  const address = `${MAPPINGS}/${words.slug}`;
  const body = html`${heading(
    `Correspondances : ${words.title.toLowerCase()}`,
    html`<p>${INTRODUCTIONS[words.kind]}</p>${visit.query('enregistre') === 'oui' && html`<p role="status">Enregistré.</p>`}`,
  )}
${await mappingTabs(visit, words.kind)}
${filterForm(address, search !== '', html`${filterText('recherche', 'Chercher', search, 'code, libellé, nom')}`)}
<p class="tools">${mayMap(visit) && html`<a class="btn main" href="${address}/ligne">Ajouter</a> <a class="btn" href="${address}/import">Importer un CSV</a> `}<a class="btn" href="${address}/export">Exporter en CSV</a></p>
<section class="card list">${rows.length === 0 ? nothing(search, address) : mappingTable(visit, rows)}</section>
${next(found, search, address)}`;
  return { kind: 'page', title: `Correspondances : ${words.title.toLowerCase()}`, section: 'correspondances', body };
}

const INTRODUCTIONS: Readonly<Record<MappingRecord['kind'], string>> = {
  types:
    'Le code de type des documents bruts de chaque application, et le type national sous lequel ils partent. Un type déjà national ne se rattache pas, un CDA reçu n’est jamais modifié.',
  units:
    'L’unité du séjour, et l’entité géographique, le secteur d’activité et le cadre d’exercice sous lesquels partent ses documents bruts.',
  authors:
    'L’auteur nommé par un identifiant local, et le professionnel (RPPS, spécialité) sous lequel partent ses documents bruts.',
};

function place(text: string): { localValue: string; id: string } | null {
  const id = text.slice(0, 36);
  return isUuid(id) && text[36] === '_' ? { id, localValue: text.slice(37) } : null;
}

function nothing(search: string, address: string): Html {
  return search === ''
    ? empty(
        'Aucune correspondance',
        'Les lignes ajoutées ici, importées, ou nées d’une valeur à rattacher apparaîtront avec leur auteur et leur date.',
      )
    : empty('Aucune ligne ne correspond à cette recherche', html`<a href="${address}">Afficher toutes les lignes</a>.`);
}

function mappingTable(visit: Visit, rows: readonly MappingRecord[]): Html {
  const { config } = visit.gateway;
  const words = wordsOf(rows[0]?.kind ?? 'types');
  return table(
    `Correspondances : ${words.title.toLowerCase()}`,
    [
      { label: 'Valeur locale' },
      { label: words.target, wide: true },
      { label: 'Vaut pour' },
      { label: 'Modifiée' },
      { label: 'Action', quiet: true, align: 'right' },
    ],
    rows.map((row) => [
      valueText(row),
      targetText(config, row),
      scopeName(config, row.scope),
      html`<time class="nowrap" datetime="${row.updatedAt.toISOString()}">${dateTime(row.updatedAt)}</time><br><span class="mut">${actorName(row.updatedBy)}</span>`,
      html`<a class="btn small" href="${MAPPINGS}/${words.slug}/ligne?ligne=${row.id}">Ouvrir<span class="unseen"> la correspondance de ${row.localValue}</span></a>`,
    ]),
  );
}

function next(found: readonly MappingRecord[], search: string, address: string): Html {
  const last = found[PAGE - 1];
  const query = last && new URLSearchParams({ recherche: search, apres: `${last.id}_${last.localValue}` });
  return html`<nav class="pages" aria-label="Pages de la liste">${found.length > PAGE && html`<a class="btn" href="${address}?${String(query)}">Suite</a>`}</nav>`;
}
