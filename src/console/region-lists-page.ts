/** The lists behind the figures of the region: establishments, those of one month, the advisor's view, and their files. */
import {
  figuresCsv,
  filterStandings,
  isMonth,
  isRiskKind,
  monthAfter,
  monthOf,
  RISK_KINDS,
  RISK_RULES,
  type Standing,
  type StandingFilter,
  standings,
  standingsCsv,
  threeYears,
} from '../region/index.ts';
import { apiRules } from '../rules/api.ts';
import { namedEstablishments, shownFigures } from '../store/region-reads.ts';
import { empty, filterForm, filterSelect, filterText, table } from './components.ts';
import { counted, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import {
  addedIn,
  kindChip,
  kindLabel,
  known,
  LIST,
  monthName,
  originText,
  percentOf,
  placeLink,
  productName,
  productNames,
  REGION,
  riskTitle,
} from './region-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { capital } from './words.ts';

const PERMISSION = { permission: 'region.read' } as const;

export const regionListPages: readonly PageDefinition[] = [
  { method: 'GET', path: LIST, ...PERMISSION, answer: showList },
  { method: 'GET', path: `${REGION}/mois/:id`, ...PERMISSION, answer: showMonth },
  { method: 'GET', path: `${REGION}/conseil`, ...PERMISSION, answer: showAdvice },
  { method: 'GET', path: `${REGION}/export`, ...PERMISSION, answer: exportMonths },
  { method: 'GET', path: `${REGION}/export-etablissements`, ...PERMISSION, answer: exportList },
];

const RIGHT = { align: 'right' } as const;
const ABOVE = html`<a href="${REGION}">Région</a>`;
/** Names of the filters in an address. */
const FILTERS = ['q', 'nature', 'produit', 'vigilance', 'etapes', 'origine'] as const;
const KINDS: Readonly<Record<string, StandingFilter['kind']>> = {
  'INS-C': 'INS-C',
  NIR: 'NIR',
  INS: 'INS',
  ancienne: 'old',
  inconnue: 'unknown',
};
const STEPS = [0, 1, 2, 3, 4, 5, 'inconnues'] as const;
const ORIGINS: Readonly<Record<string, StandingFilter['origin']>> = {
  ici: 'own',
  transmis: 'pushed',
  importe: 'imported',
  aucun: 'none',
};

/** What is no filter of ours finds nothing rather than all. */
function filterOf({ query }: Visit): StandingFilter | undefined {
  const risk = query('vigilance');
  const kind = query('nature') === '' ? '' : KINDS[query('nature')];
  const origin = query('origine') === '' ? '' : ORIGINS[query('origine')];
  const steps = STEPS.find((known) => String(known) === query('etapes'));
  if (kind === undefined || origin === undefined || (query('etapes') !== '' && steps === undefined)) return undefined;
  if (risk !== '' && risk !== 'toutes' && !isRiskKind(risk)) return undefined;
  return {
    search: query('q'),
    kind,
    product: query('produit'),
    risk: risk === 'toutes' ? 'any' : risk === '' || isRiskKind(risk) ? risk : '',
    steps: steps === 'inconnues' ? 'unknown' : steps,
    origin,
  };
}

function asked({ query }: Visit): string {
  const given = FILTERS.filter((name) => query(name) !== '');
  return new URLSearchParams(Object.fromEntries(given.map((name) => [name, query(name)]))).toString();
}

async function found(visit: Visit): Promise<{ rows: readonly Standing[]; all: number }> {
  const { gateway, actor, now } = visit;
  const every = await standings(gateway, { eg: actor.eg, to: monthOf(now) });
  const filter = filterOf(visit);
  return { rows: filter === undefined ? [] : filterStandings(every, filter), all: every.length };
}

async function showList(visit: Visit): Promise<Answer> {
  const [{ rows, all }, products] = await Promise.all([found(visit), productNames(visit.gateway.pool)]);
  const address = asked(visit);
  const lead = html`<p>${rows.length === all ? counted(all, 'établissement', 'établissements') : `${number(rows.length)} sur ${counted(all, 'établissement', 'établissements')}`}.</p><p class="field-actions"><a class="btn" href="${REGION}/export-etablissements${address !== '' && `?${address}`}">Exporter cette liste (CSV)</a></p>`;
  const body = html`${heading('Établissements de la région', lead, ABOVE)}
${filters(visit, address !== '', products)}
<section class="card list">${
    rows.length === 0
      ? empty('Aucun établissement', 'Aucun établissement ne répond à ces filtres.')
      : table(
          'Établissements de la région',
          [
            { label: 'Établissement' },
            { label: 'Nature d’identité' },
            { label: 'Documents, dernier mois complet', ...RIGHT },
            { label: 'Identités qualifiées', ...RIGHT },
            { label: 'Étapes', ...RIGHT },
            { label: 'Vigilance', wide: true },
            { label: 'Origine' },
          ],
          rows.map((row) => [
            placeLink(row.eg, row.name),
            kindChip(row.identityKind),
            addedIn(row),
            percentOf(row.qualifiedRate),
            known(row.steps),
            row.risks.length === 0
              ? html`<span class="mut">aucune</span>`
              : html`${row.risks.map(({ rule, detail }, place) => html`${place > 0 && html`<br>`}${riskTitle(rule)}<br><span class="mut">${detail}</span>`)}`,
            originText(row.origin),
          ]),
        )
  }</section>`;
  return { kind: 'page', title: 'Établissements de la région', section: 'region', body };
}

function filters(visit: Visit, clear: boolean, products: Awaited<ReturnType<typeof productNames>>): Html {
  const { query } = visit;
  const select = (name: string, label: string, all: string, choices: readonly (readonly [string, string])[]): Html =>
    filterSelect(
      name,
      label,
      all,
      choices.map(([value, said]) => ({ value, label: said })),
      query(name),
    );
  return filterForm(
    LIST,
    clear,
    html`${filterText('q', 'Nom ou FINESS', query('q'))}
${select('nature', 'Nature d’identité', 'Toutes', [
  ['ancienne', 'INS-C ou NIR'],
  ['INS-C', kindLabel('INS-C')],
  ['NIR', kindLabel('NIR')],
  ['INS', kindLabel('INS')],
  ['inconnue', 'Non connue'],
])}
${select('vigilance', 'Vigilance', 'Toutes et aucune', [
  ['toutes', 'Au moins une'],
  ...RISK_KINDS.map((kind) => [kind, riskTitle(RISK_RULES[kind].rule)] as const),
])}
${select(
  'produit',
  'Produit à migrer',
  'Tous',
  [...products.keys()].map((key) => [key, productName(products, key)]),
)}
${select(
  'etapes',
  'Étapes atteintes',
  'Toutes',
  STEPS.map((steps) => [String(steps), steps === 'inconnues' ? 'Non connues' : `${steps} sur 5`]),
)}
${select('origine', 'Origine', 'Toutes', [
  ['ici', 'Calculé ici'],
  ['transmis', 'Transmis'],
  ['importe', 'Importé'],
  ['aucun', 'Aucun chiffre'],
])}`,
  );
}

const NOT_FOUND: Answer = { kind: 'refused', refusal: { rule: apiRules.notFound } };

/** What one figure of a month is made of. */
async function showMonth(visit: Visit): Promise<Answer> {
  const { gateway, actor, id, query, now } = visit;
  if (!isMonth(id) || id > monthOf(now)) return NOT_FOUND;
  const [figures, rows] = await Promise.all([
    shownFigures(gateway.pool, { eg: actor.eg, from: id, to: id }),
    namedEstablishments(gateway.pool, actor.eg),
  ]);
  const names = new Map(rows.map((row) => [row.eg, row.name]));
  const nature = query('nature');
  const shown = figures.filter(({ identityKind }) => nature === '' || identityKind === nature);
  const documents = shown.reduce((sum, { added }) => sum + (added ?? 0), 0);
  const lead = html`<p>${counted(shown.length, 'établissement', 'établissements')}, ${counted(documents, 'document ajouté', 'documents ajoutés')} au DMP.</p>`;
  const body = html`${heading(`Région, ${monthName(id)}`, lead, ABOVE)}
${filterForm(
  `${REGION}/mois/${id}`,
  nature !== '',
  filterSelect(
    'nature',
    'Nature d’identité',
    'Toutes',
    (['INS-C', 'NIR', 'INS'] as const).map((kind) => ({ value: kind, label: kindLabel(kind) })),
    nature,
  ),
)}
<section class="card list">${
    shown.length === 0
      ? empty('Aucun chiffre', 'Aucun établissement n’a de chiffre pour ce mois et ce filtre.')
      : table(
          `Établissements, ${monthName(id)}`,
          [
            { label: 'Établissement', wide: true },
            { label: 'Nature d’identité' },
            { label: 'Documents', ...RIGHT },
            { label: 'Remplacés', ...RIGHT },
            { label: 'Supprimés', ...RIGHT },
            { label: 'Refusés', ...RIGHT },
            { label: 'Origine' },
          ],
          shown.map((figure) => [
            placeLink(figure.eg, names.get(figure.eg) ?? figure.eg),
            kindChip(figure.identityKind),
            known(figure.added),
            known(figure.replaced),
            known(figure.deleted),
            known(figure.refused),
            originText(figure.origin),
          ]),
        )
  }</section>
<p class="pages">${id > '2000-01' && html`<a href="${REGION}/mois/${monthAfter(id, -1)}">Mois précédent</a>`} ${id < monthOf(now) && html`<a href="${REGION}/mois/${monthAfter(id)}">Mois suivant</a>`}</p>`;
  return { kind: 'page', title: `Région, ${monthName(id)}`, section: 'region', body };
}

/** The three blocking points of each hospital, those that are stopped first. */
async function showAdvice(visit: Visit): Promise<Answer> {
  const { gateway, actor, now } = visit;
  const [every, products] = await Promise.all([
    standings(gateway, { eg: actor.eg, to: monthOf(now) }),
    productNames(gateway.pool),
  ]);
  const rows = every
    .filter(({ blocking }) => blocking.length > 0)
    .toSorted((a, b) => b.risks.length - a.risks.length || a.name.localeCompare(b.name, 'fr'));
  const lead = html`<p>${rows.length === 0 ? 'Aucun établissement n’est bloqué.' : `${counted(rows.length, 'établissement', 'établissements')} à accompagner : pour chacun, les trois points qui bloquent le plus.`}</p>`;
  const body = html`${heading('Vue du conseiller', lead, ABOVE)}
<section class="card list">${
    rows.length === 0
      ? empty(
          'Rien ne bloque',
          'Un point de blocage vient d’une règle de vigilance, d’un motif d’attente ou de refus, ou d’un produit à migrer.',
        )
      : table(
          'Points de blocage par établissement',
          [{ label: 'Établissement' }, { label: 'Nature d’identité' }, { label: 'Points de blocage', wide: true }],
          rows.map((row) => [placeLink(row.eg, row.name), kindChip(row.identityKind), blockingList(row, products)]),
        )
  }</section>`;
  return { kind: 'page', title: 'Vue du conseiller', section: 'region', body };
}

export function blockingList({ blocking }: Standing, products: Awaited<ReturnType<typeof productNames>>): Html {
  return html`<ol class="steps-list">${blocking.map(
    ({ what, rule, products: keys }) =>
      html`<li>${keys === undefined ? capital(what) : `Produit à migrer : ${keys.map((key) => productName(products, key)).join(', ')}`}${rule !== null && html` <a class="mut" href="/console/regles#${rule}">${rule}</a>`}</li>`,
  )}</ol>`;
}

async function exportMonths({ gateway, actor, now }: Visit): Promise<Answer> {
  const scope = { eg: actor.eg, ...threeYears(now) };
  const [figures, rows] = await Promise.all([
    shownFigures(gateway.pool, scope),
    namedEstablishments(gateway.pool, actor.eg),
  ]);
  return csv(figuresCsv(figures, new Map(rows.map((row) => [row.eg, row]))), `region-${scope.to}.csv`);
}

async function exportList(visit: Visit): Promise<Answer> {
  const { rows } = await found(visit);
  return csv(standingsCsv(rows), `region-etablissements-${monthOf(visit.now)}.csv`);
}

function csv(text: string, saveAs: string): Answer {
  return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes: Buffer.from(text, 'utf8'), saveAs };
}
