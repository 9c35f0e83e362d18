/** What a person does to a document: take it up again, confirm a late sending, correct it, withdraw it, have it verified. */
import { forgetDmpState } from '../identity/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addDeliveryTask, addDocumentTask } from '../queue/document-tasks.ts';
import { hastenTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { bulkRules } from '../rules/bulk.ts';
import { feedRules } from '../rules/feed.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { Correction } from '../store/bulk-operations.ts';
import { chainOf, lockChain } from '../store/chains.ts';
import { type Db, transaction } from '../store/db.ts';
import { type DeliveryRecord, deliveriesOf } from '../store/deliveries.ts';
import {
  addDocumentEvent,
  correctDocument,
  type DocumentRecord,
  documentById,
  lockDocument,
  otherLivingDocument,
} from '../store/documents.ts';
import { withdrawMails } from '../store/mails.ts';
import { CONFIRMED_STEP } from './process-document.ts';
import { moveDelivery, refuseDelivery } from './settle.ts';
import { takeUpOf } from './take-up.ts';

/** A document and its delivery, locked, inside the caller's transaction. */
export interface Held {
  readonly document: DocumentRecord;
  readonly delivery: DeliveryRecord;
}

/**
 * Safe whatever the state: a waiting document is looked at again, a late one is confirmed, one that is held back is tried
 * at once, an unknown outcome is asked to the DMP at once, an ended or refused one whose cause may be gone is reopened.
 */
export async function askAgain(
  context: UseCaseContext,
  documentId: string,
  actor: string,
): Promise<Result<DocumentRecord>> {
  await forgetDmp(context, documentId);
  return act(context, documentId, (tx, held) => takeUp(tx, context, held, actor));
}

/** A person who takes up what an absent or closed DMP ended wants it asked for now, not believed. */
async function forgetDmp(context: UseCaseContext, documentId: string): Promise<void> {
  const document = await documentById(context.pool, documentId);
  const rules: (string | null | undefined)[] = [feedRules.dmpAbsent.id, feedRules.dmpClosed.id];
  if (document?.identityId == null || !rules.includes(document.ruleId)) return;
  await forgetDmpState(context, document.identityId);
}

/** Same, in a transaction. `actor` may say more than who: it stands in the timeline. */
export async function takeUp(
  tx: Db,
  context: UseCaseContext,
  { document, delivery }: Held,
  actor: string,
): Promise<Result<void>> {
  const plan = takeUpOf(document);
  if (!plan.ok) return plan;
  const note = (step: string) =>
    addDocumentEvent(tx, document.id, { at: context.now(), step, detail: actor.slice(0, 500) });
  switch (plan.value) {
    case 'ask-dmp':
      await hastenTask(tx, 'reconcile', delivery.id);
      await note('asked-again');
      return ok(undefined);
    case 'try-now':
      await hastenTask(tx, 'deliver', delivery.id);
      await note('asked-again');
      return ok(undefined);
    case 'reopen':
      // The sender may have sent it again since it ended: that one lives under its uniqueId.
      if ((await otherLivingDocument(tx, document)) !== undefined) return refuse(feedRules.uniqueIdInUse);
      await note('asked-again');
      await moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'reopened' });
      break;
    case 'confirm-late':
      await note(CONFIRMED_STEP);
      break;
    case 'look-again':
      await note('asked-again');
  }
  await addDocumentTask(tx, document);
  return ok(undefined);
}

/** Only before anything may have left; the sender is answered. */
export async function withdrawDocument(
  context: UseCaseContext,
  documentId: string,
  by: { actor: string; reason: string },
): Promise<Result<DocumentRecord>> {
  return act(context, documentId, (tx, held) => withdraw(tx, context, held, by));
}

/** Same, in a transaction. */
export async function withdraw(
  tx: Db,
  context: UseCaseContext,
  { document, delivery }: Held,
  by: { actor: string; reason: string },
): Promise<Result<void>> {
  if (!isWithdrawable(document)) return refuse(feedRules.notWaiting, { detail: document.state });
  // It may be in the DMP since the backup, and the DMP is about to be asked.
  if (delivery.askFirst && document.state === 'ready') return refuse(feedRules.restored);
  await refuseDelivery(tx, context, document, delivery, {
    state: 'withdrawn',
    refusal: { rule: feedRules.withdrawnByPerson, detail: `${by.actor} : ${by.reason}` },
  });
  const ruleId = feedRules.withdrawnByPerson.id;
  if (document.overallState !== null)
    await withdrawMails(tx, document.id, { ruleId, detail: `${by.actor} : ${by.reason}`, at: context.now() });
  return ok(undefined);
}

export function isWithdrawable({ state }: Pick<DocumentRecord, 'state'>): boolean {
  return state === 'received' || state === 'waiting' || state === 'ready';
}

/** A document that we build ourselves, before it left (practice 12). */
export function isCorrectable({ kind, state }: Pick<DocumentRecord, 'kind' | 'state'>): boolean {
  return kind === 'raw' && (state === 'received' || state === 'waiting' || state === 'refused');
}

/** Records the correction, then takes the document up again. */
export async function correctAndTakeUp(
  tx: Db,
  context: UseCaseContext,
  held: Held,
  { correction, actor }: { correction: Correction; actor: string },
): Promise<Result<void>> {
  const { document } = held;
  if (!isCorrectable(document)) return refuse(bulkRules.notToCorrect, { detail: document.state });
  const taken = await takeUp(tx, context, held, actor);
  if (!taken.ok) return taken;
  const { typeCode = null, title = null, author = null } = correction;
  await correctDocument(tx, document.id, { typeCode, title, author });
  const what = [typeCode !== null && 'type', title !== null && 'titre', author !== null && 'auteur'];
  await addDocumentEvent(tx, document.id, {
    at: context.now(),
    step: 'corrected',
    detail: `${what.filter((part) => part !== false).join(', ')} : ${actor}`.slice(0, 500),
  });
  return ok(undefined);
}

/**
 * The DMP is asked whether it still holds an accepted document (after an incident on its side, say); absent several times
 * over, the very same submission goes again. The proof of the first acceptance stands.
 */
export async function verifyAtDmp(
  tx: Db,
  context: UseCaseContext,
  { document, delivery }: Held,
  actor: string,
): Promise<Result<void>> {
  if (document.state !== 'accepted') return refuse(bulkRules.notAccepted, { detail: document.state });
  const chain = document.chainKey === null ? [] : await chainOf(tx, document.chainKey);
  // What is on its way may replace or delete it: asked now, the DMP's answer would be out of date when it is recorded.
  if (
    chain.some((member) => (member.chainPosition ?? 0) > (document.chainPosition ?? 0) && ON_ITS_WAY.has(member.state))
  )
    return refuse(bulkRules.versionOnItsWay);
  await addDocumentEvent(tx, document.id, { at: context.now(), step: 'verify', detail: actor.slice(0, 500) });
  await moveDelivery(tx, context, document, delivery, { state: 'unknown', step: 'unknown' });
  await addDeliveryTask(tx, 'reconcile', document, delivery.id);
  return ok(undefined);
}

const ON_ITS_WAY: ReadonlySet<DocumentRecord['state']> = new Set(['ready', 'sending', 'unknown']);

/** Locks a document, with its chain, and its delivery. */
export async function hold(tx: Db, documentId: string): Promise<Held | undefined> {
  const chainKey = (await documentById(tx, documentId))?.chainKey ?? null;
  // The first version first, like everybody who locks several.
  if (chainKey !== null) await lockChain(tx, chainKey);
  const document = await lockDocument(tx, documentId);
  const [delivery] = await deliveriesOf(tx, documentId);
  return delivery === undefined ? undefined : { document, delivery };
}

async function act(
  context: UseCaseContext,
  documentId: string,
  work: (tx: Db, held: Held) => Promise<Result<void>>,
): Promise<Result<DocumentRecord>> {
  return transaction(context.pool, async (tx) => {
    const held = await hold(tx, documentId);
    if (held === undefined) return refuse(apiRules.notFound);
    const done = await work(tx, held);
    return done.ok ? ok(held.document) : done;
  });
}
