/**
 * « Suspendre l'envoi »: a person holds the documents of a patient, a stay, a service, or one document, for a bounded time. At
 * its end, or when somebody lifts it, they are looked at again: nobody has to remember it.
 */
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask, addMailTask } from '../queue/document-tasks.ts';
import { addTask, completeTask, deferTask, type Task } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { policyRules } from '../rules/policy.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { addDocumentEvent } from '../store/documents.ts';
import {
  endSuspensionRow,
  heldBySuspensions,
  insertSuspension,
  lockSuspension,
  readyUnder,
  type SuspensionRecord,
} from '../store/feed-suspensions.ts';
import { mailsHeldBy } from '../store/mails.ts';
import { hold } from './desk.ts';
import { moveDelivery } from './settle.ts';

const HOUR_MS = 3_600_000;

export type Suspension = Pick<SuspensionRecord, 'scope' | 'eg' | 'subject' | 'reason' | 'actor'> & {
  readonly hours: number;
};

/** Gives its id. What had left already is not called back. */
export async function suspendSending(context: UseCaseContext, asked: Suspension): Promise<Result<string>> {
  const { longestSuspensionHours } = context.config.policy;
  const { hours, ...suspension } = asked;
  if (!(hours > 0) || suspension.reason === '' || suspension.subject === '') return refuse(apiRules.invalidRequest);
  if (hours > longestSuspensionHours)
    return refuse(policyRules.suspensionTooLong, { detail: `${longestSuspensionHours} h au plus` });
  const at = context.now();
  const record = { ...suspension, id: context.newUuid(), at, until: new Date(at.getTime() + hours * HOUR_MS) };
  await transaction(context.pool, async (tx) => {
    await insertSuspension(tx, record);
    for (const id of await readyUnder(tx, record)) await holdReady(tx, context, id, record);
    await addTask(tx, { kind: 'resume', subject: record.id, delayMs: hours * HOUR_MS });
  });
  return ok(record.id);
}

async function holdReady(
  tx: Db,
  context: UseCaseContext,
  id: string,
  { until, actor, reason }: Pick<SuspensionRecord, 'until' | 'actor' | 'reason'>,
): Promise<void> {
  const held = await hold(tx, id);
  // One that may be in the DMP since the backup is asked for first.
  if (held?.delivery.state !== 'ready' || held.delivery.askFirst) return;
  const { document, delivery } = held;
  const refusal = { rule: policyRules.suspended, detail: until.toISOString() };
  await moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'waiting', refusal });
  const detail = `${actor} : ${reason}`.slice(0, 500);
  await addDocumentEvent(tx, id, { at: context.now(), step: 'suspended', detail });
}

/** A person lifts it before its time. */
export async function endSuspension(context: UseCaseContext, id: string, actor: string): Promise<Result<void>> {
  return transaction(context.pool, async (tx) => {
    const suspension = await lockSuspension(tx, id);
    if (suspension === undefined) return refuse(apiRules.notFound);
    if (suspension.endedAt !== null) return refuse(policyRules.suspensionEnded);
    await resume(tx, context, suspension, actor);
    return ok(undefined);
  });
}

/** Handler of the `resume` tasks: the time of a suspension has come. */
export function resumeTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  return async (task) => {
    await transaction(context.pool, async (tx) => {
      const suspension = await lockSuspension(tx, task.subject);
      if (suspension === undefined || suspension.endedAt !== null) return completeTask(tx, task);
      const remainingMs = suspension.until.getTime() - context.now().getTime();
      if (remainingMs > 0) return deferTask(tx, task, remainingMs);
      await completeTask(tx, task);
      await resume(tx, context, suspension, null);
    });
  };
}

/** Everything that a suspension holds is looked at again: the gate tells what another one still holds. */
async function resume(
  tx: Db,
  context: UseCaseContext,
  { id, eg }: SuspensionRecord,
  actor: string | null,
): Promise<void> {
  await endSuspensionRow(tx, id, context.now(), actor);
  for (const document of await heldBySuspensions(tx, policyRules.suspended.id, eg)) await addDocumentTask(tx, document);
  for (const mail of await mailsHeldBy(tx, policyRules.suspended.id, eg)) await addMailTask(tx, mail);
}
