/** One search for one identity: at the permitted pace, behind the circuit breaker, its answer judged by the rules. */
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptedInsOids } from '../config/lookup.ts';
import { compareTraits } from '../ins/coherence.ts';
import { adoptInsiTraits } from '../ins/insi-traits.ts';
import { isAllowedInsOid } from '../ins/oids.ts';
import { mayCallInsi } from '../ins/status.ts';
import type { Ins } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, deferTask, holdTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { identityRules } from '../rules/identity.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { insiRules } from '../rules/insi.ts';
import type { Refusal, Result, Rule } from '../rules/rule.ts';
import { askLeave, recordFailure, recordHealthy } from '../store/circuits.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  type IdentityRecord,
  type InsiState,
  identityById,
  lockIdentity,
  otherHolderOf,
  recordInsiCall,
} from '../store/identities.ts';
import { formerNumbers, holdersEver, type NumberedIns } from '../store/known-ins.ts';
import type { InsiClient } from '../wire/insi/client.ts';
import type { InsiIdentity, InsiOutcome } from '../wire/insi/outcome.ts';
import { type SearchReport, searchByTraits } from '../wire/insi/search-run.ts';
import { type Draft, saveChange, traitColumns, withEvent } from './change.ts';
import { showCollision } from './collision.ts';
import { givenTraitsOf, insOf, stateOf, traitsOf } from './record.ts';
import { differingTraits } from './traits-input.ts';

/** Longest wait for a slot inside a task; beyond it the task gives its place back to the queue. */
const LONGEST_SLOT_WAIT_MS = 3_000;
const RETRY = { firstMs: 2_000, maxMs: 600_000 };
const SYSTEM = 'system';

type InsiConfig = NonNullable<UseCaseContext['config']['insi']>;

/** INSi must not be called before this long: circuit open, or too many in front. */
class NotNow extends Error {
  readonly waitMs: number;
  constructor(waitMs: number) {
    super('INSi not now');
    this.waitMs = waitMs;
  }
}

/** Handler of the `insi` tasks. `pause` waits for a slot that is near. */
export function insiTaskHandler(
  context: UseCaseContext,
  client: InsiClient,
  pause: (ms: number) => Promise<unknown> = sleep,
): (task: Task) => Promise<void> {
  const { insi } = context.config;
  if (insi === undefined) throw new Error('INSi is not configured');
  const watched: InsiClient = {
    search: async (query) => {
      const outcome = await client.search(query);
      await noteHealth(context, insi, outcome);
      return outcome;
    },
  };
  return async (task) => {
    const record = await identityById(context.pool, task.subject);
    if (record === undefined || !isAsked(record)) {
      await transaction(context.pool, (tx) => completeTask(tx, task));
      return;
    }
    const startedAt = context.now();
    try {
      const report = await searchByTraits(watched, criteriaOf(record), () => waitForSlot(context, insi, pause));
      await settle(context, insi, task, record, report, startedAt);
    } catch (error) {
      if (!(error instanceof NotNow)) throw error;
      await transaction(context.pool, (tx) => deferTask(tx, task, error.waitMs));
    }
  };
}

/** The question still stands: it was not withdrawn with a proof, nor is the identity closed or blocked. */
function isAsked(record: IdentityRecord): boolean {
  const allowed = mayCallInsi(stateOf(record), { trigger: 'operator', provAutomatic: true });
  return record.insiState === 'queued' && record.active && allowed.ok;
}

function criteriaOf(record: IdentityRecord) {
  const { birthName, firstGivenName, sex } = record;
  return {
    birthName,
    firstGivenName,
    sex,
    birthDate: record.birthDateAsGiven ?? record.birthDate,
    ...(record.birthGivenNames === null ? {} : { birthGivenNames: record.birthGivenNames }),
    ...(record.birthPlace === null ? {} : { birthPlace: record.birthPlace }),
  };
}

async function waitForSlot(
  context: UseCaseContext,
  insi: InsiConfig,
  pause: (ms: number) => Promise<unknown>,
): Promise<void> {
  const pace = { intervalMs: 1_000 / insi.ratePerSecond, probeAfterMs: insi.circuit.probeAfterMs };
  for (;;) {
    const waitMs = await transaction(context.pool, (tx) => askLeave(tx, 'INSi', context.now(), pace));
    if (waitMs === 0) return;
    if (waitMs > LONGEST_SLOT_WAIT_MS) throw new NotNow(waitMs);
    await pause(waitMs);
  }
}

/**
 * After each call, not at the end of the search: the first answer of a probe closes the circuit, or the next call of the
 * same search would wait for it.
 */
async function noteHealth({ pool, now }: UseCaseContext, insi: InsiConfig, outcome: InsiOutcome): Promise<void> {
  if (!isOutage(outcome)) {
    await recordHealthy(pool, 'INSi', now());
    return;
  }
  const { failures, probeAfterMs } = insi.circuit;
  await recordFailure(pool, 'INSi', now(), { error: outcome.refusal.rule.title, limit: failures, probeAfterMs });
}

type Failed = Extract<InsiOutcome, { kind: 'transient' | 'permanent' | 'unavailable' }>;

/** INSi refuses this installation, whoever the patient is: the calls go on by themselves once it is repaired. */
const INSTALLATION_RULES: readonly Rule[] = [
  insiRules.softwareUnknown,
  insiRules.certificateNotEntitled,
  insiRules.httpRefused,
];

/** insi_102 is also what the service says of a person it does not know (trap 7): it must not open the circuit for all. */
function isOutage(outcome: InsiOutcome): outcome is Failed {
  if (outcome.kind === 'unavailable') return true;
  if (outcome.kind === 'transient') return outcome.refusal.rule === insiRules.temporarilyUnavailable;
  return outcome.kind === 'permanent' && INSTALLATION_RULES.includes(outcome.refusal.rule);
}

/** Records what came of the search, in one transaction with the end of the task. */
async function settle(
  context: UseCaseContext,
  insi: InsiConfig,
  task: Task,
  asked: IdentityRecord,
  report: Result<SearchReport>,
  startedAt: Date,
): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await holdTask(tx, task);
    const record = await lockIdentity(tx, asked.id);
    const now = context.now();
    const cause = { at: now, actor: SYSTEM, source: 'INSi' };
    if (report.ok) await recordCall(tx, record.id, report.value, startedAt, now);
    // The question was withdrawn while INSi was answering: nobody waits for this answer.
    if (!isAsked(record)) return completeTask(tx, task);
    // Its answer is about somebody else's traits: asked again with the present ones.
    if (differingTraits(traitsOf(asked), traitsOf(record)).length > 0) return deferTask(tx, task, 0);
    const failure = report.ok ? retriedFailure(report.value.outcome) : undefined;
    if (failure !== undefined) {
      const draft = { ...record, insiRuleId: failure.refusal.rule.id, insiAskedAt: now };
      await saveChange(tx, record, draft, { ...cause, event: 'INSi sans réponse utilisable' });
      // The circuit keeps calls apart during an outage; the queue must move as soon as it closes.
      const maxMs = isOutage(failure) ? Math.min(insi.circuit.probeAfterMs, RETRY.maxMs) : RETRY.maxMs;
      return postponeTask(tx, task, retryDelayMs(task, { ...RETRY, maxMs }));
    }
    const draft = report.ok
      ? await judged(tx, context, record, report.value)
      : stopped(record, 'failed', report.refusal);
    const answered = { ...draft, insiAskedAt: now };
    const event = `${eventOf(draft)}${report.ok ? alertsOf(report.value.outcome) : ''}`;
    await saveChange(tx, record, answered, { ...cause, event, requirement: 'EXI REC 07' });
    return completeTask(tx, task);
  });
}

/** A failure that is tried again by itself. */
function retriedFailure(outcome: InsiOutcome): Failed | undefined {
  if (outcome.kind === 'transient' || outcome.kind === 'unavailable') return outcome;
  return isOutage(outcome) ? outcome : undefined;
}

async function recordCall(
  tx: Db,
  identityId: string,
  { outcome, attempts }: SearchReport,
  startedAt: Date,
  now: Date,
): Promise<void> {
  await recordInsiCall(tx, {
    identityId,
    at: startedAt,
    durationMs: now.getTime() - startedAt.getTime(),
    outcome: outcome.kind,
    ruleId: 'refusal' in outcome ? outcome.refusal.rule.id : null,
    attempts: attempts.length,
  });
}

/** The draft that an answer makes: qualified, retrieved, or stopped with what a person must look at. */
async function judged(tx: Db, context: UseCaseContext, record: IdentityRecord, report: SearchReport): Promise<Draft> {
  const { outcome } = report;
  switch (outcome.kind) {
    case 'none':
      return stopped(record, 'not-found', outcome.refusal);
    case 'several':
      return stopped(record, 'several', outcome.refusal);
    case 'found':
      return accepted(tx, context, record, report, outcome.identity);
    case 'permanent':
    case 'unreadable':
    case 'transient':
    case 'unavailable':
      return stopped(record, 'failed', outcome.refusal);
  }
}

function stopped(record: Draft, insiState: InsiState, refusal: Refusal): Draft {
  return { ...record, insiState, insiRuleId: refusal.rule.id };
}

/** What INSi returned is kept unchanged, and the comparison for the person who settles it. */
function withReturned(record: IdentityRecord, returned: InsiIdentity): Draft {
  const coherence = compareTraits(givenTraitsOf(record), returned.traits);
  const discrepancy = coherence.traits.map(({ rule, ...trait }) => ({ ...trait, ruleId: rule?.id ?? null }));
  return { ...record, insiHistory: returned.history, insiTraits: returned.traits, discrepancy };
}

/**
 * Found, by whatever given name: the strict traits that came back decide (practice 3). When they differ, a hit by another
 * name than the first is the more useful thing to say.
 */
async function accepted(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  report: SearchReport,
  returned: InsiIdentity,
): Promise<Draft> {
  const draft = withReturned(record, returned);
  if (!isAllowedInsOid(returned.ins.oid, acceptedInsOids(context.config)))
    return stopped(draft, 'failed', { rule: identityRules.insOidNotAllowed });
  const coherence = compareTraits(givenTraitsOf(record), returned.traits);
  const different = coherence.traits.find((trait) => trait.outcome === 'different');
  if (different !== undefined)
    return stopped(draft, 'discrepancy', report.warning ?? { rule: different.rule ?? identityRules.traitsDiffer });
  const bears = insOf(record);
  if (bears !== undefined && !isSuccessor(bears, returned))
    return stopped(draft, 'discrepancy', { rule: identityLifecycleRules.otherInsReturned });
  const holder = await otherHolder(tx, record.id, returned);
  const adopted = adoptInsiTraits(returned.traits, record.firstGivenName);
  if (!adopted.ok) return stopped(draft, 'failed', adopted.refusal);
  const retrieved = withEvent(draft, {
    type: 'insiRetrieved',
    ins: returned.ins,
    proof: { retrievedAt: context.now().toISOString(), mode: 'INSI' },
    coherence: 'coherent',
    heldByOther: holder !== undefined,
  });
  if (holder !== undefined) await showCollision(tx, context, record, holder);
  if (!retrieved.ok)
    return stopped(
      draft,
      retrieved.refusal.rule === identityRules.duplicateActiveIns ? 'blocked' : 'failed',
      retrieved.refusal,
    );
  const { traits } = adopted.value;
  return {
    ...retrieved.value,
    ...traitColumns(adopted.value),
    // INSi gives no place for some persons: what was recorded locally stays.
    birthPlace: traits.birthPlace ?? record.birthPlace,
    insiState: 'settled',
    insiRuleId: null,
    discrepancy: null,
  };
}

/**
 * The same number, or one that follows it: NIA become NIR, civil sex, correction of the register all keep the former number
 * in INSHISTO. A new number that knows nothing of the one that we hold is perhaps another person's (practice 23).
 */
function isSuccessor(bears: Ins, returned: InsiIdentity): boolean {
  const same = (one: NumberedIns) => one.matricule === bears.matricule && one.oid === bears.oid;
  return same(returned.ins) || formerNumbers(returned.history, returned.ins).some(same);
}

/** Another active identity that bears this number, or one that INSi says was this person's: a duplicate, seen or to come. */
async function otherHolder(tx: Db, id: string, returned: InsiIdentity): Promise<string | undefined> {
  const holder = await otherHolderOf(tx, returned.ins, id);
  if (holder !== undefined) return holder;
  for (const ins of [returned.ins, ...formerNumbers(returned.history, returned.ins)]) {
    const other = (await holdersEver(tx, ins)).find(({ identityId }) => identityId !== id);
    if (other !== undefined) return other.identityId;
  }
  return undefined;
}

const EVENTS: Readonly<Record<InsiState, string>> = {
  none: 'réponse INSi',
  queued: 'réponse INSi',
  settled: "INS récupérée auprès d'INSi",
  'not-found': 'INSi : aucune identité trouvée',
  several: 'INSi : plusieurs identités trouvées',
  discrepancy: 'INSi : traits différents, à trancher',
  blocked: 'INSi : INS déjà portée par une autre identité',
  failed: 'INSi : recherche impossible',
};

function eventOf(draft: Draft): string {
  return draft.status === 'QUAL' ? 'identité qualifiée' : EVENTS[draft.insiState];
}

const ALERTS: Readonly<Record<InsiIdentity['alerts'][number], string>> = {
  'key-mismatch': 'la clé du matricule ne correspond pas à ses chiffres',
  'key-absent': 'clé du matricule absente de la réponse, calculée ici',
  'unusual-first-digit': 'premier chiffre du matricule inhabituel',
  'unusual-month': 'mois de naissance du matricule inhabituel',
};

/** What INSi returned is kept unchanged; what is odd in it is said to the person who reads the history (ins.md, trap 1). */
function alertsOf(outcome: InsiOutcome): string {
  return outcome.kind === 'found'
    ? outcome.identity.alerts.map((alert) => ` ; alerte : ${ALERTS[alert]}`).join('')
    : '';
}
