/** One search for one identity: at the permitted pace, behind the circuit breaker, its answer judged by the rules. */
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptedInsOids } from '../config/lookup.ts';
import { compareTraits } from '../ins/coherence.ts';
import { adoptInsiTraits } from '../ins/insi-traits.ts';
import { isAllowedInsOid } from '../ins/oids.ts';
import { mayCallInsi } from '../ins/status.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { backoffMs, completeTask, holdTask, postponeTask, type Task } from '../queue/tasks.ts';
import { identityRules } from '../rules/identity.ts';
import { insiRules } from '../rules/insi.ts';
import type { Refusal, Result } from '../rules/rule.ts';
import { askLeave, recordFailure, recordHealthy } from '../store/circuits.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  type IdentityRecord,
  type InsiState,
  identityById,
  lockIdentity,
  otherQualifiedWith,
  recordInsiCall,
} from '../store/identities.ts';
import type { InsiClient } from '../wire/insi/client.ts';
import type { InsiIdentity, InsiOutcome } from '../wire/insi/outcome.ts';
import { type SearchReport, searchByTraits } from '../wire/insi/search-run.ts';
import { type Draft, saveChange, traitColumns, withEvent } from './change.ts';
import { stateOf, traitsOf } from './record.ts';
import { differingTraits } from './traits-input.ts';

/** Longest wait for a slot inside a task; beyond it the task gives its place back to the queue. */
const LONGEST_SLOT_WAIT_MS = 3_000;
const RETRY = { firstMs: 2_000, maxMs: 600_000 };
const SYSTEM = 'system';

/** INSi must not be called before this long: circuit open, or too many in front. */
class NotNow extends Error {
  readonly waitMs: number;
  constructor(waitMs: number) {
    super('INSi not now');
    this.waitMs = waitMs;
  }
}

/** Handler of the `insi` tasks. */
export function insiTaskHandler(context: UseCaseContext, client: InsiClient): (task: Task) => Promise<void> {
  return async (task) => {
    const record = await identityById(context.pool, task.subject);
    const allowed = record !== undefined && mayCallInsi(stateOf(record), { trigger: 'operator', provAutomatic: true });
    if (record === undefined || record.insiState !== 'queued' || !record.active || allowed === false || !allowed.ok) {
      await transaction(context.pool, async (tx) => completeTask(tx, task));
      return;
    }
    const startedAt = context.now();
    try {
      const report = await searchByTraits(client, criteriaOf(record), () => waitForSlot(context));
      await settle(context, task, record, report, startedAt);
    } catch (error) {
      if (!(error instanceof NotNow)) throw error;
      await transaction(context.pool, async (tx) => postponeTask(tx, task, error.waitMs));
    }
  };
}

function criteriaOf(record: IdentityRecord) {
  const { birthName, firstGivenName, sex, birthDate } = record;
  return {
    birthName,
    firstGivenName,
    sex,
    birthDate,
    ...(record.birthGivenNames === null ? {} : { birthGivenNames: record.birthGivenNames }),
    ...(record.birthPlace === null ? {} : { birthPlace: record.birthPlace }),
  };
}

async function waitForSlot(context: UseCaseContext): Promise<void> {
  const { insi } = context.config;
  if (insi === undefined) throw new NotNow(60_000);
  const pace = { intervalMs: 1_000 / insi.ratePerSecond, probeAfterMs: insi.circuit.probeAfterMs };
  for (;;) {
    const waitMs = await transaction(context.pool, (tx) => askLeave(tx, 'INSi', context.now(), pace));
    if (waitMs === 0) return;
    if (waitMs > LONGEST_SLOT_WAIT_MS) throw new NotNow(waitMs);
    await sleep(waitMs);
  }
}

/** Records what came of the search, in one transaction with the end of the task. */
async function settle(
  context: UseCaseContext,
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
    if (report.ok) await recordCall(tx, context, record, report.value, startedAt);
    const retry =
      report.ok && (report.value.outcome.kind === 'unavailable' || report.value.outcome.kind === 'transient');
    if (retry || changedMeanwhile(asked, record)) {
      const ruleId = report.ok && 'refusal' in report.value.outcome ? report.value.outcome.refusal.rule.id : null;
      await saveChange(
        tx,
        record,
        { ...record, insiRuleId: ruleId, insiAskedAt: now },
        { ...cause, event: 'INSi sans réponse utilisable' },
      );
      await postponeTask(tx, task, retry ? backoffMs(task.attempts, RETRY, jitterOf(task)) : 0);
      return;
    }
    const draft = report.ok
      ? await judged(tx, context, record, report.value)
      : stopped(record, 'failed', report.refusal);
    await saveChange(
      tx,
      record,
      { ...draft, insiAskedAt: now },
      { ...cause, event: eventOf(draft), requirement: 'EXI REC 07' },
    );
    await completeTask(tx, task);
  });
}

/** Spreads retries without a random source: the same task always falls at the same place. */
function jitterOf(task: Task): number {
  return ((task.id * 7_919) % 1_000) / 1_000;
}

/** Strict traits were changed while INSi was answering: its answer is about somebody else's traits. */
function changedMeanwhile(asked: IdentityRecord, record: IdentityRecord): boolean {
  return record.insiState === 'queued' && differingTraits(traitsOf(asked), traitsOf(record)).length > 0;
}

async function recordCall(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  report: SearchReport,
  startedAt: Date,
): Promise<void> {
  const { outcome } = report;
  const now = context.now();
  await recordInsiCall(tx, {
    identityId: record.id,
    at: startedAt,
    durationMs: now.getTime() - startedAt.getTime(),
    outcome: outcome.kind,
    ruleId: 'refusal' in outcome ? outcome.refusal.rule.id : null,
    attempts: report.attempts.length,
  });
  const { insi } = context.config;
  if (insi === undefined) return;
  if (isOutage(outcome)) {
    const { failures, probeAfterMs } = insi.circuit;
    await recordFailure(tx, 'INSi', now, { error: outcome.refusal.rule.title, limit: failures, probeAfterMs });
  } else await recordHealthy(tx, 'INSi', now);
}

/** insi_102 is also what the service says of a person it does not know (trap 7): it must not open the circuit for all. */
function isOutage(outcome: InsiOutcome): outcome is Extract<InsiOutcome, { kind: 'unavailable' | 'transient' }> {
  return (
    outcome.kind === 'unavailable' ||
    (outcome.kind === 'transient' && outcome.refusal.rule === insiRules.temporarilyUnavailable)
  );
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
      return report.warning === undefined
        ? accepted(tx, context, record, outcome.identity)
        : stopped(withReturned(record, outcome.identity), 'discrepancy', report.warning);
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
  const coherence = compareTraits(traitsOf(record), returned.traits);
  const discrepancy = coherence.traits.map(({ rule, ...trait }) => ({ ...trait, ruleId: rule?.id ?? null }));
  return { ...record, insiHistory: returned.history, insiTraits: returned.traits, discrepancy };
}

async function accepted(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  returned: InsiIdentity,
): Promise<Draft> {
  const draft = withReturned(record, returned);
  if (!isAllowedInsOid(returned.ins.oid, acceptedInsOids(context.config)))
    return stopped(draft, 'failed', { rule: identityRules.insOidNotAllowed });
  const coherence = compareTraits(traitsOf(record), returned.traits);
  const different = coherence.traits.find((trait) => trait.outcome === 'different');
  if (different !== undefined)
    return stopped(draft, 'discrepancy', { rule: different.rule ?? identityRules.traitsDiffer });
  const heldByOther = (await otherQualifiedWith(tx, returned.ins, record.id)) !== undefined;
  const adopted = adoptInsiTraits(returned.traits, record.firstGivenName);
  if (!adopted.ok) return stopped(draft, 'failed', adopted.refusal);
  const retrieved = withEvent(draft, {
    type: 'insiRetrieved',
    ins: returned.ins,
    proof: { retrievedAt: context.now().toISOString(), mode: 'INSI' },
    coherence: 'coherent',
    heldByOther,
  });
  if (!retrieved.ok)
    return stopped(
      draft,
      retrieved.refusal.rule === identityRules.duplicateActiveIns ? 'blocked' : 'failed',
      retrieved.refusal,
    );
  const { traits, dateInterpreted } = adopted.value;
  return {
    ...retrieved.value,
    ...traitColumns(traits, dateInterpreted),
    // INSi gives no place for some persons: what was recorded locally stays.
    birthPlace: traits.birthPlace ?? record.birthPlace,
    insiState: 'settled',
    insiRuleId: null,
    discrepancy: null,
  };
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
