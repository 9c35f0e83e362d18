/** Every change of a delivery goes through here: its state, the document's, the timeline, the proof, the answer owed. */
import type { UseCaseContext } from '../queue/context.ts';
import { addDeliveryTask } from '../queue/document-tasks.ts';
import { feedRules } from '../rules/feed.ts';
import { policyRules } from '../rules/policy.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import { versionRules } from '../rules/versions.ts';
import { type ChainMember, chainOf, copiesOf } from '../store/chains.ts';
import type { Db } from '../store/db.ts';
import {
  type DeliveryRecord,
  type DeliveryState,
  deliveriesOf,
  lockDelivery,
  setDeliveryState,
  setDeliveryWithDocument,
} from '../store/deliveries.ts';
import {
  addDocumentEvent,
  type DocumentRecord,
  type DocumentState,
  lockDocument,
  setDocumentState,
} from '../store/documents.ts';
import { addLedgerEntry } from '../store/proofs.ts';
import type { Sent } from '../wire/dmp/exchange.ts';
import type { DmpAnswer } from '../wire/hl7v2/answer.ts';
import { answerSender } from './business-answer.ts';

export interface Change {
  readonly state: DeliveryState;
  /** Where it leaves the document, when that is not where its delivery is. */
  readonly documentState?: DocumentState;
  /** Name of the step in the timeline. */
  readonly step: string;
  readonly refusal?: Refusal & Sent;
  /** What the destination said, verbatim. */
  readonly outcome?: unknown;
  readonly entryUuid?: string;
}

/** The name under which a request left, for an incident. */
export function sentAs({ messageId }: Sent): Sent {
  return messageId === undefined ? {} : { messageId };
}

function unansweredAs(refusal: Sent | undefined): Sent | undefined {
  return refusal?.messageId === undefined ? undefined : sentAs(refusal);
}

/**
 * Moves a delivery and its document, both locked by the caller. The same reason met again is not written again in the
 * timeline.
 */
export async function moveDelivery(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
  change: Change,
): Promise<void> {
  const at = context.now();
  const ruleId = change.refusal?.rule.id ?? null;
  const detail = change.refusal?.detail?.slice(0, 500) ?? null;
  // With one destination the document is where its delivery is; `unreadable` comes before any delivery.
  const state: DocumentState = document.state === 'unreadable' ? 'unreadable' : (change.documentState ?? change.state);
  const repeated = delivery.state === change.state && delivery.ruleId === ruleId;
  const { outcome = unansweredAs(change.refusal), entryUuid } = change;
  await setDeliveryWithDocument(
    tx,
    delivery,
    { state: change.state, ruleId, detail, at, outcome, entryUuid },
    { state, step: repeated ? null : change.step },
  );
  const mayBeOnItsWay = change.state === 'ready' || change.state === 'sending' || change.state === 'unknown';
  if (document.chainKey !== null && !mayBeOnItsWay) await wakeFollowers(tx, document.chainKey);
}

/** The versions that waited for the outcome of an earlier one look again whose turn it is, in the order of arrival. */
async function wakeFollowers(tx: Db, chainKey: string): Promise<void> {
  for (const { deliveryId, ...document } of await chainOf(tx, chainKey))
    if (document.state === 'ready' && document.ruleId === versionRules.behindAnother.id)
      await addDeliveryTask(tx, 'deliver', document, deliveryId);
}

/** The DMP took it once, and says now that it is no longer the one in use; nothing of ours did that. */
export interface Ended {
  readonly state: 'replaced' | 'deleted';
  readonly rule: Rule;
}

/**
 * The DMP did what was asked: proof first, then what becomes of the document that this one replaces or deletes, then the
 * answer to the sender. Whoever calls has locked the chain.
 */
export async function acceptDelivery(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
  accepted: { sha1: string; step: string; entryUuid?: string; outcome?: unknown; ended?: Ended | undefined },
): Promise<void> {
  const { sha1, ended, ...others } = accepted;
  const deleting = document.action === 'delete';
  await retireOriginal(tx, context, document, delivery.originalId, deleting ? 'deleted' : 'replaced');
  const documentState = deleting ? 'deleted' : (ended?.state ?? 'accepted');
  const change = ended === undefined ? others : { ...others, refusal: { rule: ended.rule } };
  await moveDelivery(tx, context, document, delivery, { state: 'accepted', documentState, ...change });
  const original = delivery.originalUniqueId;
  const first = await addLedgerEntry(tx, {
    at: context.now(),
    ej: document.ej,
    eg: document.eg,
    documentId: document.id,
    destination: delivery.destination,
    act: deleting ? 'deletion' : original === null ? 'acceptance' : 'replacement',
    replaces: deleting || original === null ? undefined : original,
    uniqueId: deleting ? (original ?? document.uniqueId) : document.uniqueId,
    typeCode: document.typeCode,
    submissionUniqueId: delivery.submissionUniqueId ?? '',
    documentSha1: sha1,
    oid: delivery.sentOid ?? '',
  });
  // Verified once more at a person's request: its sender knows already.
  if (first) await oweAnswer(tx, context, document, { kind: 'accepted' });
}

async function retireOriginal(
  tx: Db,
  context: UseCaseContext,
  { uniqueId, controlId }: DocumentRecord,
  originalId: string | null,
  state: 'deleted' | 'replaced',
): Promise<void> {
  const original = originalId === null ? undefined : await lockDocument(tx, originalId);
  // A sending that was verified once more has retired it already.
  if (originalId === null || original?.state !== 'accepted') return;
  const at = context.now();
  await setDocumentState(tx, originalId, { state, ruleId: null, detail: null, at });
  const detail = state === 'replaced' ? uniqueId : controlId;
  await addDocumentEvent(tx, originalId, { at, step: state, detail });
}

/** A deletion that has nothing to delete in the DMP: what was asked for is so, and the sender hears it. */
export async function settleNothingToDelete(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
): Promise<void> {
  const change = { state: 'withdrawn', documentState: 'deleted', step: 'nothing-to-delete' } as const;
  await moveDelivery(tx, context, document, delivery, change);
  await oweAnswer(tx, context, document, { kind: 'accepted' });
}

/** A version that says nothing new, or what the DMP holds already: it is there, and its sender hears that it is. */
export async function settleUnchanged(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
  rule: Rule = policyRules.unchanged,
): Promise<void> {
  const refusal = { rule };
  await moveDelivery(tx, context, document, delivery, { state: 'withdrawn', step: 'withdrawn', refusal });
  await oweAnswer(tx, context, document, { kind: 'accepted' });
}

/** Versions that never left are not sent any more: a later one, or the deletion, was asked for. */
export async function withdrawPending(
  tx: Db,
  context: UseCaseContext,
  members: readonly ChainMember[],
  rule: Rule,
): Promise<void> {
  for (const member of members) {
    const delivery = await lockDelivery(tx, member.deliveryId);
    await refuseDelivery(tx, context, member, delivery, { state: 'withdrawn', refusal: { rule } });
  }
}

/** It will not be in the DMP as it is: the sender is told why. `dmp`: the DMP's own words, when it spoke. */
export async function refuseDelivery(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
  refused: {
    refusal: Refusal;
    state: 'refused' | 'withdrawn';
    dmp?: { code: string; label: string };
    outcome?: unknown;
  },
): Promise<void> {
  const { refusal, state, dmp, outcome } = refused;
  await moveDelivery(tx, context, document, delivery, {
    state,
    step: state,
    refusal,
    ...(outcome === undefined ? {} : { outcome }),
  });
  await oweAnswer(
    tx,
    context,
    document,
    dmp === undefined ? { kind: 'refused', refusal } : { kind: 'dmp-error', ...dmp },
  );
}

/** « Non transmissible » when nothing can make it leave as it is, refused when the sender or the site can correct it. */
export async function stopDelivery(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
  refusal: Refusal,
): Promise<void> {
  const state = refusal.rule.retry === 'never' ? 'withdrawn' : 'refused';
  await refuseDelivery(tx, context, document, delivery, { state, refusal });
}

/** To the sender, and to those who sent the very same document again meanwhile. */
async function oweAnswer(tx: Db, context: UseCaseContext, document: DocumentRecord, answer: DmpAnswer): Promise<void> {
  // Its sender asked for mails alone: that the DMP has nothing of it is no failure to tell.
  const mailsAlone =
    document.overallState !== null && answer.kind === 'refused' && answer.refusal.rule === feedRules.notForTheDmp;
  if (mailsAlone) return;
  await answerSender(tx, context, document, answer);
  if (document.chainKey === null) return;
  for (const copy of await copiesOf(tx, document.id, versionRules.identicalCopy.id))
    await answerCopy(tx, context, copy, answer);
}

/** A document that repeats another has the other's answer, once. */
export async function answerCopy(
  tx: Db,
  context: UseCaseContext,
  copy: DocumentRecord,
  answer: DmpAnswer,
): Promise<void> {
  const [delivery] = await deliveriesOf(tx, copy.id);
  if (delivery?.state !== 'waiting') return;
  const { ruleId, detail } = copy;
  await setDeliveryState(tx, delivery.id, { state: 'withdrawn', ruleId, detail, at: context.now() });
  await answerSender(tx, context, copy, answer);
}
