/** Every change of a delivery goes through here: its state, the document's, the timeline, the proof, the answer owed. */
import { sourceOfSender } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import type { Refusal } from '../rules/rule.ts';
import { insertAnswer } from '../store/answers.ts';
import type { Db } from '../store/db.ts';
import { type DeliveryRecord, type DeliveryState, setDeliveryState } from '../store/deliveries.ts';
import { addDocumentEvent, type DocumentRecord, type DocumentState, setDocumentState } from '../store/documents.ts';
import { loadMessageHead } from '../store/messages.ts';
import { addLedgerEntry } from '../store/proofs.ts';
import { buildZamZ01, type DmpAnswer } from '../wire/hl7v2/answer.ts';
import { salvageHeader } from '../wire/hl7v2/header.ts';

export interface Change {
  readonly state: DeliveryState;
  /** Name of the step in the timeline. */
  readonly step: string;
  readonly refusal?: Refusal;
  /** What the destination said, verbatim. */
  readonly outcome?: unknown;
  readonly entryUuid?: string;
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
  await setDeliveryState(tx, delivery.id, {
    state: change.state,
    ruleId,
    detail,
    at,
    ...(change.outcome === undefined ? {} : { outcome: change.outcome }),
    ...(change.entryUuid === undefined ? {} : { entryUuid: change.entryUuid }),
  });
  // With one destination the document is where its delivery is; `unreadable` comes before any delivery.
  const state: DocumentState = document.state === 'unreadable' ? 'unreadable' : change.state;
  await setDocumentState(tx, document.id, { state, ruleId, detail, at });
  const repeated = delivery.state === change.state && delivery.ruleId === ruleId;
  if (!repeated) await addDocumentEvent(tx, document.id, { at, step: change.step, ruleId, detail });
}

/** The DMP has it: proof first, then the answer to the sender. */
export async function acceptDelivery(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
  accepted: { sha1: string; step: string; entryUuid?: string; outcome?: unknown },
): Promise<void> {
  const { sha1, ...change } = accepted;
  await moveDelivery(tx, context, document, delivery, { state: 'accepted', ...change });
  const first = await addLedgerEntry(tx, {
    at: context.now(),
    ej: document.ej,
    eg: document.eg,
    documentId: document.id,
    destination: delivery.destination,
    uniqueId: document.uniqueId,
    typeCode: document.typeCode,
    submissionUniqueId: delivery.submissionUniqueId ?? '',
    documentSha1: sha1,
    oid: delivery.sentOid ?? '',
  });
  // Verified once more at a person's request: its sender knows already.
  if (first) await oweAnswer(tx, context, document, { kind: 'accepted' });
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

/** A ZAM^Z01 for the sender of an HL7 document; a REST caller reads its document instead. */
async function oweAnswer(tx: Db, context: UseCaseContext, document: DocumentRecord, answer: DmpAnswer): Promise<void> {
  const { kind, head } = await loadMessageHead(tx, document.messageId);
  const header = kind.startsWith('MDM') || kind.startsWith('ORU') ? salvageHeader(head) : undefined;
  if (header?.controlId === undefined) return;
  const id = context.newUuid();
  const er7 = buildZamZ01({ ...header, controlId: header.controlId }, answer, { now: context.now(), controlId: id });
  const route = sourceOfSender(context.config, document.sender)?.answers;
  await insertAnswer(tx, {
    id,
    documentId: document.id,
    kind: 'ZAM^Z01',
    er7,
    state: route === undefined ? 'no-route' : 'pending',
    at: context.now(),
  });
  if (route !== undefined) await addTask(tx, { kind: 'answer', subject: id, orderKey: `answers:${document.sender}` });
}
