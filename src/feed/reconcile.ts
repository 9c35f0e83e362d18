/**
 * Handler of the `reconcile` tasks: an outcome is unknown, so the DMP is asked what it holds (TD3.1b). Found: accepted.
 * Absent several times over: the very same submission may go again, and the registry still refuses a second uniqueId.
 */
import { createHash } from 'node:crypto';
import { submittedCda } from '../documents/index.ts';
import { parseDocumentUniqueId } from '../ins/identifiers.ts';
import { sentIdentityFromRecord } from '../ins/sent-identity.ts';
import { addTask, backoffMs, completeTask, postponeTask, type Task } from '../queue/tasks.ts';
import { feedRules } from '../rules/feed.ts';
import { askLeave, recordFailure, recordHealthy } from '../store/circuits.ts';
import { transaction } from '../store/db.ts';
import { countAbsentAnswer, type DeliveryRecord, deliveryById, lockDelivery } from '../store/deliveries.ts';
import { addDocumentEvent, type DocumentRecord, documentById, lockDocument } from '../store/documents.ts';
import type { DmpAnswer } from '../wire/dmp/outcome.ts';
import type { FoundDocument } from '../wire/xds/query.ts';
import { actingFor, type FeedContext } from './deliver.ts';
import { acceptDelivery, moveDelivery, refuseDelivery } from './settle.ts';

export function reconcileTaskHandler(context: FeedContext): (task: Task) => Promise<void> {
  return async (task) => {
    const delivery = await deliveryById(context.pool, task.subject);
    const document = delivery && (await documentById(context.pool, delivery.documentId));
    if (delivery === undefined || document === undefined) throw new Error(`delivery ${task.subject} is gone`);
    if (delivery.state !== 'unknown') return transaction(context.pool, (tx) => completeTask(tx, task));
    const { circuit } = context.dmpConfig;
    const pace = { intervalMs: 0, probeAfterMs: circuit.probeAfterMs };
    const waitMs = await transaction(context.pool, (tx) => askLeave(tx, 'DMP', context.now(), pace));
    if (waitMs > 0) return transaction(context.pool, (tx) => postponeTask(tx, task, waitMs));
    const answer = await ask(context, document, delivery);
    const cda = await submittedCda(context.pool, document);
    if (!cda.ok) throw new Error(`document ${document.id} cannot be read any more: ${cda.refusal.rule.id}`);
    await settle(context, task, delivery, answer, createHash('sha1').update(cda.value).digest('hex'));
  };
}

/** Asked under the INS that was frozen at the sending, whatever the identity has become. */
async function ask(
  context: FeedContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
): Promise<DmpAnswer<readonly FoundDocument[]>> {
  const sent = sentIdentityFromRecord({ matricule: delivery.sentMatricule ?? '', oid: delivery.sentOid ?? '' });
  const uniqueId = parseDocumentUniqueId(document.uniqueId);
  if (!sent.ok || !uniqueId.ok) throw new Error(`delivery ${delivery.id} has lost what it sent`);
  return context.dmp.find(uniqueId.value, sent.value, actingFor(context, document));
}

async function settle(
  context: FeedContext,
  task: Task,
  asked: DeliveryRecord,
  answer: DmpAnswer<readonly FoundDocument[]>,
  sha1: string,
): Promise<void> {
  const { circuit, retry, reconciliation } = context.dmpConfig;
  await transaction(context.pool, async (tx) => {
    const document = await lockDocument(tx, asked.documentId);
    const delivery = await lockDelivery(tx, asked.id);
    const now = context.now();
    if (answer.kind === 'failed') {
      await recordFailure(tx, 'DMP', now, {
        error: answer.refusal.rule.title,
        limit: circuit.failures,
        probeAfterMs: circuit.probeAfterMs,
      });
      return postponeTask(tx, task, backoffMs(task.attempts, retry, 0.5));
    }
    await recordHealthy(tx, 'DMP', now);
    const held = answer.value.find((found) => found.status === undefined || found.status === 'Approved');
    if (held === undefined) {
      const absent = await countAbsentAnswer(tx, delivery.id);
      await addDocumentEvent(tx, document.id, { at: now, step: 'asked', detail: 'absent du DMP' });
      if (absent < reconciliation.asksBeforeResend)
        return postponeTask(tx, task, Math.max(reconciliation.askAfterMs, 100));
      await moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'resend' });
      await addTask(tx, { kind: 'deliver', subject: delivery.id, orderKey: `deliver:${document.uniqueId}` });
      return completeTask(tx, task);
    }
    // A hash that is not ours: somebody else's document lives under this uniqueId.
    if (held.hash !== undefined && held.hash !== sha1)
      await refuseDelivery(tx, context, document, delivery, {
        state: 'refused',
        refusal: { rule: feedRules.uniqueIdInUse },
      });
    else await acceptDelivery(tx, context, document, delivery, { sha1, step: 'reconciled', entryUuid: held.entryUuid });
    return completeTask(tx, task);
  });
}
