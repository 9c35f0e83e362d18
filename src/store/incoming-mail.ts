/** Mails received by MSSanté: stored whole before anything else, then opened, decided and kept as long as a rule says. */
import { type Db, many, maybe } from './db.ts';

export type MailKind = 'documents' | 'message' | 'receipt' | 'notice';
export type MailState = 'received' | 'desk' | 'handing' | 'done' | 'closed';

/** A mail as its server gave it. */
export interface TakenMail {
  readonly id: string;
  readonly mailbox: string;
  readonly eg: string;
  readonly uidValidity: number;
  readonly uid: number;
  readonly size: number;
  /** SHA-256 of the body. */
  readonly digest: Buffer;
  readonly receivedAt: Date;
  /** Absent when it was not taken: `ruleId` says why, and the mail is on the desk at once. */
  readonly raw?: Buffer;
  readonly ruleId?: string;
  readonly subject?: string;
  readonly sender?: string;
}

export interface MailRow {
  readonly id: string;
  readonly mailbox: string;
  readonly eg: string;
  readonly size: number;
  readonly digest: Buffer;
  readonly receivedAt: Date;
  readonly kind: MailKind | null;
  readonly state: MailState;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly messageId: string | null;
  readonly subject: string;
  readonly sender: string;
  readonly senderName: string;
  readonly sentAt: Date | null;
  readonly receiptTo: string | null;
  readonly attachments: number;
  readonly settledAt: Date | null;
  readonly settledBy: string | null;
  readonly reason: string | null;
}

const COLUMNS = `m.id, m.mailbox, m.eg, m.size, m.digest, m.received_at as "receivedAt", m.kind, m.state,
  m.rule_id as "ruleId", m.detail, m.message_id as "messageId", m.subject, m.sender, m.sender_name as "senderName",
  m.sent_at as "sentAt", m.receipt_to as "receiptTo", m.attachments, m.settled_at as "settledAt",
  m.settled_by as "settledBy", m.reason`;

/** False when this mail (mailbox, UIDVALIDITY and UID) is already here. */
export async function insertMail(tx: Db, mail: TakenMail): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into incoming_mail (id, mailbox, eg, uid_validity, uid, size, digest, received_at, raw, state, rule_id, subject,
       sender, settled_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $10::text is null then 'received' else 'desk' end, $10, $11, $12, null)
     on conflict (mailbox, uid_validity, uid) do nothing`,
    [
      mail.id,
      mail.mailbox,
      mail.eg,
      mail.uidValidity,
      mail.uid,
      mail.size,
      mail.digest,
      mail.receivedAt,
      mail.raw ?? null,
      mail.ruleId ?? null,
      mail.subject ?? '',
      mail.sender ?? '',
    ],
  );
  return rowCount === 1;
}

/** Highest UID taken from a mailbox, 0 for none: UIDs only grow while UIDVALIDITY stays. */
export async function lastUid(db: Db, mailbox: string, uidValidity: number): Promise<number> {
  const row = await maybe<{ uid: number | null }>(
    db,
    'select max(uid) as uid from incoming_mail where mailbox = $1 and uid_validity = $2',
    [mailbox, uidValidity],
  );
  return row?.uid ?? 0;
}

/** Mails that are here and that the server has not been told to put away. */
export async function leftOnServer(db: Db, mailbox: string, uidValidity: number): Promise<number[]> {
  const rows = await many<{ uid: number }>(
    db,
    'select uid from incoming_mail where mailbox = $1 and uid_validity = $2 and put_away_at is null order by uid',
    [mailbox, uidValidity],
  );
  return rows.map(({ uid }) => uid);
}

export async function notePutAway(
  db: Db,
  mailbox: string,
  uidValidity: number,
  uids: readonly number[],
  at: Date,
): Promise<void> {
  await db.query(
    `update incoming_mail set put_away_at = $4 where mailbox = $1 and uid_validity = $2 and uid = any($3) and put_away_at is null`,
    [mailbox, uidValidity, uids, at],
  );
}

export async function mailById(db: Db, id: string): Promise<MailRow | undefined> {
  return maybe<MailRow>(db, `select ${COLUMNS} from incoming_mail m where m.id = $1`, [id]);
}

export async function lockMailRow(tx: Db, id: string): Promise<MailRow | undefined> {
  return maybe<MailRow>(tx, `select ${COLUMNS} from incoming_mail m where m.id = $1 for no key update`, [id]);
}

/** As received; undefined when it was not taken or is no longer kept. */
export async function rawMail(db: Db, id: string): Promise<Buffer | undefined> {
  const row = await maybe<{ raw: Buffer | null }>(db, 'select raw from incoming_mail where id = $1', [id]);
  return row?.raw ?? undefined;
}

/** A mail of the same mailbox, opened before, of the same Message-ID and body. */
export async function sameMail(
  tx: Db,
  mail: Pick<MailRow, 'id' | 'digest'>,
  messageId: string,
): Promise<string | undefined> {
  const row = await maybe<{ id: string }>(
    tx,
    `select o.id from incoming_mail o, incoming_mail m
     where m.id = $1 and o.mailbox = m.mailbox and o.message_id = $2 and o.digest = $3 and o.id <> m.id
       and o.state <> 'received' limit 1`,
    [mail.id, messageId, mail.digest],
  );
  return row?.id;
}

export interface OpenedColumns {
  readonly kind: MailKind;
  readonly messageId: string | null;
  readonly subject: string;
  readonly sender: string;
  readonly senderName: string;
  readonly sentAt: Date | null;
  readonly receiptTo: string | null;
  readonly attachments: number;
}

export async function noteOpened(tx: Db, id: string, opened: OpenedColumns): Promise<void> {
  const { kind, messageId, subject, sender, senderName, sentAt, receiptTo, attachments } = opened;
  await tx.query(
    `update incoming_mail set kind = $2, message_id = $3, subject = $4, sender = $5, sender_name = $6, sent_at = $7,
       receipt_to = $8, attachments = $9 where id = $1`,
    [id, kind, messageId, subject, sender, senderName, sentAt, receiptTo, attachments],
  );
}

export interface MailEnd {
  readonly state: MailState;
  readonly ruleId?: string | null;
  readonly detail?: string | null;
  readonly at: Date;
  readonly by?: string | null;
  readonly reason?: string | null;
}

/** `done` and `closed` are ends, and say when and by whom. */
export async function setIncomingState(tx: Db, id: string, end: MailEnd): Promise<void> {
  const over = end.state === 'done' || end.state === 'closed';
  await tx.query(
    `update incoming_mail set state = $2, rule_id = $3, detail = $4, settled_at = $5, settled_by = $6, reason = $7 where id = $1`,
    [id, end.state, end.ruleId ?? null, end.detail ?? null, over ? end.at : null, end.by ?? null, end.reason ?? null],
  );
}

export interface MailFilter {
  readonly shown: 'desk' | 'handing' | 'all';
  /** One establishment; null for all. */
  readonly eg: string | null;
  readonly limit: number;
  readonly offset: number;
}

const SHOWN = { desk: `m.state = 'desk'`, handing: `m.state in ('received', 'handing')`, all: 'true' } as const;

/** Newest first; on the desk, what waits for longest first. */
export async function listMails(db: Db, { shown, eg, limit, offset }: MailFilter): Promise<MailRow[]> {
  const order = shown === 'desk' ? 'm.received_at, m.id' : 'm.received_at desc, m.id';
  return many<MailRow>(
    db,
    `select ${COLUMNS} from incoming_mail m where ${SHOWN[shown]} and ($1::text is null or m.eg = $1)
     order by ${order} limit $2 offset $3`,
    [eg, limit, offset],
  );
}

/** What waits on the desk, by reason. */
export async function waitingMails(
  db: Db,
  eg: string | null,
): Promise<{ readonly ruleId: string; readonly mails: number; readonly oldest: Date }[]> {
  return many(
    db,
    `select coalesce(m.rule_id, '') as "ruleId", count(*)::integer as mails, min(m.received_at) as oldest
     from incoming_mail m where m.state = 'desk' and ($1::text is null or m.eg = $1) group by 1 order by 3`,
    [eg],
  );
}

/** Contents that are no longer kept, some at a time. */
export async function pruneMails(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.query(
    `update incoming_mail set raw = null where id in (
       select id from incoming_mail where raw is not null and settled_at < $1 limit 500)`,
    [before],
  );
  return rowCount ?? 0;
}
