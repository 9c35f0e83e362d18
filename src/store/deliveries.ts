/** One delivery per document and destination. What was sent is frozen before the first byte leaves. */
import { type Db, many, maybe, one, write } from './db.ts';
import type { DocumentState } from './documents.ts';

export type DeliveryState = 'waiting' | 'ready' | 'sending' | 'accepted' | 'refused' | 'unknown' | 'withdrawn';

export interface DeliveryRecord {
  readonly id: string;
  readonly documentId: string;
  readonly destination: 'DMP';
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly ruleId: string | null;
  readonly detail: string | null;
  /** What the destination answered: codes and texts, shown verbatim. */
  readonly outcome: unknown;
  readonly submissionUniqueId: string | null;
  readonly sentMatricule: string | null;
  readonly sentOid: string | null;
  readonly entryUuid: string | null;
  /** What it replaces or deletes there, frozen with the sending; null for a document that stands alone. */
  readonly originalId: string | null;
  readonly originalUniqueId: string | null;
  readonly originalEntryUuid: string | null;
  /** Times the DMP answered "absent" since the outcome became unknown. */
  readonly absentAnswers: number;
  readonly firstSentAt: Date | null;
  readonly settledAt: Date | null;
  readonly updatedAt: Date;
  /** It came back with a backup: the DMP may have it since, and is asked before it is sent. */
  readonly askFirst: boolean;
}

const SELECT = `select id, document_id as "documentId", destination, state, attempts, rule_id as "ruleId", detail, outcome,
  submission_unique_id as "submissionUniqueId", sent_matricule as "sentMatricule", sent_oid as "sentOid",
  entry_uuid as "entryUuid", original_id as "originalId", original_unique_id as "originalUniqueId",
  original_entry_uuid as "originalEntryUuid", absent_answers as "absentAnswers", first_sent_at as "firstSentAt", settled_at as "settledAt", updated_at as "updatedAt",
  exists (select 1 from restored_delivery r where r.delivery_id = delivery.id and r.outcome is null) as "askFirst" from delivery`;

/** A delivery as it is when its row has just been inserted. */
export function newDelivery(id: string, documentId: string, state: 'waiting' | 'ready', at: Date): DeliveryRecord {
  return {
    id,
    documentId,
    destination: 'DMP',
    state,
    attempts: 0,
    ruleId: null,
    detail: null,
    outcome: null,
    submissionUniqueId: null,
    sentMatricule: null,
    sentOid: null,
    entryUuid: null,
    originalId: null,
    originalUniqueId: null,
    originalEntryUuid: null,
    absentAnswers: 0,
    firstSentAt: null,
    settledAt: null,
    updatedAt: at,
    askFirst: false,
  };
}

export async function deliveriesOf(db: Db, documentId: string): Promise<DeliveryRecord[]> {
  return many<DeliveryRecord>(db, `${SELECT} where document_id = $1 order by destination`, [documentId]);
}

export async function deliveryById(db: Db, id: string): Promise<DeliveryRecord | undefined> {
  return maybe<DeliveryRecord>(db, `${SELECT} where id = $1`, [id]);
}

export async function lockDelivery(tx: Db, id: string): Promise<DeliveryRecord> {
  return one<DeliveryRecord>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export interface DeliveryChange {
  readonly state: DeliveryState;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly outcome?: unknown;
  readonly entryUuid?: string | undefined;
  readonly at: Date;
}

const CHANGE = `update delivery set state = $2, rule_id = $3, detail = $4, outcome = coalesce($5::jsonb, outcome),
  entry_uuid = coalesce($6, entry_uuid), updated_at = $7, settled_at = case when $8 then $7::timestamptz end,
  absent_answers = case when $2 in ('unknown', 'waiting') and state <> $2 then 0 else absent_answers end
  where id = $1`;

function changeValues(id: string, change: DeliveryChange): unknown[] {
  const { state, ruleId, detail, outcome, entryUuid = null, at } = change;
  const settled = state === 'accepted' || state === 'refused' || state === 'withdrawn';
  return [id, state, ruleId, detail, outcome === undefined ? null : JSON.stringify(outcome), entryUuid, at, settled];
}

/** State and reason; a state that ends the delivery also dates it. What the DMP said of an earlier question counts no more. */
export async function setDeliveryState(tx: Db, id: string, change: DeliveryChange): Promise<void> {
  await write(tx, CHANGE, changeValues(id, change));
}

/** Same, with the state of its document and, unless `step` is null, the step of its timeline: one statement, not three. */
export async function setDeliveryWithDocument(
  tx: Db,
  delivery: Pick<DeliveryRecord, 'id' | 'documentId'>,
  change: DeliveryChange,
  document: { readonly state: DocumentState; readonly step: string | null },
): Promise<void> {
  await write(
    tx,
    `with delivered as (${CHANGE}),
       placed as (update document set state = $10, rule_id = $3, detail = $4, updated_at = $7 where id = $9)
     insert into document_event (document_id, at, step, rule_id, detail)
     select $9, $7, $11, $3, $4 where $11::text is not null`,
    [...changeValues(delivery.id, change), delivery.documentId, document.state, document.step],
  );
}

/** A document of the DMP that a sending replaces or deletes. `id` is ours, null when it was fed by others. */
export interface Original {
  readonly id: string | null;
  readonly uniqueId: string;
  /** Null where the DMP was not asked for it: nothing is sent then. */
  readonly entryUuid: string | null;
}

/**
 * Freezes what is about to leave, before any byte does: from here on the outcome may be ambiguous. With the state of its
 * document and the step of its timeline, by one statement.
 */
export async function freezeSending(
  tx: Db,
  id: string,
  sending: {
    submissionUniqueId: string;
    matricule: string;
    oid: string;
    original?: Original | undefined;
    at: Date;
  },
  documentId: string,
): Promise<void> {
  await write(
    tx,
    `with frozen as (
       update delivery set state = 'sending', attempts = attempts + 1, submission_unique_id = $2, sent_matricule = $3, sent_oid = $4,
         first_sent_at = coalesce(first_sent_at, $5), updated_at = $5, rule_id = null, detail = null,
         absent_answers = 0, original_id = $6, original_unique_id = $7, original_entry_uuid = $8 where id = $1),
       placed as (update document set state = 'sending', rule_id = null, detail = null, updated_at = $5 where id = $9)
     insert into document_event (document_id, at, step) values ($9, $5, 'sent')`,
    [
      id,
      sending.submissionUniqueId,
      sending.matricule,
      sending.oid,
      sending.at,
      sending.original?.id ?? null,
      sending.original?.uniqueId ?? null,
      sending.original?.entryUuid ?? null,
      documentId,
    ],
  );
}

/** The DMP says that it does not hold the document. Returns how many times it said so. */
export async function countAbsentAnswer(tx: Db, id: string): Promise<number> {
  const row = await one<{ count: number }>(
    tx,
    'update delivery set absent_answers = absent_answers + 1 where id = $1 returning absent_answers as count',
    [id],
  );
  return row.count;
}
