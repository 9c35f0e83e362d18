/** The mailboxes that are read: one process at a time has each, by a lease with a fence. */
import { type Db, many, maybe } from './db.ts';

/** A lease on one mailbox. */
export interface MailboxTurn {
  readonly name: string;
  readonly fence: number;
  /** Sessions that failed in a row before this one. */
  readonly failures: number;
}

export interface MailboxState {
  readonly name: string;
  readonly enabled: boolean;
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly retryAt: Date | null;
  readonly lastError: string | null;
  readonly readAt: Date | null;
  readonly desk: number;
}

/** The mailbox was taken over by another process: what this one was about to write is rolled back. */
export class MailboxLost extends Error {
  constructor(turn: MailboxTurn) {
    super(`mailbox ${turn.name} is read by another process now`);
  }
}

export async function declareMailboxes(tx: Db, names: readonly string[]): Promise<void> {
  await tx.query('update mailbox set enabled = false where enabled and name <> all($1)', [names]);
  await tx.query(
    `insert into mailbox (name, enabled) select unnest($1::text[]), true
     on conflict (name) do update set enabled = true where not mailbox.enabled`,
    [names],
  );
}

/** Undefined while another process reads it, or before its time after a failure. */
export async function takeMailbox(db: Db, name: string, now: Date, leaseMs: number): Promise<MailboxTurn | undefined> {
  return maybe<MailboxTurn>(
    db,
    `update mailbox set fence = fence + 1, leased_until = $2::timestamptz + $3 * interval '1 millisecond'
     where name = $1 and enabled and (leased_until is null or leased_until <= $2) and (retry_at is null or retry_at <= $2)
     returning name, fence, failures`,
    [name, now, leaseMs],
  );
}

/** Lengthens the lease and keeps others away until the transaction ends. Throws MailboxLost. */
export async function holdMailbox(tx: Db, turn: MailboxTurn, now: Date, leaseMs: number): Promise<void> {
  const { rowCount } = await tx.query(
    `update mailbox set leased_until = $3::timestamptz + $4 * interval '1 millisecond' where name = $1 and fence = $2`,
    [turn.name, turn.fence, now, leaseMs],
  );
  if (rowCount !== 1) throw new MailboxLost(turn);
}

export async function leaveMailbox(db: Db, turn: MailboxTurn): Promise<void> {
  await db.query('update mailbox set leased_until = null where name = $1 and fence = $2', [turn.name, turn.fence]);
}

/** Everything that was in it is here. */
export async function recordRead(tx: Db, turn: MailboxTurn, at: Date): Promise<void> {
  await tx.query(
    `update mailbox set failures = 0, failing_since = null, retry_at = null, last_error = null, read_at = $3,
       stuck_uid = null, stuck_tries = 0
     where name = $1 and fence = $2`,
    [turn.name, turn.fence, at],
  );
}

export async function recordMailboxFailure(
  db: Db,
  turn: MailboxTurn,
  failure: { readonly at: Date; readonly retryAt: Date; readonly error: string },
): Promise<void> {
  await db.query(
    `update mailbox set failures = failures + 1, failing_since = coalesce(failing_since, $3), retry_at = $4, last_error = $5,
       leased_until = null
     where name = $1 and fence = $2`,
    [turn.name, turn.fence, failure.at, failure.retryAt, failure.error],
  );
}

/** How often the server was asked for this mail and did not give it, this time included. */
export async function countStuck(tx: Db, turn: MailboxTurn, uid: number): Promise<number> {
  const row = await maybe<{ tries: number }>(
    tx,
    `update mailbox set stuck_tries = case when stuck_uid = $3 then stuck_tries + 1 else 1 end, stuck_uid = $3
     where name = $1 and fence = $2 returning stuck_tries as tries`,
    [turn.name, turn.fence, uid],
  );
  if (row === undefined) throw new MailboxLost(turn);
  return row.tries;
}

export async function listMailboxes(db: Db): Promise<MailboxState[]> {
  return many<MailboxState>(
    db,
    `select name, enabled, failures, failing_since as "failingSince", retry_at as "retryAt", last_error as "lastError",
       read_at as "readAt",
       (select count(*) from incoming_mail m where m.mailbox = mailbox.name and m.state = 'desk')::integer as desk
     from mailbox order by enabled desc, name`,
  );
}
