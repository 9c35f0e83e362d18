/** A version of a document, just before it is sent: whose turn it is, and what its turn ends on the way. */
import { completeTask, holdTask } from '../queue/tasks.ts';
import { versionRules } from '../rules/versions.ts';
import { lockChain } from '../store/chains.ts';
import { transaction } from '../store/db.ts';
import { lockDelivery } from '../store/deliveries.ts';
import { documentById } from '../store/documents.ts';
import type { FeedContext } from './dmp-circuit.ts';
import type { Job } from './job.ts';
import { moveDelivery, settleNothingToDelete, stopDelivery, withdrawPending } from './settle.ts';
import { type Turn, turnOf } from './turn.ts';

export type OwnTurn = Extract<Turn, { kind: 'go' | 'ask' }>;

/**
 * The turn of a job that may go now; undefined when it is not, or no longer: then the task has ended. One that waits needs
 * none: the outcome that it waits for calls it (`settle.ts`), and a task kept waiting would stand before that outcome's own.
 */
export async function takeTurn(context: FeedContext, job: Job): Promise<OwnTurn | undefined> {
  // Read again: it may have joined a chain since it was queued.
  const { chainKey } = (await documentById(context.pool, job.document.id)) ?? job.document;
  if (chainKey === null && job.document.action === 'create') return { kind: 'go', superseded: [] };
  return transaction(context.pool, async (tx) => {
    await holdTask(tx, job.task);
    const chain = await lockChain(tx, chainKey ?? '');
    const delivery = await lockDelivery(tx, job.delivery.id);
    const document = chain.find(({ id }) => id === job.document.id);
    if (document === undefined) throw new Error(`document ${job.document.id} is ready without a place in its chain`);
    const turn = delivery.state === 'ready' ? turnOf(document, chain) : undefined;
    if (turn?.kind === 'go' || turn?.kind === 'ask') {
      const { superseded, deletedBeforeSending } = versionRules;
      const rule = document.action === 'delete' ? deletedBeforeSending : superseded;
      await withdrawPending(tx, context, turn.superseded, rule);
      return turn;
    }
    await completeTask(tx, job.task);
    if (turn === undefined) return undefined;
    if (turn.kind === 'wait') {
      const refusal = { rule: versionRules.behindAnother };
      await moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'postponed', refusal });
    } else if (turn.kind === 'stopped') await stopDelivery(tx, context, document, delivery, turn.refusal);
    else {
      await withdrawPending(tx, context, turn.superseded, versionRules.deletedBeforeSending);
      await settleNothingToDelete(tx, context, document, delivery);
    }
    return undefined;
  });
}
