/** One application: what it says of itself, month by month, refusals by rule. */
import { monthsOfApplication, readPicture, type SeenUse } from '../observatory/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import { chip, empty, fields, table } from './components.ts';
import { establishmentName } from './establishments.ts';
import { counted, dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import {
  API_WORDS,
  applicationId,
  applicationName,
  DIFFERENCES,
  differenceText,
  identityCell,
  OBSERVATORY,
  recognitionCell,
} from './observatory-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

export const observatoryApplicationPage: PageDefinition = {
  method: 'GET',
  path: `${OBSERVATORY}/application/:id`,
  permission: 'flows.read',
  answer: showApplication,
};

async function showApplication({ gateway, actor, id }: Visit): Promise<Answer> {
  const { applications, differences } = await readPicture(gateway, actor.eg);
  const seen = applications.find((one) => applicationId(one) === id);
  if (seen === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const own = differences.filter((one) => applicationId(one) === id);
  const months = await monthsOfApplication(gateway.pool, seen);
  const title = seen.application === '' ? 'Application sans nom' : seen.application;
  const place = seen.eg === '' ? 'Établissement inconnu' : establishmentName(gateway.config, seen.eg);
  const body = html`${heading(
    applicationName(seen),
    html`<p>${place}. ${counted(seen.recent, 'message ou appel', 'messages ou appels')} en trente jours, dont ${counted(seen.refused, 'refusé', 'refusés')} ; vue du ${dateTime(seen.firstSeen)} au ${dateTime(seen.lastSeen)}.</p>`,
    html`<a href="${OBSERVATORY}">Observatoire</a>`,
  )}
${own.length > 0 && html`<section class="card"><h2>Écarts</h2><ul>${own.map((one) => html`<li>${chip(DIFFERENCES[one.kind])} ${one.product} ${differenceText(one)}</li>`)}</ul></section>`}
${seen.uses.map(useCard)}
${refusals(months)}
${monthTable(months)}`;
  return { kind: 'page', title, section: 'migration', body };
}

function useCard(use: SeenUse): Html {
  const name = [API_WORDS[use.api] ?? use.api, use.product, use.productVersion].filter(Boolean).join(' · ');
  return html`<section class="card"><h2>${name}</h2>${fields([
    ['Catalogue', use.recognition !== undefined && recognitionCell(use.recognition)],
    ['Identité transmise', identityCell(use)],
    ['Versions du protocole', use.protocolVersions.join(', ')],
    ['Homologation annoncée', use.homologations.join(', ')],
    ['Certificat', use.certificates.join(', ')],
    ['Structure annoncée', use.structures.join(', ')],
    ['Transactions', use.transactions.join(', ')],
    ['Vue', `du ${dateTime(use.firstSeen)} au ${dateTime(use.lastSeen)}`],
  ])}</section>`;
}

type Months = Awaited<ReturnType<typeof monthsOfApplication>>;

function refusals(months: Months): Html | false {
  const byRule = new Map<string, number>();
  for (const { outcome, ruleId, messages } of months)
    if (outcome !== 'accepted') byRule.set(ruleId, (byRule.get(ruleId) ?? 0) + messages);
  if (byRule.size === 0) return false;
  const rows = [...byRule].sort(([, a], [, b]) => b - a);
  return html`<section class="card list"><h2>Refus et attentes par règle</h2>${table(
    'Refus et attentes par règle, le plus fréquent d’abord',
    [{ label: 'Règle', wide: true }, { label: 'Identifiant' }, { label: 'Fois', align: 'right' }],
    rows.map(([ruleId, times]) => {
      const rule = ruleById(ruleId);
      return [
        rule === undefined ? 'Sans règle' : ruleTitle(rule),
        html`<a href="/console/regles#${ruleId}">${ruleId}</a>`,
        number(times),
      ];
    }),
  )}</section>`;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  accepted: 'pris en charge',
  waiting: 'à représenter',
  refused: 'refusé',
};

function monthTable(months: Months): Html {
  return html`<section class="card list"><h2>Mois par mois</h2>${
    months.length === 0
      ? empty('Pas encore de compte', 'Les comptes par mois commencent avec l’observatoire.')
      : table(
          'Messages et appels par mois, le dernier d’abord',
          [
            { label: 'Mois' },
            { label: 'API utilisée' },
            { label: 'Produit et version', wide: true },
            { label: 'Transaction' },
            { label: 'Suite' },
            { label: 'Nombre', align: 'right' },
          ],
          months.map(({ month, api, product, productVersion, transaction, outcome, ruleId, messages }) => [
            `${month.slice(5)}/${month.slice(0, 4)}`,
            API_WORDS[api] ?? api,
            `${product} ${productVersion}`.trim() || html`<span class="mut">non transmis</span>`,
            transaction,
            html`${OUTCOMES[outcome] ?? outcome}${ruleId !== '' && html` <span class="mut">${ruleId}</span>`}`,
            number(messages),
          ]),
        )
  }</section>`;
}
