/**
 * Handler of the `dmp-state` tasks: the DMP of a patient who had none, or a closed one, is asked for again (TD0.2). Opened
 * since, it lets the documents that it held back go: the identity changes, and its `release` task looks at them.
 */
import { noteDmpState, qualifiedIdentityOf } from '../identity/index.ts';
import { completeTask, deferTask, postponeTask, type Task } from '../queue/tasks.ts';
import { feedRules } from '../rules/feed.ts';
import { transaction } from '../store/db.ts';
import { endedForPatient } from '../store/feed-endings.ts';
import { identityById } from '../store/identities.ts';
import { type FeedContext, noteDmpHealth, waitBeforeCall } from './dmp-circuit.ts';
import { actingFor } from './submission.ts';

const DAY_MS = 86_400_000;

export function dmpStateTaskHandler(context: FeedContext): (task: Task) => Promise<void> {
  return async (task) => {
    const identity = await identityById(context.pool, task.subject);
    const patient = identity?.active === true ? qualifiedIdentityOf(identity) : undefined;
    const held = patient?.ok === true && identity?.dmpState !== 'active';
    const document = held ? await lastHeldBack(context, task.subject) : undefined;
    // Nothing would leave: the next document of this patient will ask.
    if (identity === undefined || patient?.ok !== true || document === undefined)
      return transaction(context.pool, (tx) => completeTask(tx, task));
    const waitMs = await waitBeforeCall(context);
    if (waitMs > 0) return transaction(context.pool, (tx) => deferTask(tx, task, waitMs));
    const answer = await context.dmp.existence(patient.value, actingFor(context, document));
    if (answer.kind === 'failed')
      return transaction(context.pool, (tx) => postponeTask(tx, task, context.dmpConfig.retry.maxMs));
    await noteDmpHealth(context.pool, context);
    await noteDmpState(context, identity, answer.value.state);
    await transaction(context.pool, (tx) => completeTask(tx, task));
  };
}

/** The last document that the state of the DMP ended, young enough to leave without a person. */
async function lastHeldBack(context: FeedContext, identityId: string) {
  const ended = await endedForPatient(context.pool, identityId, [feedRules.dmpAbsent.id, feedRules.dmpClosed.id]);
  const oldest = context.now().getTime() - context.config.lateQualificationDays * DAY_MS;
  return ended.findLast(({ receivedAt }) => receivedAt.getTime() > oldest);
}
