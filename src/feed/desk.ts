/** What a person does to a document: take it up again, confirm a late sending, withdraw it. */
import type { UseCaseContext } from '../queue/context.ts';
import { addTask, hastenTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { feedRules } from '../rules/feed.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { type DeliveryRecord, deliveriesOf } from '../store/deliveries.ts';
import { addDocumentEvent, type DocumentRecord, lockDocument, otherLivingDocument } from '../store/documents.ts';
import { CONFIRMED_STEP } from './process-document.ts';
import { moveDelivery, refuseDelivery } from './settle.ts';

/** Endings that an outside event may have made obsolete: a DMP opened since, an opposition lifted. */
const REOPENABLE = new Set<string>([
  feedRules.dmpAbsent.id,
  feedRules.dmpClosed.id,
  feedRules.opposition.id,
  feedRules.withdrawnByPerson.id,
]);

/**
 * Safe whatever the state: a waiting document is looked at again, a late one is confirmed, one that is held back is tried
 * at once, an unknown outcome is asked to the DMP at once, an ended wait that may have changed is reopened. Refused for
 * what left or was refused for good.
 */
export async function askAgain(
  context: UseCaseContext,
  documentId: string,
  actor: string,
): Promise<Result<DocumentRecord>> {
  return act(context, documentId, async (tx, document, delivery) => {
    const at = context.now();
    const callOf = { unknown: 'reconcile', ready: 'deliver' } as const;
    if (delivery.state === 'unknown' || delivery.state === 'ready') {
      await hastenTask(tx, callOf[delivery.state], delivery.id);
      await addDocumentEvent(tx, document.id, { at, step: 'asked-again', detail: actor });
      return ok(document);
    }
    const reopened = document.state === 'withdrawn' && REOPENABLE.has(document.ruleId ?? '');
    if (document.state !== 'waiting' && document.state !== 'received' && !reopened)
      return refuse(feedRules.notWaiting, { detail: document.state });
    // The sender may have sent it again since it was withdrawn: that one lives under its uniqueId.
    if (reopened && (await otherLivingDocument(tx, document)) !== undefined) return refuse(feedRules.uniqueIdInUse);
    const step = document.ruleId === feedRules.lateQualification.id ? CONFIRMED_STEP : 'asked-again';
    await addDocumentEvent(tx, document.id, { at, step, detail: actor });
    if (reopened) await moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'reopened' });
    await addTask(tx, { kind: 'document', subject: document.id, orderKey: `document:${document.uniqueId}` });
    return ok(document);
  });
}

/** Only before anything may have left; the sender is answered. */
export async function withdrawDocument(
  context: UseCaseContext,
  documentId: string,
  by: { actor: string; reason: string },
): Promise<Result<DocumentRecord>> {
  return act(context, documentId, async (tx, document, delivery) => {
    if (delivery.state !== 'waiting' && delivery.state !== 'ready')
      return refuse(feedRules.notWaiting, { detail: document.state });
    await refuseDelivery(tx, context, document, delivery, {
      state: 'withdrawn',
      refusal: { rule: feedRules.withdrawnByPerson, detail: `${by.actor} : ${by.reason}` },
    });
    return ok(document);
  });
}

async function act(
  context: UseCaseContext,
  documentId: string,
  work: (tx: Db, document: DocumentRecord, delivery: DeliveryRecord) => Promise<Result<DocumentRecord>>,
): Promise<Result<DocumentRecord>> {
  return transaction(context.pool, async (tx) => {
    const document = await lockDocument(tx, documentId);
    const [delivery] = await deliveriesOf(tx, documentId);
    return delivery === undefined ? refuse(apiRules.notFound) : work(tx, document, delivery);
  });
}
