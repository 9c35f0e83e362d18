/** « Exhaustivité »: closed stays without their discharge document, by unit and day, down to each stay. */
import { may } from '../api/access.ts';
import { listsInForce } from '../feed/index.ts';
import {
  type Asked,
  exhaustiveness,
  type JudgedStay,
  judgedStays,
  type Outcome,
  type UnitDay,
} from '../indicators/exhaustiveness.ts';
import { exhaustivenessCsv, OUTCOME_LABELS, staysCsv } from '../indicators/exhaustiveness-csv.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import { askedPeriod } from './asked-period.ts';
import { chip, empty, filterForm, filterSelect, filterText, table } from './components.ts';
import { establishmentChoices, establishmentName } from './establishments.ts';
import { birthDate, counted, dateTime, day, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { capital, ruleTitle, type Tone } from './words.ts';

const PATH = '/console/exhaustivite';
const BY_DEFAULT_DAYS = 7;
const SHOWN_STAYS = 200;
const EXPORTED_STAYS = 50_000;

export const exhaustivenessPages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'indicators.read', answer: showUnits },
  { method: 'GET', path: `${PATH}/export`, permission: 'indicators.read', answer: exportUnits },
  { method: 'GET', path: `${PATH}/sejours`, permission: 'documents.read', audited: 'documents', answer: showStays },
  {
    method: 'GET',
    path: `${PATH}/sejours/export`,
    permission: 'documents.read',
    audited: 'documents',
    answer: exportStays,
  },
];

function askedOf(visit: Visit): Asked | undefined {
  const { query, now } = visit;
  const asked = askedPeriod(visit, { byDefaultDays: BY_DEFAULT_DAYS });
  const unit = query('unite') === '' ? null : query('unite') === '-' ? '' : query('unite');
  return asked && { ...asked, unit, now };
}

/** The address of another view of the same question. */
function address(visit: Visit, path: string, changed: Readonly<Record<string, string>> = {}): string {
  const names = ['du', 'au', 'etablissement', 'unite', 'situation'];
  const kept = Object.fromEntries(names.map((name) => [name, visit.query(name)]).filter(([, value]) => value !== ''));
  const query = new URLSearchParams({ ...kept, ...changed }).toString();
  return query === '' ? path : `${path}?${query}`;
}

function frame(visit: Visit, title: string, path: string, body: Html, good: boolean): Answer {
  const { query, gateway, actor } = visit;
  const filtered = ['du', 'au', 'etablissement', 'unite'].some((name) => query(name) !== '');
  const whole = html`${body}${!good && html`<p class="problem" role="alert">La période s’écrit JJ/MM/AAAA, du premier au dernier jour, un an au plus.</p>`}
${filterForm(
  path,
  filtered,
  html`${filterText('du', 'Sorties du', query('du'), 'JJ/MM/AAAA')}${filterText('au', 'Au', query('au'), 'JJ/MM/AAAA')}
${filterSelect('etablissement', 'Établissement', 'Tous', establishmentChoices(gateway.config, actor.eg), query('etablissement'))}${filterText('unite', 'Unité', query('unite'))}`,
)}`;
  return {
    kind: 'page',
    title,
    section: 'travail',
    body: whole,
    ...(good ? {} : { status: apiRules.invalidRequest.http }),
  };
}

async function showUnits(visit: Visit): Promise<Answer> {
  const asked = askedOf(visit);
  const rows = asked && (await rowsOf(visit, asked));
  const title = 'Exhaustivité';
  const above = html`<a href="/console/travail">À traiter</a>`;
  if (asked === undefined || rows === undefined)
    return frame(visit, title, PATH, heading(title, undefined, above), false);
  const all = sum(rows);
  const lead = html`<p>${sentence(all)}</p><p class="mut">Sorties du ${day(asked.from)} au ${day(new Date(asked.to.getTime() - 1))} ; types attendus et séjours concernés : <a href="/console/listes">listes de documents</a>.</p><p class="field-actions"><a class="btn" href="${address(visit, `${PATH}/export`)}">Exporter (CSV)</a></p>`;
  const answer = frame(visit, title, PATH, heading(title, lead, above), true);
  if (answer.kind !== 'page') return answer;
  return { ...answer, body: html`${answer.body}${unitsCard(visit, rows)}${daysCard(visit, rows)}` };
}

async function rowsOf({ gateway }: Visit, asked: Asked): Promise<UnitDay[]> {
  const { mandatory } = await listsInForce(gateway);
  return exhaustiveness(gateway.pool, gateway.config, mandatory, asked);
}

type Counts = Omit<UnitDay, 'eg' | 'unit' | 'day'>;
const NONE: Counts = { stays: 0, fed: 0, waiting: 0, refused: 0, ended: 0, missing: 0, notDue: 0 };

function sum(rows: readonly Counts[]): Counts {
  return rows.reduce(
    (total, row) => ({
      stays: total.stays + row.stays,
      fed: total.fed + row.fed,
      waiting: total.waiting + row.waiting,
      refused: total.refused + row.refused,
      ended: total.ended + row.ended,
      missing: total.missing + row.missing,
      notDue: total.notDue + row.notDue,
    }),
    NONE,
  );
}

function sentence({ stays, fed, missing }: Counts): string {
  if (stays === 0) return 'Aucun séjour clos qui attende un document de sortie.';
  const late =
    missing === 0
      ? 'aucun n’est en retard'
      : `${counted(missing, 'est sans document', 'sont sans document')} et en retard`;
  return `${counted(stays, 'séjour clos', 'séjours clos')} : ${counted(fed, 'a son document', 'ont leur document')} au DMP (${percent(fed, stays)}), ${late}.`;
}

function percent(part: number, all: number): string {
  return all === 0 ? '–' : `${number((100 * part) / all)}\u00a0%`;
}

const FIGURES = [
  { label: 'Séjours', align: 'right' },
  { label: 'Au DMP', align: 'right' },
  { label: 'En attente', align: 'right' },
  { label: 'Refusés', align: 'right' },
  { label: 'Non transmissibles', align: 'right' },
  { label: 'Sans document', align: 'right' },
  { label: 'Taux', align: 'right' },
] as const;

/** A figure leads to its stays, for whoever may see them. */
function figures(visit: Visit, counts: Counts, changed: Readonly<Record<string, string>>): readonly (Html | string)[] {
  const link = (value: number, outcome: Outcome): Html | string =>
    value === 0 || !may(visit.actor, 'documents.read')
      ? number(value)
      : html`<a href="${address(visit, `${PATH}/sejours`, { ...changed, situation: outcome })}">${number(value)}<span class="unseen"> séjours : ${OUTCOME_LABELS[outcome]}</span></a>`;
  const { stays, fed, waiting, refused, ended, missing } = counts;
  return [
    number(stays),
    link(fed, 'fed'),
    link(waiting, 'waiting'),
    link(refused, 'refused'),
    link(ended, 'ended'),
    link(missing, 'missing'),
    percent(fed, stays),
  ];
}

function unitsCard(visit: Visit, rows: readonly UnitDay[]): Html {
  const units = [...Map.groupBy(rows, ({ eg, unit }) => `${eg}|${unit ?? ''}`).values()];
  const sorted = units.toSorted((a, b) => sum(b).missing - sum(a).missing);
  return html`<section class="card list"><h2>Par unité</h2>${
    rows.length === 0
      ? empty('Aucun séjour clos', 'Les séjours se ferment avec les messages de sortie (ADT^A03).')
      : table(
          'Séjours clos et documents de sortie, par unité',
          [{ label: 'Unité', wide: true }, ...FIGURES],
          sorted.map((group) => {
            const { eg = '', unit = null } = group[0] ?? {};
            return [
              html`<span class="strong">${unit ?? 'Sans unité'}</span><br><span class="mut">${establishmentName(visit.gateway.config, eg)}</span>`,
              ...figures(visit, sum(group), { etablissement: eg, unite: unit ?? '-' }),
            ];
          }),
        )
  }</section>`;
}

function daysCard(visit: Visit, rows: readonly UnitDay[]): Html | undefined {
  if (rows.length === 0) return undefined;
  const days = [...Map.groupBy(rows, (row) => row.day)];
  return html`<section class="card list"><h2>Par jour de sortie</h2>${table(
    'Séjours clos et documents de sortie, par jour',
    [{ label: 'Jour', wide: true }, ...FIGURES],
    days.map(([on, group]) => [birthDate(on), ...figures(visit, sum(group), { du: birthDate(on), au: birthDate(on) })]),
  )}</section>`;
}

async function exportUnits(visit: Visit): Promise<Answer> {
  const asked = askedOf(visit);
  if (asked === undefined) return { kind: 'refused', refusal: { rule: apiRules.invalidRequest, detail: 'période' } };
  const bytes = Buffer.from(exhaustivenessCsv(await rowsOf(visit, asked)), 'utf8');
  return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes, saveAs: 'exhaustivite.csv' };
}

const OUTCOMES = Object.keys(OUTCOME_LABELS) as Outcome[];

async function staysOf(visit: Visit, asked: Asked, limit: number): Promise<JudgedStay[]> {
  const { pool, config } = visit.gateway;
  const { mandatory } = await listsInForce(visit.gateway);
  const outcome = OUTCOMES.find((known) => known === visit.query('situation'));
  const outcomes = outcome === undefined ? [] : [outcome];
  return judgedStays(pool, config, mandatory, asked, { outcomes, limit, offset: 0 });
}

async function showStays(visit: Visit): Promise<Answer> {
  const asked = askedOf(visit);
  const above = html`<a href="${address(visit, PATH, { situation: '' })}">Exhaustivité</a>`;
  const title = 'Séjours clos et leur document';
  const path = `${PATH}/sejours`;
  if (asked === undefined) return frame(visit, title, path, heading(title, undefined, above), false);
  const rows = await staysOf(visit, asked, SHOWN_STAYS);
  const outcome = OUTCOMES.find((known) => known === visit.query('situation'));
  const lead = html`<p>${outcome === undefined ? 'Toutes les situations' : capital(OUTCOME_LABELS[outcome])} ; ${rows.length === SHOWN_STAYS ? `les ${SHOWN_STAYS} premiers séjours` : counted(rows.length, 'séjour', 'séjours')}.</p><p class="field-actions"><a class="btn" href="${address(visit, `${path}/export`)}">Exporter ces séjours (CSV)</a></p>`;
  const answer = frame(visit, title, path, heading(title, lead, above), true);
  if (answer.kind !== 'page') return answer;
  const list =
    rows.length === 0 ? empty('Aucun séjour', 'Changer la période, l’unité ou la situation.') : staysTable(visit, rows);
  return { ...answer, body: html`${answer.body}<section class="card list"><h2>Séjours</h2>${list}</section>` };
}

const TONES: Readonly<Record<Outcome, Tone>> = {
  fed: 'ok',
  waiting: 'wait',
  refused: 'bad',
  ended: 'idle',
  missing: 'bad',
  'not-due': 'idle',
};

function staysTable(visit: Visit, rows: readonly JudgedStay[]): Html {
  return table(
    'Séjours clos',
    [
      { label: 'Venue' },
      { label: 'Unité' },
      { label: 'Sortie' },
      { label: 'Situation', wide: true },
      { label: 'Ouvrir', quiet: true, align: 'right' },
    ],
    rows.map((stay) => {
      const rule = stay.ruleId === null ? undefined : ruleById(stay.ruleId);
      return [
        stay.identityId !== null && may(visit.actor, 'patients.read')
          ? html`<a href="/console/patients/${stay.identityId}">${stay.number}</a>`
          : stay.number,
        html`${stay.unit ?? 'Sans unité'}<br><span class="mut">${establishmentName(visit.gateway.config, stay.eg)}</span>`,
        dateTime(stay.dischargedAt),
        html`${chip({ tone: TONES[stay.outcome], label: capital(OUTCOME_LABELS[stay.outcome]) })}${rule !== undefined && html`<br><span class="mut">${ruleTitle(rule)}</span>`}`,
        stay.documentId !== null &&
          html`<a class="btn small" href="/console/documents/${stay.documentId}">Document<span class="unseen"> de la venue ${stay.number}</span></a>`,
      ];
    }),
  );
}

async function exportStays(visit: Visit): Promise<Answer> {
  const asked = askedOf(visit);
  if (asked === undefined) return { kind: 'refused', refusal: { rule: apiRules.invalidRequest, detail: 'période' } };
  const bytes = Buffer.from(staysCsv(await staysOf(visit, asked, EXPORTED_STAYS)), 'utf8');
  return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes, saveAs: 'sejours-sans-document.csv' };
}
