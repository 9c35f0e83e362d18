/**
 * Handler of the `reconcile` tasks: an outcome is unknown, so the DMP is asked what it holds (TD3.1b). Found: accepted.
 * Absent several times over: the very same submission may go again, and the registry still refuses a second uniqueId. For a
 * deletion, the other way round.
 */
import { submittedCda } from '../documents/index.ts';
import { parseDocumentUniqueId } from '../ins/identifiers.ts';
import { sentIdentityFromRecord } from '../ins/sent-identity.ts';
import { addDeliveryTask } from '../queue/document-tasks.ts';
import { completeTask, deferTask, holdTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import { laneRules } from '../rules/lanes.ts';
import { versionRules } from '../rules/versions.ts';
import { type ChainMember, lockChain } from '../store/chains.ts';
import { type Db, transaction } from '../store/db.ts';
import { countAbsentAnswer, type DeliveryRecord, deliveryById, lockDelivery } from '../store/deliveries.ts';
import {
  addDocumentEvent,
  type DocumentRecord,
  type DocumentState,
  documentById,
  eventsOf,
  lockDocument,
} from '../store/documents.ts';
import { acceptedSha1 } from '../store/proofs.ts';
import { noteRestored } from '../store/restored.ts';
import type { DmpAnswer } from '../wire/dmp/outcome.ts';
import type { FoundDocument } from '../wire/xds/query.ts';
import { type FeedContext, noteDmpHealth, waitBeforeCall } from './dmp-circuit.ts';
import { acceptDelivery, type Ended, moveDelivery, refuseDelivery, settleUnchanged } from './settle.ts';
import { actingFor } from './submission.ts';

export function reconcileTaskHandler(context: FeedContext): (task: Task) => Promise<void> {
  return async (task) => {
    const delivery = await deliveryById(context.pool, task.subject);
    const document = delivery && (await documentById(context.pool, delivery.documentId));
    if (delivery === undefined || document === undefined) throw new Error(`delivery ${task.subject} is gone`);
    if (delivery.state !== 'unknown') return transaction(context.pool, (tx) => completeTask(tx, task));
    const waitMs = await waitBeforeCall(context);
    if (waitMs > 0) return transaction(context.pool, (tx) => deferTask(tx, task, waitMs));
    const sha1 = document.action === 'delete' ? '' : await sentSha1(context, document);
    const answer = await ask(context, document, delivery);
    await transaction(context.pool, async (tx) => {
      await holdTask(tx, task);
      const chain = document.chainKey === null ? [] : await lockChain(tx, document.chainKey);
      const fresh = await lockDocument(tx, document.id);
      const asked = { task, document: fresh, delivery: await lockDelivery(tx, delivery.id), sha1, chain };
      await settle(tx, context, asked, answer);
    });
  };
}

/** Of its bytes; one that a person had verified long after its acceptance may be pruned, and its proof says the same. */
async function sentSha1(context: FeedContext, document: DocumentRecord): Promise<string> {
  const cda = await submittedCda(context.pool, document, context.kept);
  const sha1 = cda.ok ? cda.value.sha1 : await acceptedSha1(context.pool, document.id);
  if (sha1 === undefined) throw new Error(`document ${document.id} has neither its bytes nor a proof`);
  return sha1;
}

/** Asked under the INS that was frozen at the sending, whatever the identity has become. */
async function ask(
  context: FeedContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
): Promise<DmpAnswer<readonly FoundDocument[]>> {
  const sent = sentIdentityFromRecord({ matricule: delivery.sentMatricule ?? '', oid: delivery.sentOid ?? '' });
  const asked = document.action === 'delete' ? (delivery.originalUniqueId ?? '') : document.uniqueId;
  const uniqueId = parseDocumentUniqueId(asked);
  if (!sent.ok || !uniqueId.ok) throw new Error(`delivery ${delivery.id} has lost what it sent`);
  return context.dmp.find(uniqueId.value, sent.value, actingFor(context, document));
}

interface Asked {
  readonly task: Task;
  readonly document: DocumentRecord;
  readonly delivery: DeliveryRecord;
  /** Of the CDA that was submitted. */
  readonly sha1: string;
  /** Its versions and the requests about it, the document itself among them. */
  readonly chain: readonly ChainMember[];
}

async function settle(
  tx: Db,
  context: FeedContext,
  asked: Asked,
  answer: DmpAnswer<readonly FoundDocument[]>,
): Promise<void> {
  const { task, document, delivery, sha1 } = asked;
  if (answer.kind === 'failed') {
    const { refusal } = answer;
    await noteDmpHealth(tx, context, { ...refusal, passesByItself: answer.class === 'transient' });
    await moveDelivery(tx, context, document, delivery, { state: 'unknown', step: 'asked', refusal });
    return postponeTask(tx, task, retryDelayMs(task, context.dmpConfig.retry));
  }
  await noteDmpHealth(tx, context);
  if (document.action === 'delete') return settleDeletion(tx, context, asked, answer.value);
  // Whatever its status: a document that was archived or deleted since then has been there, and must not come back.
  const held = answer.value.find((found) => found.status === 'Approved') ?? answer.value[0];
  if (held === undefined) return settleAbsent(tx, context, asked);
  await noteRestored(tx, delivery.id, 'held', context.now());
  // One that was built again after a restore differs from the one that had been sent, under the same identifier of ours.
  const sent = delivery.askFirst ? (held.hash ?? sha1) : sha1;
  const ours = held.hash === undefined || held.hash === sent;
  // Fed by the old way under this identifier before its flow came to API V2 (practice 22): nothing is sent twice.
  if (!ours && document.notice.migrating === true)
    await settleUnchanged(tx, context, document, delivery, laneRules.alreadyFed);
  // A hash that is not ours: somebody else's document lives under this uniqueId.
  else if (!ours)
    await refuseDelivery(tx, context, document, delivery, {
      state: 'refused',
      refusal: { rule: feedRules.uniqueIdInUse },
    });
  else
    await acceptDelivery(tx, context, document, delivery, {
      sha1: sent,
      step: 'reconciled',
      entryUuid: held.entryUuid,
      ended: endOf(asked, held),
    });
  await completeTask(tx, task);
}

const ENDS: Readonly<Record<string, Ended>> = {
  Deleted: { state: 'deleted', rule: versionRules.deletedElsewhere },
  Deprecated: { state: 'replaced', rule: versionRules.replacedElsewhere },
};

const STILL_TO_SETTLE: ReadonlySet<DocumentState> = new Set(['received', 'waiting', 'ready', 'sending', 'unknown']);

/**
 * What others did to it. A later version, or a deletion, of ours that is not settled (after a restore it may have left) will
 * tell by its own outcome.
 */
function endOf({ document, chain }: Asked, { status = '' }: FoundDocument): Ended | undefined {
  const place = document.chainPosition ?? 0;
  const ours = chain.some(({ chainPosition, state }) => (chainPosition ?? 0) > place && STILL_TO_SETTLE.has(state));
  return ours ? undefined : ENDS[status];
}

/** Deleted, or not shown any more: done. Still there several times over: the very same deletion may go again. */
async function settleDeletion(
  tx: Db,
  context: FeedContext,
  { task, document, delivery }: Asked,
  found: readonly FoundDocument[],
): Promise<void> {
  const held = found.find(({ status }) => status !== 'Deleted');
  if (held === undefined) {
    await noteRestored(tx, delivery.id, 'held', context.now());
    await acceptDelivery(tx, context, document, delivery, { sha1: found[0]?.hash ?? '', step: 'reconciled' });
    return completeTask(tx, task);
  }
  const { askAfterMs, asksBeforeResend } = context.dmpConfig.reconciliation;
  const detail = `toujours dans le DMP : ${held.status ?? 'statut inconnu'}`;
  await addDocumentEvent(tx, document.id, { at: context.now(), step: 'asked', detail });
  if ((await countAbsentAnswer(tx, delivery.id)) < asksBeforeResend)
    return postponeTask(tx, task, Math.max(askAfterMs, 100));
  await completeTask(tx, task);
  await resend(tx, context, document, delivery);
}

async function resend(tx: Db, context: FeedContext, document: DocumentRecord, delivery: DeliveryRecord): Promise<void> {
  await noteRestored(tx, delivery.id, 'absent', context.now());
  await moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'resend' });
  await addDeliveryTask(tx, 'deliver', document, delivery.id);
}

async function settleAbsent(tx: Db, context: FeedContext, { task, document, delivery }: Asked): Promise<void> {
  const { askAfterMs, asksBeforeResend } = context.dmpConfig.reconciliation;
  const absent = await countAbsentAnswer(tx, delivery.id);
  await addDocumentEvent(tx, document.id, { at: context.now(), step: 'asked', detail: 'absent du DMP' });
  if (absent < asksBeforeResend) return postponeTask(tx, task, Math.max(askAfterMs, 100));
  await completeTask(tx, task);
  const why = (await eventsOf(tx, document.id)).findLast((event) => event.step === 'unknown');
  // The DMP knows this identifier, but not for this patient: sending again would turn in circles.
  if (why?.ruleId === dmpRules.XDSDuplicateUniqueIdInRegistry.id)
    return refuseDelivery(tx, context, document, delivery, {
      state: 'refused',
      refusal: { rule: feedRules.uniqueIdInUse },
    });
  await resend(tx, context, document, delivery);
}
