/** Région : documents added month by month, identities, products, steps, vigilance. Every figure opens its list. */
import { may } from '../api/access.ts';
import {
  monthAfter,
  monthOf,
  monthsOfRegion,
  productsToMigrate,
  RISK_KINDS,
  RISK_RULES,
  type Standing,
  standings,
} from '../region/index.ts';
import { ruleById } from '../rules/catalogue.ts';
import { senderOfUrl } from '../store/region-installations.ts';
import { firstMonth, type RegionMonth } from '../store/region-reads.ts';
import { empty, explanation, fields, filterForm, filterSelect, notice, table } from './components.ts';
import { counted, dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { documentsByMonth, kindsByMonth } from './region-charts.ts';
import { kindChip, LIST, monthName, productName, productNames, REGION, riskTitle } from './region-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

const DURATIONS = [12, 36, 60, 120] as const;
const BY_DEFAULT = 36;
/** Establishments named beside a product. */
const NAMED = 4;

export const regionPage: PageDefinition = {
  method: 'GET',
  path: REGION,
  permission: 'region.read',
  answer: showRegion,
};

async function showRegion(visit: Visit): Promise<Answer> {
  const { gateway, actor, now, query } = visit;
  const { eg } = actor;
  const to = monthOf(now);
  const duration = DURATIONS.find((months) => String(months) === query('duree')) ?? BY_DEFAULT;
  const whole = query('impression') !== '';
  const [months, rows, products, first] = await Promise.all([
    monthsOfRegion(gateway, { eg, from: monthAfter(to, 1 - duration), to }),
    standings(gateway, { eg, to }),
    productNames(gateway.pool),
    firstMonth(gateway.pool, eg),
  ]);
  const start = first === undefined ? undefined : await startOf(visit, first, months);
  const body = html`${heading(title(months, to), lead(visit, rows, start))}
${filterForm(
  REGION,
  duration !== BY_DEFAULT,
  filterSelect(
    'duree',
    'Durée',
    'Trois ans',
    DURATIONS.filter((one) => one !== BY_DEFAULT).map((one) => ({
      value: String(one),
      label: one === 12 ? 'Un an' : `${one / 12} ans`,
    })),
    query('duree'),
  ),
)}
${
  first === undefined
    ? html`<section class="card">${empty('Aucun chiffre', 'Les mois de cette installation se comptent seuls. Les autres installations transmettent leurs comptages, et les chiffres publiés s’importent en CSV.')}</section>`
    : html`<section class="card"><h2>Documents ajoutés au DMP</h2>${documentsByMonth(months, whole)}</section>
<section class="card"><h2>Établissements par nature d’identité</h2>${kindsByMonth(months, whole)}</section>
<div class="columns halves">${kindsCard(rows)}${stepsCard(rows)}</div>
${risksCard(rows)}${productsCard(rows, products)}`
}${await pushCard(visit)}`;
  return { kind: 'page', title: 'Région', section: 'region', body };
}

/** Where the counts of this installation stand with its own region; nothing where it has none. */
async function pushCard({ gateway, actor }: Visit): Promise<Html | undefined> {
  const { push } = gateway.config.region;
  if (push === undefined || actor.eg !== null) return undefined;
  const sender = await senderOfUrl(gateway.pool, push.url);
  const rule = sender?.ruleId == null ? undefined : ruleById(sender.ruleId);
  const since = sender?.acknowledgedAt == null ? 'aucun accord reçu' : dateTime(sender.acknowledgedAt);
  return html`<section class="card"><h2>Comptages transmis à la région</h2>${fields([
    ['Adresse', push.url],
    ['Dernier accord', since],
    ['Envois pris', number(sender?.sequence ?? 0)],
    ['Dernier échec', sender?.failure],
  ])}${rule !== undefined && notice('wait', ruleTitle(rule), explanation(rule, sender?.failure))}</section>`;
}

/** The month that the region starts from: the first one that is known. */
async function startOf(
  { gateway, actor: { eg } }: Visit,
  first: string,
  months: readonly RegionMonth[],
): Promise<RegionMonth | undefined> {
  const shown = months.find(({ month }) => month === first);
  return shown ?? (await monthsOfRegion(gateway, { eg, from: first, to: first }))[0];
}

function title(months: readonly RegionMonth[], present: string): string {
  const complete = months.findLast(
    ({ month, own, pushed, imported }) => month < present && own + pushed + imported > 0,
  );
  if (complete === undefined) return 'Région';
  return `${counted(complete.added, 'document ajouté', 'documents ajoutés')} au DMP en ${monthName(complete.month)}`;
}

function lead({ actor, query }: Visit, rows: readonly Standing[], start: RegionMonth | undefined): Html {
  const risky = rows.filter(({ risks }) => risks.length > 0).length;
  const old = rows.filter(({ identityKind }) => identityKind === 'INS-C' || identityKind === 'NIR').length;
  const keep = query('duree') === '' ? '' : `duree=${query('duree')}&`;
  return html`<p>${counted(rows.length, 'établissement', 'établissements')} : ${
    old === 0
      ? 'aucun n’alimente encore'
      : html`<a href="${LIST}?nature=ancienne">${counted(old, 'alimente', 'alimentent')} encore</a>`
  } sous une ancienne identité, ${
    risky === 0
      ? 'aucun ne demande de vigilance'
      : html`<a href="${LIST}?vigilance=toutes">${counted(risky, 'demande', 'demandent')} une vigilance</a>`
  }.</p>
${start !== undefined && start.ins + start.nir + start.insC > 0 && html`<p>Point de départ, <a href="${REGION}/mois/${start.month}">${monthName(start.month)}</a> : ${counted(start.ins + start.nir + start.insC, 'établissement alimentait', 'établissements alimentaient')} le DMP, ${number(start.insC)} sous INS-C, ${number(start.nir)} sous NIR, ${number(start.ins)} sous INS qualifiée.</p>`}
<p class="field-actions"><a class="btn" href="${LIST}">Établissements</a> <a class="btn" href="${REGION}/conseil">Vue du conseiller</a> <a class="btn" href="${REGION}/export">Exporter les mois (CSV)</a> <a class="btn" href="${REGION}?${keep}impression=oui">Version à imprimer</a>${
    may(actor, 'region.write') &&
    actor.eg === null &&
    html` <a class="btn" href="${REGION}/imports">Imports</a> <a class="btn" href="${REGION}/installations">Installations</a> <a class="btn" href="${REGION}/vigilance">Règles de vigilance</a>`
  }</p>`;
}

function count(rows: readonly Standing[], test: (row: Standing) => boolean): number {
  return rows.filter(test).length;
}

function linked(value: number, filter: string): Html | string {
  return value === 0 ? '0' : html`<a href="${LIST}?${filter}">${number(value)}</a>`;
}

const RIGHT = { align: 'right' } as const;

function kindsCard(rows: readonly Standing[]): Html {
  const unknown = count(rows, ({ identityKind }) => identityKind === null);
  return html`<section class="card list"><h2>Nature d’identité à ce jour</h2><p class="mut">La plus ancienne encore en usage au dernier mois connu.</p>${table(
    'Établissements par nature d’identité à ce jour',
    [
      { label: 'Nature', wide: true },
      { label: 'Établissements', ...RIGHT },
    ],
    [
      ...(['INS-C', 'NIR', 'INS'] as const).map((kind) => [
        kindChip(kind),
        linked(
          count(rows, ({ identityKind }) => identityKind === kind),
          `nature=${kind}`,
        ),
      ]),
      ['Non connue', linked(unknown, 'nature=inconnue')],
    ],
  )}</section>`;
}

function stepsCard(rows: readonly Standing[]): Html {
  const unknown = count(rows, ({ steps }) => steps === null);
  return html`<section class="card list"><h2>Étapes du plan atteintes</h2><p class="mut">Sur les cinq étapes du plan de migration.</p>${table(
    'Établissements par nombre d’étapes atteintes',
    [
      { label: 'Étapes', wide: true },
      { label: 'Établissements', ...RIGHT },
    ],
    [
      ...[5, 4, 3, 2, 1, 0].map((steps) => [
        `${steps} sur 5`,
        linked(
          count(rows, (row) => row.steps === steps),
          `etapes=${steps}`,
        ),
      ]),
      ['Non connues', linked(unknown, 'etapes=inconnues')],
    ],
  )}</section>`;
}

function risksCard(rows: readonly Standing[]): Html {
  return html`<section class="card list"><h2>Vigilance</h2>${table(
    'Établissements par règle de vigilance',
    [{ label: 'Règle' }, { label: 'Pourquoi', wide: true }, { label: 'Établissements', ...RIGHT }],
    RISK_KINDS.map((kind) => {
      const { rule } = RISK_RULES[kind];
      return [
        html`<span class="strong">${riskTitle(rule)}</span><br><a class="mut" href="/console/regles#${rule.id}">${rule.id}</a>`,
        rule.cause,
        linked(
          count(rows, ({ risks }) => risks.some((risk) => risk.kind === kind)),
          `vigilance=${kind}`,
        ),
      ];
    }),
  )}</section>`;
}

function productsCard(rows: readonly Standing[], products: Awaited<ReturnType<typeof productNames>>): Html {
  const found = productsToMigrate(rows);
  return html`<section class="card list"><h2>Produits à migrer</h2>${
    found.length === 0
      ? empty(
          'Aucun produit à migrer connu',
          'Les produits du catalogue apparaissent ici dès qu’un établissement est vu avec l’un d’eux.',
        )
      : table(
          'Produits à migrer, et où',
          [{ label: 'Produit' }, { label: 'API' }, { label: 'Où', wide: true }, { label: 'Établissements', ...RIGHT }],
          found.map(({ key, establishments }) => [
            html`<span class="strong">${productName(products, key)}</span>`,
            products.get(key)?.api ?? '',
            html`${establishments.slice(0, NAMED).map(({ eg, name }, place) => html`${place > 0 && ', '}<a href="${LIST}/${eg}">${name}</a>`)}${establishments.length > NAMED && html` et ${number(establishments.length - NAMED)} autres`}`,
            linked(establishments.length, `produit=${encodeURIComponent(key)}`),
          ]),
        )
  }</section>`;
}
