/** How each kind of emission is corrected, one small step at a time. A new way out of the house adds its kind here. */
import { buildAgain, requestRecalledDeletion } from '../documents/index.ts';
import { answerSender } from '../feed/index.ts';
import { recalledIdentity } from '../ins/recalled-identity.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { recallRules } from '../rules/recall.ts';
import type { Db } from '../store/db.ts';
import { isBeingTold, noteIdentity } from '../store/diffusion.ts';
import { addDocumentEvent, type DocumentRecord, lockDocument } from '../store/documents.ts';
import type { EmissionKind } from '../store/emissions.ts';
import { type RecallItem, setItem } from '../store/recall-items.ts';
import type { Recall } from '../store/recalls.ts';

type Step = (tx: Db, context: UseCaseContext, recall: Recall, item: RecallItem) => Promise<void>;

/** An export is only listed: a file that somebody has is not ours to correct. */
const STEPS: Readonly<Record<Exclude<EmissionKind, 'export'>, Step>> = {
  dmp: stepDmp,
  // The same request: it withdraws the mails of the document with it (practice 23).
  mail: stepDmp,
  diffusion: stepDiffusion,
};

/** One step of an item that the caller has locked; nothing is asked twice, whatever dies in between. */
export function stepOf({ kind, position }: RecallItem): Step {
  if (kind === 'export') throw new Error(`item ${position} is an export, which has no step`);
  return STEPS[kind];
}

/** The deletion is a request like any other: sent, or lost and asked for, by the feed; here its outcome is read. */
async function stepDmp(tx: Db, context: UseCaseContext, recall: Recall, item: RecallItem): Promise<void> {
  const { documentId, position, correction, requestId } = item;
  if (documentId === null) throw new Error(`item ${position} of recall ${recall.id} has no document`);
  if (correction === 'declare') return setItem(tx, recall.id, position, { state: 'refused', settledAt: context.now() });
  if (requestId !== null) return readOutcome(tx, context, recall, item, await lockDocument(tx, requestId));
  const warrant = recalledIdentity(recall);
  if (!warrant.ok) throw new Error(`recall ${recall.id} runs without two people: ${warrant.refusal.rule.id}`);
  const asked = await requestRecalledDeletion(tx, context, documentId, warrant.value);
  if (asked.ok) return setItem(tx, recall.id, position, { state: 'started', requestId: asked.value });
  const { rule, detail } = asked.refusal;
  await setItem(tx, recall.id, position, {
    state: 'refused',
    ruleId: rule.id,
    detail: detail ?? null,
    settledAt: context.now(),
  });
}

async function readOutcome(
  tx: Db,
  context: UseCaseContext,
  recall: Recall,
  item: RecallItem,
  request: DocumentRecord,
): Promise<void> {
  const settledAt = context.now();
  const resendId = await sendAgain(tx, context, recall, item);
  const again = resendId === undefined ? {} : { resendId };
  if (request.state === 'deleted') return setItem(tx, recall.id, item.position, { state: 'done', settledAt, ...again });
  const { ruleId, detail } = request;
  await setItem(tx, recall.id, item.position, { state: 'refused', ruleId, detail, settledAt, ...again });
}

/** The withdrawal of the INS (A31) is the diffusion's own message; here it is asked for, and its acceptance waited for. */
async function stepDiffusion(tx: Db, context: UseCaseContext, recall: Recall, item: RecallItem): Promise<void> {
  const { position, state, subject } = item;
  if (state === 'pending') {
    await noteIdentity(tx, recall.identityId);
    return setItem(tx, recall.id, position, { state: 'started' });
  }
  if (!(await isBeingTold(tx, subject, recall.identityId)))
    await setItem(tx, recall.id, position, { state: 'done', settledAt: context.now() });
}

/** Whatever became of the wrong one, its own patient's record lacks it. */
async function sendAgain(
  tx: Db,
  context: UseCaseContext,
  recall: Recall,
  { documentId, resend }: RecallItem,
): Promise<string | undefined> {
  if (documentId === null || resend === 'none') return undefined;
  if (resend === 'rebuild') {
    const identityId = recall.rightIdentityId ?? recall.identityId;
    const built = await buildAgain(tx, context, documentId, { recallId: recall.id, identityId });
    if (built.ok) return built.value;
  }
  const document = await lockDocument(tx, documentId);
  const { toSendAgain } = recallRules;
  await addDocumentEvent(tx, documentId, { at: context.now(), step: 'recalled', ruleId: toSendAgain.id });
  if (context.config.recalls.tellSenders)
    await answerSender(tx, context, document, { kind: 'refused', refusal: { rule: toSendAgain } });
  return undefined;
}
