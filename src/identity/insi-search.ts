/** One search for one identity: at the permitted pace, behind the circuit breaker, its answer judged by the rules. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mayCallInsi } from '../ins/status.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, deferTask, holdTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { ok, type Result } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { type IdentityRecord, identityById, lockIdentity, recordInsiCall } from '../store/identities.ts';
import {
  addInsiAttempt,
  dropInsiRequest,
  forgetInsiAttempts,
  type InsiRequest,
  insiRequestOf,
} from '../store/insi-requests.ts';
import { noteVerification } from '../store/verification-campaigns.ts';
import type { CardReading } from '../wire/insi/card-reading.ts';
import type { InsiClient } from '../wire/insi/client.ts';
import { searchByTraits } from '../wire/insi/search-run.ts';
import type { SearchCriteria } from '../wire/insi/strategy.ts';
import { type Draft, saveChange } from './change.ts';
import { type Answered, alertsOf, eventOf, judged, stopped } from './insi-judgement.ts';
import { type InsiConfig, isOutage, NotNow, type PacedInsi, pacedInsi, retriedFailure } from './insi-pace.ts';
import { criteriaOf, stateOf, traitsOf } from './record.ts';
import { differingTraits } from './traits-input.ts';
import { callOf, confirmed, outcomeOfVerification, type Verified, verifyIns } from './verification.ts';

const RETRY = { firstMs: 2_000, maxMs: 600_000 };
const SYSTEM = 'system';

/** What came of the calls of one question; a confirmed INS brings no answer to judge. */
type Report = Verified;

/** A question as it was found in the queue. */
interface Asked {
  readonly record: IdentityRecord;
  /** Undefined: a search by the recorded traits. */
  readonly request: InsiRequest | undefined;
  readonly startedAt: Date;
}

/** Handler of the `insi` tasks. `pause` waits for a slot that is near. */
export function insiTaskHandler(
  context: UseCaseContext,
  client: InsiClient,
  pause: (ms: number) => Promise<unknown> = sleep,
): (task: Task) => Promise<void> {
  const { insi } = context.config;
  if (insi === undefined) throw new Error('INSi is not configured');
  const paced = pacedInsi(context, insi, client, pause);
  return async (task) => {
    const record = await identityById(context.pool, task.subject);
    if (record === undefined || !isAsked(record)) {
      await transaction(context.pool, async (tx) => {
        await dropInsiRequest(tx, task.subject);
        await completeTask(tx, task);
      });
      return;
    }
    const request = await insiRequestOf(context.pool, record.id);
    const asked = { record, request, startedAt: context.now() };
    try {
      await settle(context, insi, task, asked, await ask(paced, insi, asked));
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

/** What the payload holds was checked before it was stored. */
async function ask(paced: PacedInsi, insi: InsiConfig, { record, request }: Asked): Promise<Result<Report>> {
  const { client, turn } = paced;
  if (request?.kind === 'card') {
    await turn();
    const outcome = await client.searchByCard(request.payload as CardReading);
    return ok({ calls: 1, identical: false, mode: 'CV', outcome });
  }
  if (request === undefined && record.matricule !== null) return verifyIns(paced, record, insi.verification);
  const criteria = request === undefined ? criteriaOf(record) : (request.payload as SearchCriteria);
  const report = await searchByTraits(client, criteria, turn);
  if (!report.ok) return report;
  const { outcome, warning, attempts } = report.value;
  return ok({
    calls: attempts.length,
    identical: false,
    mode: 'INSI',
    outcome,
    ...(warning !== undefined && { warning }),
  });
}

/** Records what came of the search, in one transaction with the end of the task. */
async function settle(
  context: UseCaseContext,
  insi: InsiConfig,
  task: Task,
  asked: Asked,
  report: Result<Report>,
): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await holdTask(tx, task);
    const record = await lockIdentity(tx, asked.record.id);
    const now = context.now();
    const cause = { at: now, actor: SYSTEM, source: 'INSi' };
    if (report.ok) await recordCall(tx, record.id, report.value, asked.startedAt, now);
    // The question was withdrawn while INSi was answering: nobody waits for this answer.
    if (!isAsked(record)) return completeTask(tx, task);
    // Its answer is about somebody else's traits, or to another question: asked again with the present ones.
    if (await hasChanged(tx, asked, record)) return deferTask(tx, task, 0);
    const answer = report.ok && !report.value.identical ? report.value : undefined;
    const failure = answer && retriedFailure(answer.outcome);
    if (failure !== undefined) {
      const draft = { ...record, insiRuleId: failure.refusal.rule.id, insiAskedAt: now };
      await saveChange(tx, record, draft, { ...cause, event: 'INSi sans réponse utilisable' });
      // The circuit keeps calls apart during an outage; the queue must move as soon as it closes.
      const maxMs = isOutage(failure) ? Math.min(insi.circuit.probeAfterMs, RETRY.maxMs) : RETRY.maxMs;
      return postponeTask(tx, task, retryDelayMs(task, { ...RETRY, maxMs }));
    }
    const draft = await draftOf(tx, context, record, report);
    const answered = { ...draft, insiAskedAt: now };
    await saveChange(tx, record, answered, { ...cause, event: said(draft, answer), requirement: 'EXI REC 07' });
    if (record.matricule !== null) await noteOutcome(tx, record, draft, now);
    await noteAttempt(tx, asked, report, now);
    await dropInsiRequest(tx, record.id);
    return completeTask(tx, task);
  });
}

async function draftOf(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  report: Result<Report>,
): Promise<Draft> {
  if (!report.ok) return stopped(record, 'failed', report.refusal);
  return report.value.identical ? confirmed(record) : judged(tx, context, record, report.value);
}

/** For the history. */
function said(draft: Draft, answer: Answered | undefined): string {
  if (answer === undefined) return draft.insiState === 'settled' ? 'INS confirmée par INSi' : eventOf(draft);
  return `${eventOf(draft)}${answer.mode === 'CV' ? ' (carte Vitale)' : ''}${alertsOf(answer.outcome)}`;
}

/** The INS was there before: whatever was asked, it has been verified. */
async function noteOutcome(tx: Db, record: IdentityRecord, draft: Draft, at: Date): Promise<void> {
  const outcome = outcomeOfVerification(record, draft);
  if (outcome !== 'unanswered') await noteVerification(tx, { identityId: record.id, at, outcome, campaignId: null });
}

async function hasChanged(tx: Db, { record: before, request }: Asked, record: IdentityRecord): Promise<boolean> {
  if (differingTraits(traitsOf(before), traitsOf(record)).length > 0) return true;
  return JSON.stringify(await insiRequestOf(tx, record.id)) !== JSON.stringify(request);
}

/** What found nobody or several is kept until something is found: the next proposal follows from it. */
async function noteAttempt(tx: Db, { record, request }: Asked, report: Result<Report>, at: Date): Promise<void> {
  const outcome = report.ok && !report.value.identical ? report.value.outcome.kind : undefined;
  if (report.ok && report.value.identical) return forgetInsiAttempts(tx, record.id);
  if (outcome === 'found') return forgetInsiAttempts(tx, record.id);
  // The number of a card says nothing of which traits to try.
  if ((outcome !== 'none' && outcome !== 'several') || request?.kind === 'card') return;
  await addInsiAttempt(tx, record.id, {
    at,
    outcome,
    proposal: request?.proposal ?? null,
    actor: request?.askedBy ?? SYSTEM,
    criteria: request?.payload ?? null,
  });
}

async function recordCall(tx: Db, identityId: string, report: Report, startedAt: Date, now: Date): Promise<void> {
  await recordInsiCall(tx, {
    identityId,
    at: startedAt,
    durationMs: now.getTime() - startedAt.getTime(),
    ...callOf(report),
  });
}
