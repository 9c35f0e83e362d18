/** Doublons: the pairs that wait for a decision, those that were decided, and the search over the whole base. */
import { may } from '../api/access.ts';
import { startRun, stopRun } from '../matching/index.ts';
import { type CandidatePair, listPairs, type PairState } from '../store/candidate-pairs.ts';
import { type IdentityRecord, identitiesById } from '../store/identities.ts';
import { listMatchingRuns, type MatchingRun } from '../store/matching-runs.ts';
import { actionForm, chip, empty, filterForm, filterSelect, table } from './components.ts';
import { age, birthDate, counted, dateTime, number } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import { PAIR_STATES } from './pair-words.ts';
import { statusChips } from './patients-page.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';

const PAGE = 50;

export const duplicatesPages: readonly PageDefinition[] = [
  { method: 'GET', path: '/console/doublons', permission: 'patients.read', audited: 'patients', answer: showPairs },
  {
    method: 'POST',
    path: '/console/doublons/recherche',
    permission: 'patients.settle',
    answer: async ({ gateway, actor }) => {
      if (actor.eg === null) await startRun(gateway, actor.name);
      return { kind: 'redirect', to: '/console/doublons' };
    },
  },
  {
    method: 'POST',
    path: '/console/doublons/recherche/:id/arret',
    permission: 'patients.settle',
    answer: async ({ gateway, actor, id }) => {
      if (actor.eg === null && isUuid(id)) await stopRun(gateway, id);
      return { kind: 'redirect', to: '/console/doublons' };
    },
  },
];

async function showPairs(visit: Visit): Promise<Answer> {
  const { gateway, now } = visit;
  const state = stateAsked(visit.query('etat'));
  const offset = Math.max(0, Math.min(100_000, Math.trunc(Number(visit.query('depuis')) || 0)));
  const patient = isUuid(visit.query('patient')) ? visit.query('patient') : null;
  const [rows, runs] = await Promise.all([
    listPairs(gateway.pool, { state, kind: null, identityId: patient, limit: PAGE + 1, offset }),
    listMatchingRuns(gateway.pool, 3),
  ]);
  const pairs = rows.slice(0, PAGE);
  const records = await identitiesById(
    gateway.pool,
    pairs.flatMap(({ firstId, secondId }) => [firstId, secondId]),
  );
  const next =
    rows.length > PAGE &&
    `/console/doublons?etat=${state}&depuis=${offset + PAGE}${patient === null ? '' : `&patient=${patient}`}`;
  const body = html`${heading(
    'Doublons',
    html`<p>Deux dossiers qui sont peut-être une seule personne, ou qui réclament la même INS. Rien n’est fusionné d’office.</p>`,
    html`<a href="/console/travail">À traiter</a>`,
  )}
${filterForm('/console/doublons', state !== 'open' || patient !== null, html`${filterSelect('etat', 'État', PAIR_STATES.open.label, choices(), state === 'open' ? '' : state)}${patient !== null && html`<input type="hidden" name="patient" value="${patient}">`}`)}
<section class="card" id="direct-doublons" data-live><h2>${PAIR_STATES[state].label}</h2>${
    pairs.length === 0
      ? empty('Aucune paire', 'Les dossiers qui se ressemblent s’afficheront ici, les plus sûrs d’abord.')
      : pairTable(pairs, new Map(records.map((record) => [record.id, record])), now)
  }${next !== false && html`<p><a class="btn" href="${next}">Suivantes</a></p>`}</section>
${runsCard(visit, runs)}`;
  return { kind: 'page', title: 'Doublons', section: 'travail', body, live: 'installation' };
}

function stateAsked(text: string): PairState {
  const known = (Object.keys(PAIR_STATES) as PairState[]).find((state) => state === text);
  return known ?? 'open';
}

function choices() {
  return (Object.keys(PAIR_STATES) as PairState[])
    .filter((state) => state !== 'open')
    .map((value) => ({ value, label: PAIR_STATES[value].label }));
}

function pairTable(pairs: readonly CandidatePair[], records: ReadonlyMap<string, IdentityRecord>, now: Date): Html {
  return table(
    'Paires de dossiers',
    [
      { label: 'Score', align: 'right' },
      { label: 'Premier dossier', wide: true },
      { label: 'Second dossier', wide: true },
      { label: 'Depuis', align: 'right' },
      { label: 'Décision', quiet: true, align: 'right' },
    ],
    pairs.map((pair) => [
      html`<span class="strong">${pair.score.toLocaleString('fr', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}</span>${pair.kind === 'same-ins' && html`<br>${chip({ tone: 'bad', label: 'Même INS' })}`}`,
      personCell(records.get(pair.firstId)),
      personCell(records.get(pair.secondId)),
      pair.decidedAt === null
        ? age(pair.foundAt, now)
        : html`<time datetime="${pair.decidedAt.toISOString()}">${dateTime(pair.decidedAt)}</time><br><span class="mut">${pair.decidedBy}</span>`,
      html`<a class="btn small" href="/console/doublons/${pair.id}">Comparer<span class="unseen"> ${nameOf(records.get(pair.firstId))} et ${nameOf(records.get(pair.secondId))}</span></a>`,
    ]),
  );
}

function nameOf(record: IdentityRecord | undefined): string {
  return record === undefined ? '' : `${record.birthName} ${record.firstGivenName}`;
}

function personCell(record: IdentityRecord | undefined): HtmlValue {
  if (record === undefined) return undefined;
  return html`<span class="strong">${nameOf(record)}</span>${record.usedName !== null && record.usedName !== record.birthName && html` <span class="mut">(${record.usedName})</span>`}<br>${record.sex}, ${birthDate(record.birthDate)}<br>${statusChips(record)}`;
}

function runsCard({ actor, session }: Visit, runs: readonly MatchingRun[]): Html {
  const [last] = runs;
  const acts = may(actor, 'patients.settle') && actor.eg === null;
  const running = last?.state === 'running';
  return html`<section class="card" id="direct-recherche" data-live><h2>Comparer toute la base</h2>
<p class="mut">Chaque identité créée ou modifiée est comparée d’elle-même ; ceci est pour une base reprise, ou après un changement de seuil.</p>
${last !== undefined && html`<p>${progress(last)}</p>${running && html`<p><progress max="${Math.max(1, last.total)}" value="${Math.min(last.compared, last.total)}">${last.compared} sur ${last.total}</progress></p>`}`}
${acts && !running && actionForm({ action: '/console/doublons/recherche', csrf: session.csrf }, html`<button type="submit" class="btn">Comparer toute la base</button>`)}
${acts && last !== undefined && running && actionForm({ action: `/console/doublons/recherche/${last.id}/arret`, csrf: session.csrf }, html`<button type="submit" class="btn">Arrêter</button>`)}</section>`;
}

function progress({ state, compared, total, found, startedAt }: MatchingRun): string {
  const said = { running: 'En cours', done: 'Terminée', cancelled: 'Arrêtée' }[state];
  return `${said}, commencée le ${dateTime(startedAt)} : ${number(compared)} identités sur ${number(total)} comparées, ${counted(found, 'paire nouvelle', 'paires nouvelles')}.`;
}
