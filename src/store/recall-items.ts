/** The items of a recall, frozen when it is prepared, and the messages to the people whom it concerns. */
import { type Db, many, maybe } from './db.ts';
import type { DocumentState } from './documents.ts';
import type { EmissionKind } from './emissions.ts';

/** `declare`: the destination does not let us correct it; it is reported to its support. */
export type Correction = 'delete' | 'withdraw' | 'declare' | 'none';
export type Resend = 'rebuild' | 'ask-sender' | 'none';
export type RecallItemState = 'listed' | 'pending' | 'started' | 'done' | 'refused';

export interface PlannedRecallItem {
  readonly kind: EmissionKind;
  readonly subject: string;
  readonly documentId: string | null;
  readonly eg: string | null;
  readonly correction: Correction;
  readonly resend: Resend;
  readonly ruleId: string | null;
}

export interface RecallItem extends PlannedRecallItem {
  readonly position: number;
  readonly state: RecallItemState;
  readonly detail: string | null;
  readonly requestId: string | null;
  readonly resendId: string | null;
  readonly settledAt: Date | null;
}

/** Replaces the list: a recall is prepared again until it is approved. */
export async function replaceItems(tx: Db, recallId: string, items: readonly PlannedRecallItem[]): Promise<void> {
  await tx.query('delete from recall_item where recall_id = $1', [recallId]);
  const column = <K extends keyof PlannedRecallItem>(name: K) => items.map((item) => item[name]);
  await tx.query(
    `insert into recall_item (recall_id, position, kind, subject, document_id, eg, correction, resend, rule_id, state)
     select $1, position, kind, subject, document_id, eg, correction, resend, rule_id,
       case when correction = 'none' then 'listed' else 'pending' end
     from unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[])
       with ordinality planned (kind, subject, document_id, eg, correction, resend, rule_id, position)`,
    [
      recallId,
      column('kind'),
      column('subject'),
      column('documentId'),
      column('eg'),
      column('correction'),
      column('resend'),
      column('ruleId'),
    ],
  );
}

const SELECT = `select position, kind, subject, document_id as "documentId", eg, correction, resend, state,
  rule_id as "ruleId", detail, request_id as "requestId", resend_id as "resendId", settled_at as "settledAt" from recall_item`;

export async function itemsOf(db: Db, recallId: string): Promise<RecallItem[]> {
  return many<RecallItem>(db, `${SELECT} where recall_id = $1 order by position`, [recallId]);
}

/** Not settled yet and able to move, in order: not begun, or its request has ended. */
export async function movableItems(db: Db, recallId: string, limit: number): Promise<RecallItem[]> {
  return many<RecallItem>(
    db,
    `${SELECT} where recall_id = $1 and (state = 'pending' or (state = 'started' and kind = 'diffusion') or (state = 'started' and exists (
         select 1 from document r where r.id = request_id and coalesce(r.overall_state, r.state) in ('deleted', 'refused', 'withdrawn', 'unreadable'))))
     order by position limit $2`,
    [recallId, limit],
  );
}

/** Whether anything is still to be settled: an item, or a message to somebody. */
export async function hasOpenWork(db: Db, recallId: string): Promise<boolean> {
  const row = await maybe(
    db,
    `select 1 where exists (select 1 from recall_item where recall_id = $1 and state in ('pending', 'started'))
       or exists (select 1 from recall_notice where recall_id = $1 and state = 'pending')`,
    [recallId],
  );
  return row !== undefined;
}

/** Undefined when it is settled already: what was done is never done twice. */
export async function lockOpenItem(tx: Db, recallId: string, position: number): Promise<RecallItem | undefined> {
  return maybe<RecallItem>(
    tx,
    `${SELECT} where recall_id = $1 and position = $2 and state in ('pending', 'started') for update`,
    [recallId, position],
  );
}

export async function setItem(
  tx: Db,
  recallId: string,
  position: number,
  change: {
    state: RecallItemState;
    ruleId?: string | null;
    detail?: string | null;
    requestId?: string;
    resendId?: string;
    settledAt?: Date;
  },
): Promise<void> {
  await tx.query(
    `update recall_item set state = $3, rule_id = coalesce($4, rule_id), detail = coalesce($5, detail),
       request_id = coalesce($6, request_id), resend_id = coalesce($7, resend_id), settled_at = $8
     where recall_id = $1 and position = $2`,
    [
      recallId,
      position,
      change.state,
      change.ruleId ?? null,
      change.detail ?? null,
      change.requestId ?? null,
      change.resendId ?? null,
      change.settledAt ?? null,
    ],
  );
}

/** An item as people read it: its document, and where the request and the new document are now. */
export interface RecallItemView extends RecallItem {
  readonly title: string | null;
  readonly reference: string | null;
  readonly sentAt: Date | null;
  readonly entryUuid: string | null;
  readonly submissionUniqueId: string | null;
  readonly sender: string | null;
  readonly controlId: string | null;
  readonly documentState: DocumentState | null;
  readonly requestState: DocumentState | null;
  /** What the DMP answered to the request, verbatim. */
  readonly requestOutcome: unknown;
  readonly resendState: DocumentState | null;
  readonly resendRuleId: string | null;
  readonly authorId: string | null;
  readonly authorName: string | null;
}

export async function itemViews(
  db: Db,
  recallId: string,
  page: { after: number; limit: number },
): Promise<RecallItemView[]> {
  return many<RecallItemView>(
    db,
    `select i.position, i.kind, i.subject, i.document_id as "documentId", i.eg, i.correction, i.resend, i.state,
       i.rule_id as "ruleId", i.detail, i.request_id as "requestId", i.resend_id as "resendId", i.settled_at as "settledAt",
       coalesce(nullif(d.title, ''), d.type_code,
         case i.kind when 'diffusion' then 'Abonné ' || i.subject
           when 'export' then (select 'Export de patients avec INS, ' || actor from audit where id = i.subject::bigint) end) as title, d.unique_id as reference, v.first_sent_at as "sentAt",
       v.entry_uuid as "entryUuid", v.submission_unique_id as "submissionUniqueId", d.sender, d.control_id as "controlId",
       d.state as "documentState", r.state as "requestState", rv.outcome as "requestOutcome", n.state as "resendState",
       n.rule_id as "resendRuleId", d.notice->'author'->>'id' as "authorId",
       nullif(concat_ws(' ', d.notice->'author'->>'family', d.notice->'author'->>'given'), '') as "authorName"
     from recall_item i
     left join document d on d.id = i.document_id
     left join delivery v on v.document_id = d.id
     left join document r on r.id = i.request_id left join delivery rv on rv.document_id = r.id
     left join document n on n.id = i.resend_id
     where i.recall_id = $1 and i.position > $2 order by i.position limit $3`,
    [recallId, page.after, page.limit],
  );
}

export type NoticeRecipient = 'author' | 'data-protection-officer' | 'regional-referent';

export interface RecallNotice {
  readonly id: string;
  readonly recallId: string;
  readonly recipient: NoticeRecipient;
  readonly person: string;
  readonly name: string;
  readonly address: string | null;
  readonly documents: number;
  readonly state: 'prepared' | 'pending' | 'sent' | 'failed' | 'by-hand' | 'given';
  readonly attempts: number;
  readonly lastError: string | null;
  readonly settledAt: Date | null;
  readonly settledBy: string | null;
}

const NOTICE = `select id, recall_id as "recallId", recipient, person, name, address, documents, state, attempts,
  last_error as "lastError", settled_at as "settledAt", settled_by as "settledBy" from recall_notice`;

export async function replaceNotices(
  tx: Db,
  recallId: string,
  notices: readonly Pick<RecallNotice, 'id' | 'recipient' | 'person' | 'name' | 'address' | 'documents'>[],
): Promise<void> {
  await tx.query('delete from recall_notice where recall_id = $1', [recallId]);
  for (const { id, recipient, person, name, address, documents } of notices)
    await tx.query(
      `insert into recall_notice (id, recall_id, recipient, person, name, address, documents, state)
       values ($1, $2, $3, $4, $5, $6, $7, 'prepared')`,
      [id, recallId, recipient, person, name, address, documents],
    );
}

export async function noticesOf(db: Db, recallId: string): Promise<RecallNotice[]> {
  return many<RecallNotice>(db, `${NOTICE} where recall_id = $1 order by recipient, name, id`, [recallId]);
}

export async function recallNotice(db: Db, id: string): Promise<RecallNotice | undefined> {
  return maybe<RecallNotice>(db, `${NOTICE} where id = $1`, [id]);
}

export async function setNotice(
  tx: Db,
  id: string,
  change: { state: RecallNotice['state']; error?: string | null; attempted?: boolean; at?: Date; by?: string },
): Promise<void> {
  await tx.query(
    `update recall_notice set state = $2, last_error = $3, attempts = attempts + case when $4 then 1 else 0 end,
       settled_at = $5, settled_by = $6 where id = $1`,
    [id, change.state, change.error ?? null, change.attempted ?? false, change.at ?? null, change.by ?? null],
  );
}
