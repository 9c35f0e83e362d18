/** One establishment of the region: what blocks it, its months with every origin, what was corrected. */
import { sees } from '../api/access.ts';
import { monthAfter, monthOf, monthsOfRegion, type Standing, standings } from '../region/index.ts';
import { apiRules } from '../rules/api.ts';
import { type Correction, correctionsOf } from '../store/region-figures.ts';
import { figuresOfEstablishment } from '../store/region-reads.ts';
import { empty, fields, table } from './components.ts';
import { dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { documentsByMonth } from './region-charts.ts';
import { blockingList } from './region-lists-page.ts';
import {
  addedIn,
  kindChip,
  known,
  LIST,
  monthName,
  originText,
  percentOf,
  productName,
  productNames,
  REGION,
  riskTitle,
} from './region-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { french } from './words.ts';

const MONTHS = 36;
const MOST_CORRECTIONS = 50;
const RIGHT = { align: 'right' } as const;

export const regionEstablishmentPage: PageDefinition = {
  method: 'GET',
  path: `${LIST}/:id`,
  permission: 'region.read',
  answer: showEstablishment,
};

async function showEstablishment({ gateway, actor, id, now, query }: Visit): Promise<Answer> {
  const to = monthOf(now);
  const [row] = sees(actor, id) ? await standings(gateway, { eg: id, to }) : [];
  if (row === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const scope = { eg: id, from: monthAfter(to, 1 - MONTHS), to };
  const [months, figures, corrections, products] = await Promise.all([
    monthsOfRegion(gateway, scope),
    figuresOfEstablishment(gateway.pool, scope),
    correctionsOf(gateway.pool, id, MOST_CORRECTIONS),
    productNames(gateway.pool),
  ]);
  const body = html`${heading(
    row.name,
    html`<p>FINESS géographique ${row.eg}, juridique ${row.ej}${row.legalName !== '' && `, ${row.legalName}`}.</p>`,
    html`<a href="${REGION}">Région</a> · <a href="${LIST}">Établissements</a>`,
  )}
<div class="columns halves"><section class="card"><h2>Situation</h2>${situation(row, products)}</section>
<section class="card"><h2>Points de blocage</h2>${
    row.blocking.length === 0
      ? html`<p>Rien de ce qui est compté ne bloque cet établissement.</p>`
      : blockingList(row, products)
  }</section></div>
${row.risks.length > 0 && risksCard(row)}
<section class="card"><h2>Documents ajoutés au DMP</h2>${documentsByMonth(months, query('impression') !== '')}</section>
${figuresCard(figures)}${corrections.length > 0 && correctionsCard(corrections)}`;
  return { kind: 'page', title: row.name, section: 'region', body };
}

function situation(row: Standing, products: Awaited<ReturnType<typeof productNames>>): Html {
  return fields([
    ['Nature d’identité', kindChip(row.identityKind)],
    ['Dernier mois connu', row.last === null ? 'aucun' : monthName(row.last.month)],
    ['Documents, dernier mois complet', addedIn(row)],
    ['Identités qualifiées', percentOf(row.qualifiedRate)],
    ['Étapes du plan atteintes', row.steps === null ? known(null) : `${row.steps} sur 5`],
    [
      'Produits à migrer',
      row.products.length === 0 ? 'aucun connu' : row.products.map((key) => productName(products, key)).join(', '),
    ],
    ['Origine', originText(row.origin)],
  ]);
}

function risksCard({ risks }: Standing): Html {
  return html`<section class="card list"><h2>Vigilance</h2>${table(
    'Règles de vigilance qui s’appliquent',
    [{ label: 'Règle' }, { label: 'Constat' }, { label: 'Que faire', wide: true }],
    risks.map(({ rule, detail }) => [
      html`<span class="strong">${riskTitle(rule)}</span><br><a class="mut" href="/console/regles#${rule.id}">${rule.id}</a>`,
      detail,
      french(rule.remedy),
    ]),
  )}</section>`;
}

function figuresCard(figures: Awaited<ReturnType<typeof figuresOfEstablishment>>): Html {
  return html`<section class="card list"><h2>Mois par mois</h2><p class="mut">Un mois n’est compté qu’une fois : ce qui est calculé ici, sinon ce que l’installation transmet, sinon ce qui est importé. Les autres chiffres sont montrés sans être comptés.</p>${
    figures.length === 0
      ? empty('Aucun chiffre', 'Rien n’a été compté, transmis ni importé pour cet établissement.')
      : table(
          'Chiffres de l’établissement, mois par mois',
          [
            { label: 'Mois' },
            { label: 'Nature d’identité' },
            { label: 'Documents', ...RIGHT },
            { label: 'Reçus', ...RIGHT },
            { label: 'Refusés', ...RIGHT },
            { label: 'En attente', ...RIGHT },
            { label: 'Qualifiées', ...RIGHT },
            { label: 'Origine', wide: true },
          ],
          figures.map((figure) => [
            monthName(figure.month),
            kindChip(figure.identityKind),
            known(figure.added),
            known(figure.received),
            known(figure.refused),
            known(figure.waiting),
            figure.activeIdentities === null
              ? known(figure.qualifiedIdentities)
              : `${number(figure.qualifiedIdentities ?? 0)} / ${number(figure.activeIdentities)}`,
            html`${originText(figure.origin)}${!figure.shown && ', non compté'}<br><span class="mut">${figure.origin === 'imported' && `${figure.source}, `}${dateTime(figure.receivedAt)}</span>`,
          ]),
        )
  }</section>`;
}

function correctionsCard(corrections: readonly Correction[]): Html {
  return html`<section class="card list"><h2>Corrections</h2>${table(
    'Chiffres corrigés après la fin de leur mois',
    [
      { label: 'Mois' },
      { label: 'Documents avant', ...RIGHT },
      { label: 'Nature avant' },
      { label: 'Origine', wide: true },
      { label: 'Corrigé le', ...RIGHT },
    ],
    corrections.map((one) => [
      monthName(one.month),
      known(one.added),
      kindChip(one.identityKind),
      html`${originText(one.origin)}<br><span class="mut">${one.origin === 'imported' && `${one.source}, `}reçu le ${dateTime(one.receivedAt)}</span>`,
      dateTime(one.replacedAt),
    ]),
  )}</section>`;
}
