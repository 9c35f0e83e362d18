/** Operations on many documents or messages: what was chosen, who approved, and each item's fate. */
import { type Db, many, maybe } from './db.ts';
import type { DocumentDeclaration, DocumentState } from './documents.ts';

export type BulkAction = 'take-up' | 'correct' | 'withdraw' | 'verify' | 're-read';
export type BulkState = 'prepared' | 'proposed' | 'running' | 'paused' | 'done' | 'cancelled';

/** Criteria, all to be met. For `re-read` the state does not apply. */
export interface BulkSelection {
  readonly state?: DocumentState | undefined;
  readonly rule?: string | undefined;
  readonly establishment?: string | undefined;
  /** `MSH-3|MSH-4`. */
  readonly sender?: string | undefined;
  readonly typeCode?: string | undefined;
  /** Received at or after, and before: ISO 8601 instants. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly ids?: string[] | undefined;
}

/** What a person puts right in a document that we build ourselves; never in one that its creator signed (practice 12). */
export interface Correction {
  /** JDV_J07. */
  readonly typeCode?: string | undefined;
  readonly title?: string | undefined;
  readonly author?: DocumentDeclaration['author'] | undefined;
}

export interface BulkOperation {
  readonly id: string;
  readonly action: BulkAction;
  readonly eg: string | null;
  readonly selection: BulkSelection;
  readonly correction: Correction | null;
  readonly reason: string;
  readonly state: BulkState;
  readonly selected: number;
  readonly count: number;
  readonly perMinute: number;
  readonly preparedBy: string;
  readonly preparedAt: Date;
  readonly submittedAt: Date | null;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly finishedAt: Date | null;
}

const SELECT = `select id, action, eg, selection, correction, reason, state, selected, count, per_minute as "perMinute",
  prepared_by as "preparedBy", prepared_at as "preparedAt", submitted_at as "submittedAt", approved_by as "approvedBy",
  approved_at as "approvedAt", finished_at as "finishedAt" from bulk_operation`;

export interface PlannedItem {
  readonly subject: string;
  /** Why it will be left as it is; null for one to act on. */
  readonly ruleId: string | null;
}

/** Stores a rehearsed operation with its frozen list. */
export async function insertBulkOperation(
  tx: Db,
  operation: Omit<BulkOperation, 'state' | 'submittedAt' | 'approvedBy' | 'approvedAt' | 'finishedAt'>,
  items: readonly PlannedItem[],
): Promise<void> {
  await tx.query(
    `insert into bulk_operation (id, action, eg, selection, correction, reason, state, selected, count, per_minute,
       prepared_by, prepared_at)
     values ($1, $2, $3, $4, $5, $6, 'prepared', $7, $8, $9, $10, $11)`,
    [
      operation.id,
      operation.action,
      operation.eg,
      JSON.stringify(operation.selection),
      operation.correction === null ? null : JSON.stringify(operation.correction),
      operation.reason,
      operation.selected,
      operation.count,
      operation.perMinute,
      operation.preparedBy,
      operation.preparedAt,
    ],
  );
  await tx.query(
    `insert into bulk_item (operation_id, position, subject, state, rule_id)
     select $1, position, subject, case when rule_id is null then 'pending' else 'skipped' end, rule_id
     from unnest($2::text[], $3::text[]) with ordinality listed (subject, rule_id, position)`,
    [operation.id, items.map(({ subject }) => subject), items.map(({ ruleId }) => ruleId)],
  );
}

export async function bulkOperationById(db: Db, id: string): Promise<BulkOperation | undefined> {
  return maybe<BulkOperation>(db, `${SELECT} where id = $1`, [id]);
}

export async function lockBulkOperation(tx: Db, id: string): Promise<BulkOperation | undefined> {
  return maybe<BulkOperation>(tx, `${SELECT} where id = $1 for update`, [id]);
}

/** Newest first. `eg` narrows to the operations of one establishment. */
export async function listBulkOperations(
  db: Db,
  filter: { eg: string | null; before?: Date | undefined; limit: number },
): Promise<BulkOperation[]> {
  return many<BulkOperation>(
    db,
    `${SELECT} where ($1::text is null or eg = $1) and ($2::timestamptz is null or prepared_at < $2)
     order by prepared_at desc, id limit $3`,
    [filter.eg, filter.before ?? null, filter.limit],
  );
}

export async function setBulkState(
  tx: Db,
  id: string,
  change: { state: BulkState; submittedAt?: Date; approvedBy?: string; approvedAt?: Date; finishedAt?: Date },
): Promise<void> {
  await tx.query(
    `update bulk_operation set state = $2, submitted_at = coalesce($3, submitted_at), approved_by = coalesce($4, approved_by),
       approved_at = coalesce($5, approved_at), finished_at = $6 where id = $1`,
    [
      id,
      change.state,
      change.submittedAt ?? null,
      change.approvedBy ?? null,
      change.approvedAt ?? null,
      change.finishedAt ?? null,
    ],
  );
}

export interface PendingItem {
  readonly position: number;
  readonly subject: string;
}

export async function pendingBulkItems(db: Db, id: string, limit: number): Promise<PendingItem[]> {
  return many<PendingItem>(
    db,
    `select position, subject from bulk_item where operation_id = $1 and state = 'pending' order by position limit $2`,
    [id, limit],
  );
}

/** `false` when the item is settled already: what was done is never done twice. */
export async function lockPendingItem(tx: Db, id: string, position: number): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from bulk_item where operation_id = $1 and position = $2 and state = 'pending' for update`,
    [id, position],
  );
  return rowCount === 1;
}

export async function settleBulkItem(
  tx: Db,
  id: string,
  position: number,
  settled: { ruleId: string | null; at: Date },
): Promise<void> {
  await tx.query(
    `update bulk_item set state = case when $3::text is null then 'done' else 'skipped' end, rule_id = $3, settled_at = $4
     where operation_id = $1 and position = $2`,
    [id, position, settled.ruleId, settled.at],
  );
}

export interface ItemCount {
  readonly state: 'pending' | 'skipped' | 'done';
  readonly ruleId: string | null;
  readonly items: number;
}

/** What became of the items, by state and reason. */
export async function bulkItemCounts(db: Db, id: string): Promise<ItemCount[]> {
  return many<ItemCount>(
    db,
    `select state, rule_id as "ruleId", count(*)::integer as items from bulk_item where operation_id = $1
     group by state, rule_id order by state, rule_id`,
    [id],
  );
}

export interface BulkItem extends PendingItem {
  readonly state: 'pending' | 'skipped' | 'done';
  readonly ruleId: string | null;
  /** Of the document; kind and MSH-10 of a message. */
  readonly title: string | null;
  readonly receivedAt: Date | null;
}

export async function listBulkItems(db: Db, id: string, page: { after: number; limit: number }): Promise<BulkItem[]> {
  return many<BulkItem>(
    db,
    `select i.position, i.subject, i.state, i.rule_id as "ruleId",
       coalesce(nullif(d.title, ''), d.type_code, m.kind || ' ' || m.control_id) as title,
       coalesce(d.received_at, m.received_at) as "receivedAt"
     from bulk_item i
     left join document d on d.id = case when i.subject ~ '-' then i.subject::uuid end
     left join inbound_message m on m.id = case when i.subject !~ '-' then i.subject::bigint end
     where i.operation_id = $1 and i.position > $2 order by i.position limit $3`,
    [id, page.after, page.limit],
  );
}

/** A document as a rehearsal looks at it. */
export interface SelectedDocument {
  readonly id: string;
  readonly state: DocumentState;
  readonly ruleId: string | null;
  readonly kind: 'cda' | 'raw';
}

/** Oldest first, so that a version never overtakes the one that it replaces. */
export async function selectDocuments(
  db: Db,
  scope: { eg: string | null; limit: number },
  selection: BulkSelection,
): Promise<SelectedDocument[]> {
  return many<SelectedDocument>(
    db,
    `select id, state, rule_id as "ruleId", kind from document
     where ($1::text is null or eg = $1) and ($2::text is null or eg = $2) and ($3::text is null or state = $3)
       and ($4::text is null or rule_id = $4) and ($5::text is null or sender = $5)
       and ($6::text is null or type_code = $6) and ($7::timestamptz is null or received_at >= $7)
       and ($8::timestamptz is null or received_at < $8) and ($9::uuid[] is null or id = any($9))
     order by received_at, id limit $10`,
    [
      scope.eg,
      selection.establishment ?? null,
      selection.state ?? null,
      selection.rule ?? null,
      selection.sender ?? null,
      selection.typeCode ?? null,
      selection.from ?? null,
      selection.to ?? null,
      selection.ids ?? null,
      scope.limit,
    ],
  );
}

/** A stopped message as a rehearsal looks at it. */
export interface SelectedMessage {
  readonly id: number;
  readonly kind: string;
  readonly state: 'accepted' | 'processed' | 'refused';
}

export async function selectStoppedMessages(
  db: Db,
  scope: { eg: string | null; limit: number },
  selection: BulkSelection,
): Promise<SelectedMessage[]> {
  return many<SelectedMessage>(
    db,
    `select id, kind, state from inbound_message
     where rule_id is not null and ($1::text is null or eg = $1) and ($2::text is null or eg = $2)
       and ($3::text is null or rule_id = $3) and ($4::text is null or sender = $4)
       and ($5::timestamptz is null or received_at >= $5) and ($6::timestamptz is null or received_at < $6)
       and ($7::bigint[] is null or id = any($7))
     order by id limit $8`,
    [
      scope.eg,
      selection.establishment ?? null,
      selection.rule ?? null,
      selection.sender ?? null,
      selection.from ?? null,
      selection.to ?? null,
      selection.ids ?? null,
      scope.limit,
    ],
  );
}
