/** Indicateurs de la cellule : a period, the whole or one establishment, each figure with what it is divided by. */
import { may } from '../api/access.ts';
import { type IdentityIndicators, identityIndicators, rateOf, totalOf } from '../indicators/identity.ts';
import { identityCsv } from '../indicators/identity-csv.ts';
import { apiRules } from '../rules/api.ts';
import { askedPeriod } from './asked-period.ts';
import { empty, filterForm, filterSelect, filterText, table } from './components.ts';
import { dayChart } from './day-chart.ts';
import { establishmentChoices, establishmentName } from './establishments.ts';
import { age, birthDate, counted, day, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { STATUSES } from './words.ts';

const PATH = '/console/indicateurs';
const BY_DEFAULT_DAYS = 30;

export const indicatorsPages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'indicators.read', answer: showIndicators },
  { method: 'GET', path: `${PATH}/export`, permission: 'indicators.read', answer: exportIndicators },
];

async function showIndicators(visit: Visit): Promise<Answer> {
  const { gateway, actor, query, now } = visit;
  const asked = askedPeriod(visit, { byDefaultDays: BY_DEFAULT_DAYS });
  const figures =
    asked && (await identityIndicators(gateway.pool, { eg: asked.eg }, { from: asked.from, to: asked.to }, now));
  const names = ['du', 'au', 'etablissement'].filter((name) => query(name) !== '');
  const address = new URLSearchParams(Object.fromEntries(names.map((name) => [name, query(name)]))).toString();
  const body = html`${heading(
    'Indicateurs d’identitovigilance',
    figures !== undefined && lead(visit, figures, address),
    may(actor, 'patients.read') && html`<a href="/console/cellule">Identitovigilance</a>`,
  )}
${figures === undefined && html`<p class="problem" role="alert">La période s’écrit JJ/MM/AAAA, du premier au dernier jour, un an au plus.</p>`}
${filterForm(
  PATH,
  names.length > 0,
  html`${filterText('du', 'Du', query('du'), 'JJ/MM/AAAA')}${filterText('au', 'Au', query('au'), 'JJ/MM/AAAA')}
${filterSelect('etablissement', 'Établissement', 'Tous', establishmentChoices(gateway.config, actor.eg), query('etablissement'))}`,
)}
${figures !== undefined && html`${qualification(figures)}${admissions(figures)}${stock(figures, now)}${settled(figures)}`}`;
  const status = figures === undefined ? { status: apiRules.invalidRequest.http } : {};
  return { kind: 'page', title: 'Indicateurs d’identitovigilance', section: 'cellule', body, ...status };
}

function lead({ gateway }: Visit, figures: IdentityIndicators, address: string): Html {
  const lastDay = new Date(figures.to.getTime() - 1);
  const place =
    figures.establishment === null
      ? 'tous les établissements'
      : establishmentName(gateway.config, figures.establishment);
  return html`<p>Du ${day(figures.from)} au ${day(lastDay)}, ${place}.</p><p class="field-actions"><a class="btn" href="${PATH}/export${address !== '' && `?${address}`}">Exporter pour le référent régional (CSV)</a> <a class="btn" href="/console/exhaustivite">Exhaustivité des documents de sortie</a></p>`;
}

function percent(part: number, all: number): string {
  const rate = rateOf(part, all);
  return rate === null ? '–' : `${number(100 * rate)}\u00a0%`;
}

function qualification({ activeFile }: IdentityIndicators): Html {
  const all = totalOf(activeFile);
  return html`<section class="card list"><h2>File active</h2><p class="mut">Identités qui ont un séjour dans la période, selon leur statut à ce jour ; identités fictives et fusionnées exclues.</p>${
    all === 0
      ? empty('Aucun séjour dans la période', 'Les séjours arrivent avec les messages d’admission (HL7 ADT).')
      : table(
          'File active par statut',
          [
            { label: 'Statut', wide: true },
            { label: 'Identités', align: 'right' },
            { label: 'Part', align: 'right' },
          ],
          [
            ...(['QUAL', 'RECUP', 'VALI', 'PROV'] as const).map((status) => [
              html`<span class="${status === 'QUAL' && 'strong'}">${STATUSES[status].label}</span>`,
              number(activeFile[status]),
              percent(activeFile[status], all),
            ]),
            ['Ensemble', number(all), ''],
          ],
        )
  }</section>`;
}

function admissions({ admissionDays }: IdentityIndicators): Html | undefined {
  if (admissionDays.length === 0) return undefined;
  return html`<section class="card"><h2>Par jour d’admission</h2>${dayChart(admissionDays)}<details class="behind"><summary>Voir le tableau</summary>${table(
    'Identités admises et qualifiées, par jour d’admission',
    [
      { label: 'Jour' },
      { label: 'Identités admises', align: 'right' },
      { label: 'Qualifiées à ce jour', align: 'right' },
      { label: 'Taux', align: 'right' },
    ],
    admissionDays.map(({ day: on, admitted, qualified }) => [
      birthDate(on),
      number(admitted),
      number(qualified),
      percent(qualified, admitted),
    ]),
  )}</details></section>`;
}

function stock({ retrieved }: IdentityIndicators, now: Date): Html {
  const { stock: all, oldest, medianDays } = retrieved;
  return html`<section class="card list"><h2>INS récupérées en attente de contrôle, à ce jour</h2>${
    all === 0 || oldest === null || medianDays === null
      ? empty('Aucune INS récupérée en attente', 'Toutes les identités dont INSi a donné l’INS ont été contrôlées.')
      : html`<p>${counted(all, 'identité récupérée attend', 'identités récupérées attendent')} le contrôle d’un dispositif, la plus ancienne depuis ${age(oldest, now)}, âge médian ${counted(medianDays, 'jour', 'jours')}.</p>${table(
          'Âge des INS récupérées',
          [
            { label: 'Âge', wide: true },
            { label: 'Identités', align: 'right' },
            { label: 'Part', align: 'right' },
          ],
          [
            ['Moins d’un jour', number(retrieved.underDay), percent(retrieved.underDay, all)],
            ['De 1 à 7 jours', number(retrieved.underWeek), percent(retrieved.underWeek, all)],
            ['De 7 à 30 jours', number(retrieved.underMonth), percent(retrieved.underMonth, all)],
            ['Plus de 30 jours', number(retrieved.older), percent(retrieved.older, all)],
          ],
        )}`
  }</section>`;
}

function settled({ duplicates, adverseEvents }: IdentityIndicators): Html {
  const rows: readonly (readonly [string, number])[] = [
    ['Doublons possibles trouvés', duplicates.found],
    ['Dossiers fusionnés', duplicates.merged],
    ['Dossiers liés', duplicates.linked],
    ['Paires reconnues différentes', duplicates.different],
    ['Doublons possibles ouverts en fin de période', duplicates.open],
    ['Événements indésirables découverts', adverseEvents.found],
    ['Événements indésirables clos', adverseEvents.settled],
    ['Événements indésirables ouverts en fin de période', adverseEvents.open],
  ];
  return html`<section class="card list"><h2>Doublons et événements indésirables</h2>${table(
    'Doublons et événements indésirables de la période',
    [
      { label: 'Indicateur', wide: true },
      { label: 'Nombre', align: 'right' },
    ],
    rows.map(([label, count]) => [label, number(count)]),
  )}</section>`;
}

/** The whole that this person sees, then each of its establishments. */
async function exportIndicators(visit: Visit): Promise<Answer> {
  const { gateway, actor, query, now } = visit;
  const asked = askedPeriod(visit, { byDefaultDays: BY_DEFAULT_DAYS });
  if (asked === undefined) return { kind: 'refused', refusal: { rule: apiRules.invalidRequest } };
  const each = query('etablissement') === '' && actor.eg === null ? establishmentChoices(gateway.config, null) : [];
  const figures: IdentityIndicators[] = [];
  for (const eg of [asked.eg, ...each.map(({ value }) => value)])
    figures.push(await identityIndicators(gateway.pool, { eg }, { from: asked.from, to: asked.to }, now));
  const saveAs = `indicateurs-identite-${asked.from.toISOString().slice(0, 10)}.csv`;
  return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes: Buffer.from(identityCsv(figures)), saveAs };
}
