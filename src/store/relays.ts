/** Messages handed on, unchanged, to the old platform. */
import { type Db, maybe, write } from './db.ts';

export interface RelayRecord {
  readonly id: string;
  readonly flowId: string;
  readonly messageId: number;
  readonly state: 'pending' | 'taken' | 'refused';
  /** What the message waits behind: those of its patient. */
  readonly orderKey: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly acknowledgement: Buffer | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

const RELAY = `select id, flow_id as "flowId", message_id as "messageId", state, order_key as "orderKey", attempts, last_error as "lastError",
  acknowledgement, created_at as "createdAt", settled_at as "settledAt" from relay`;

/** False when the message is already handed on. */
export async function insertRelay(
  tx: Db,
  relay: Pick<RelayRecord, 'id' | 'flowId' | 'messageId' | 'orderKey' | 'createdAt'>,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into relay (id, flow_id, message_id, state, order_key, created_at) values ($1, $2, $3, 'pending', $4, $5)
     on conflict (message_id) do nothing`,
    [relay.id, relay.flowId, relay.messageId, relay.orderKey, relay.createdAt],
  );
  return rowCount === 1;
}

export async function relayById(db: Db, id: string): Promise<RelayRecord | undefined> {
  return maybe<RelayRecord>(db, `${RELAY} where id = $1`, [id]);
}

export async function relayOfMessage(db: Db, messageId: number): Promise<RelayRecord | undefined> {
  return maybe<RelayRecord>(db, `${RELAY} where message_id = $1`, [messageId]);
}

/** One that was refused is presented again; undefined for any other. */
export async function reopenRelay(
  tx: Db,
  messageId: number,
): Promise<Pick<RelayRecord, 'id' | 'orderKey'> | undefined> {
  return maybe(
    tx,
    `update relay set state = 'pending', settled_at = null where message_id = $1 and state = 'refused'
     returning id, order_key as "orderKey"`,
    [messageId],
  );
}

export async function recordRelayAttempt(
  tx: Db,
  id: string,
  attempt: Pick<RelayRecord, 'state' | 'lastError' | 'acknowledgement'> & { readonly at: Date },
): Promise<void> {
  await write(
    tx,
    `update relay set state = $2, attempts = attempts + 1, last_error = $3, acknowledgement = coalesce($4, acknowledgement),
       settled_at = case when $2 = 'pending' then null else $5::timestamptz end where id = $1`,
    [id, attempt.state, attempt.lastError, attempt.acknowledgement, attempt.at],
  );
}
