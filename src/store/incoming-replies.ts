/** What goes back by mail about one that came in: a reading receipt, or the mail passed on. */
import { type Db, many, maybe } from './db.ts';

export interface IncomingReply {
  readonly id: string;
  readonly mailId: string;
  readonly kind: 'receipt' | 'forward';
  readonly recipient: string;
  readonly messageId: string;
  readonly errorCode: string | null;
  readonly errorLabel: string | null;
  readonly addedAt: Date;
  readonly state: 'waiting' | 'sent' | 'failed';
  readonly attempts: number;
  readonly detail: string | null;
  readonly settledAt: Date | null;
}

const SELECT = `select r.id, r.mail_id as "mailId", r.kind, r.recipient, r.message_id as "messageId",
  r.error_code as "errorCode", r.error_label as "errorLabel", r.added_at as "addedAt", r.state, r.attempts, r.detail,
  r.settled_at as "settledAt" from incoming_reply r`;

type NewReply = Omit<IncomingReply, 'state' | 'attempts' | 'detail' | 'settledAt'>;

/** False when the mail has had its reading receipt: there is one, ever. */
export async function insertReply(tx: Db, reply: NewReply): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into incoming_reply (id, mail_id, kind, recipient, message_id, error_code, error_label, added_at, state)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting') on conflict do nothing`,
    [
      reply.id,
      reply.mailId,
      reply.kind,
      reply.recipient,
      reply.messageId,
      reply.errorCode,
      reply.errorLabel,
      reply.addedAt,
    ],
  );
  return rowCount === 1;
}

export async function replyById(db: Db, id: string): Promise<IncomingReply | undefined> {
  return maybe<IncomingReply>(db, `${SELECT} where r.id = $1`, [id]);
}

export async function repliesOf(db: Db, mailId: string): Promise<IncomingReply[]> {
  return many<IncomingReply>(db, `${SELECT} where r.mail_id = $1 order by r.added_at, r.id`, [mailId]);
}

export async function recordReply(
  tx: Db,
  id: string,
  sending: { readonly state: IncomingReply['state']; readonly detail: string | null; readonly at: Date },
): Promise<void> {
  await tx.query(
    `update incoming_reply set state = $2, detail = $3, attempts = attempts + 1,
       settled_at = case when $2 = 'waiting' then null else $4::timestamptz end where id = $1`,
    [id, sending.state, sending.detail, sending.at],
  );
}
