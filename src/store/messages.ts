/** Received messages, exactly as they came. Refused ones are kept for inspection. */
import pg from 'pg';
import { type Db, many, maybe, one, type Pool, write } from './db.ts';
import { bodyKey, type KeptBytes } from './kept.ts';

export interface ReceivedMessage {
  readonly receivedAt: Date;
  readonly transport: 'mllp' | 'mllps' | 'http';
  readonly peer: string;
  /** `MSH-3|MSH-4`; empty when unreadable. */
  readonly sender: string;
  readonly controlId: string;
  /** SHA-256 of the body. */
  readonly digest: Uint8Array;
  /** `ADT^A01`, `MDM^T02`, or empty. */
  readonly kind: string;
  readonly eg?: string;
  readonly body: Uint8Array;
}

/** Stores an acceptable message. `undefined` when the same message (sender, MSH-10 and content) is already here. */
export async function storeMessage(tx: Db, message: ReceivedMessage): Promise<number | undefined> {
  const row = await maybe<{ id: number }>(
    tx,
    `insert into inbound_message (received_at, transport, peer, sender, control_id, digest, kind, eg, body, state)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'accepted')
     on conflict (sender, control_id, digest) where state <> 'refused' do nothing
     returning id`,
    columns(message),
  );
  return row?.id;
}

/** What tells a message from another: senders do reuse MSH-10 (design 7). */
export type MessageKey = Pick<ReceivedMessage, 'sender' | 'controlId' | 'digest'>;

/** An acceptable message, and what its task waits behind. */
export interface QueuedMessage {
  readonly message: ReceivedMessage;
  readonly orderKey: string;
}

/** A message that was not here yet. `task`: what reads it; `leased`: to the worker that had a place for it. */
export interface NewMessage {
  readonly id: number;
  readonly task: number;
  readonly leased: boolean;
}

/** What became of the messages of one call. */
export interface Stored<M extends QueuedMessage> {
  readonly stored: readonly NewMessage[];
  /** The others: the same message (sender, MSH-10 and content) is already here. */
  readonly known: readonly M[];
}

/**
 * Stores acceptable messages, each with its task, in one statement: all or nothing. The keys of one call must differ. `lease`:
 * the worker that has places for all of them; one behind an older task of its key waits all the same. The plan is prepared
 * once for each size on each connection: callers keep to a few sizes.
 */
export async function storeMessages<M extends QueuedMessage>(
  pool: Pool,
  batch: readonly M[],
  lease?: { readonly worker: number; readonly leaseMs: number },
): Promise<Stored<M>> {
  const statement = {
    name: `store-messages-${batch.length}`,
    text: storeMessagesSql(batch.length),
    values: [lease?.worker ?? null, lease?.leaseMs ?? 0, ...valuesOf(batch)],
  };
  const { rows: stored } = await pool.query<NewMessage>(statement).catch((error: unknown) => {
    if (!isSameMessage(error)) throw error;
    // Another process stored it in the meantime: this time the statement sees it.
    return pool.query<NewMessage>(statement);
  });
  if (stored.length === batch.length) return { stored, known: [] };
  const rows = await many<MessageKey>(
    pool,
    'select sender, control_id as "controlId", digest from inbound_message where id = any($1::bigint[])',
    [stored.map(({ id }) => id)],
  );
  const keys = new Set(rows.map(messageKey));
  return { stored, known: batch.filter(({ message }) => !keys.has(messageKey(message))) };
}

/** One text for what tells a message from another, for use as a key. */
export function messageKey({ sender, controlId, digest }: MessageKey): string {
  return `${sender}\n${controlId}\n${asBuffer(digest).toString('latin1')}`;
}

function isSameMessage(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.constraint === 'inbound_message_same';
}

/** Values of the call, before those of its messages. */
const BEFORE = 2;
/** Of one message: its order key, whether it is the first of that key in the call, and its columns; the body is the last. */
const TYPES = ['text', 'boolean', 'timestamptz', 'text', 'text', 'text', 'text', 'bytea', 'text', 'text', 'bytea'];
const WIDTH = TYPES.length;

function valuesOf(batch: readonly QueuedMessage[]): unknown[] {
  const seen = new Set<string>();
  return batch.flatMap(({ message, orderKey }) => {
    const first = !seen.has(orderKey);
    seen.add(orderKey);
    return [orderKey, first, ...columns(message)];
  });
}

/** By number of rows: callers keep to a few sizes, and the text of a batch is longer than an admission. */
const storeTexts = new Map<number, string>();

function storeMessagesSql(rows: number): string {
  const text = storeTexts.get(rows) ?? storeMessagesText(rows);
  storeTexts.set(rows, text);
  return text;
}

/**
 * Both tables are filled from rows that have their id already, so that nothing is joined (a quarter less of PostgreSQL's time
 * for a batch of eight). What is looked for row by row is looked for under `limit 1`, which keeps PostgreSQL from making one
 * scan of the whole table of it; bodies are taken from the call itself, which keeps them from being copied on the way.
 */
function storeMessagesText(rows: number): string {
  const indexes = Array.from({ length: rows }, (_, index) => index);
  const place = (index: number, column: number): string => `$${BEFORE + index * WIDTH + column + 1}`;
  const typed = (index: number): string =>
    TYPES.slice(0, -1)
      .map((type, column) => (index === 0 ? `${place(index, column)}::${type}` : place(index, column)))
      .join(', ');
  return `
    with incoming as materialized (
      select nextval('inbound_message_id_seq') as id, given.*, given.first and $1::integer is not null
          and (select 1 from task where task.order_key = given.order_key limit 1) is null as handed
      from (values ${indexes.map((index) => `(${index}, ${typed(index)})`).join(', ')})
        as given (at, order_key, first, received_at, transport, peer, sender, control_id, digest, kind, eg)
      where (select 1 from inbound_message known where known.sender = given.sender and known.control_id = given.control_id
          and known.digest = given.digest and known.state <> 'refused' limit 1) is null),
    stored as (
      insert into inbound_message (id, received_at, transport, peer, sender, control_id, digest, kind, eg, body, state)
      overriding system value
      select id, received_at, transport, peer, sender, control_id, digest, kind, eg,
        case at ${indexes.map((index) => `when ${index} then ${place(index, WIDTH - 1)}::bytea`).join(' ')} end, 'accepted'
      from incoming)
    insert into task (kind, subject, order_key, lane, state, worker, leased_until, fence, attempts)
    select 'message', id::text, order_key, coalesce(eg, '-'), case when handed then 'leased' else 'ready' end,
      case when handed then $1::integer end,
      case when handed then clock_timestamp() + $2::integer * interval '1 millisecond' end, handed::integer, handed::integer
    from incoming order by incoming.id
    returning subject::bigint as id, id as task, state = 'leased' as leased`;
}

/** Keeps a refused message with the rule that refused it. */
export async function keepRefusedMessage(
  tx: Db,
  message: ReceivedMessage,
  why: { ruleId: string; detail: string | undefined; location: string | undefined },
): Promise<number> {
  const row = await one<{ id: number }>(
    tx,
    `insert into inbound_message (received_at, transport, peer, sender, control_id, digest, kind, eg, body, state, rule_id, detail, location)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'refused', $10, $11, $12) returning id`,
    [...columns(message), why.ruleId, why.detail ?? null, why.location ?? null],
  );
  return row.id;
}

function columns(message: ReceivedMessage): unknown[] {
  const { receivedAt, transport, peer, sender, controlId, digest, kind, eg, body } = message;
  return [receivedAt, transport, peer, sender, controlId, asBuffer(digest), kind, eg ?? null, asBuffer(body)];
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export interface StoredMessage {
  readonly id: number;
  readonly receivedAt: Date;
  readonly sender: string;
  readonly controlId: string;
  readonly kind: string;
  /** Empty once a retention rule took it away. */
  readonly body: Buffer;
  readonly state: 'accepted' | 'processed' | 'refused';
  readonly prunedAt: Date | null;
  readonly prunedRule: string | null;
}

const STORED = `id, received_at as "receivedAt", sender, control_id as "controlId", kind, state,
  pruned_at as "prunedAt", pruned_rule as "prunedRule"`;

/** A message with its body, taken from `kept` when it is there: the digest says that it is the same. */
export async function loadMessage(db: Db, id: number, kept?: KeptBytes): Promise<StoredMessage> {
  if (kept === undefined)
    return one<StoredMessage>(db, `select ${STORED}, body from inbound_message where id = $1`, [id]);
  const { digest, ...message } = await one<Omit<StoredMessage, 'body'> & { digest: Buffer }>(
    db,
    `select ${STORED}, digest from inbound_message where id = $1`,
    [id],
  );
  // Nothing is kept of a content that is gone: the same content may come again.
  if (message.prunedAt !== null) return { ...message, body: Buffer.alloc(0) };
  const key = bodyKey(digest);
  const body = kept.get(key) ?? (await loadBody(db, id));
  kept.keep(key, body);
  return { ...message, body };
}

async function loadBody(db: Db, id: number): Promise<Buffer> {
  return (await one<{ body: Buffer }>(db, 'select body from inbound_message where id = $1', [id])).body;
}

/** Same, locked until the transaction ends, with what tells it from another. */
export async function lockMessage(tx: Db, id: number): Promise<(StoredMessage & MessageKey) | undefined> {
  return maybe<StoredMessage & MessageKey>(
    tx,
    `select ${STORED}, body, digest from inbound_message where id = $1 for update`,
    [id],
  );
}

/** Takes a stopped message back into our care; its task is the caller's to add. */
export async function reopenMessage(tx: Db, id: number, eg: string): Promise<void> {
  await tx.query(
    `update inbound_message set state = 'accepted', eg = $2, rule_id = null, detail = null, location = null,
       processed_at = null where id = $1`,
    [id, eg],
  );
}

/** Bodies that are larger are read alone: some together must not fill the memory. */
const READ_TOGETHER_BYTES = 1024 * 1024;
/** Beyond this it is worth a look at what is kept before a body is read again. */
const READ_AT_ONCE_BYTES = 16_384;

type Unread = Omit<StoredMessage, 'body'> & { readonly digest: Buffer; readonly body: Buffer | null };

/** Messages by id, without those too large to be held together: `loadMessage` reads one of them. */
export async function loadMessages(
  db: Db,
  ids: readonly number[],
  kept?: KeptBytes,
): Promise<ReadonlyMap<number, StoredMessage>> {
  const rows = await many<Unread>(
    db,
    `select ${STORED}, digest, case when octet_length(body) <= $2 then body end as body
     from inbound_message where id = any($1::bigint[]) and octet_length(body) <= ${READ_TOGETHER_BYTES}`,
    [ids, kept === undefined ? READ_TOGETHER_BYTES : READ_AT_ONCE_BYTES],
  );
  const found = rows.map((row) => ({ ...row, body: row.body ?? kept?.get(bodyKey(row.digest)) }));
  const missing = found.filter(({ body }) => body === undefined).map(({ id }) => id);
  const read = missing.length === 0 ? [] : await loadBodies(db, missing);
  const bodies = new Map(read.map(({ id, body }) => [id, body]));
  return new Map(
    found.flatMap(({ digest, ...message }) => {
      const body = message.body ?? bodies.get(message.id);
      if (body === undefined) return [];
      if (bodies.has(message.id)) kept?.keep(bodyKey(digest), body);
      return [[message.id, { ...message, body }]];
    }),
  );
}

function loadBodies(db: Db, ids: readonly number[]): Promise<{ id: number; body: Buffer }[]> {
  return many(db, 'select id, body from inbound_message where id = any($1::bigint[])', [ids]);
}

/** Longest beginning that is read of a message for its header. */
const HEAD_BYTES = 4_096;

/** Kind and first bytes of a message: what answering it takes, without the document that it carries. */
export async function loadMessageHead(db: Db, id: number): Promise<{ kind: string; head: Buffer }> {
  return one<{ kind: string; head: Buffer }>(
    db,
    `select kind, substring(body from 1 for ${HEAD_BYTES}) as head from inbound_message where id = $1`,
    [id],
  );
}

/** Ends the reading of an accepted message; with a rule when nothing could be done with it. */
export async function settleMessage(
  tx: Db,
  id: number,
  now: Date,
  why?: { ruleId: string; detail: string | undefined },
): Promise<void> {
  await write(
    tx,
    `update inbound_message set state = 'processed', processed_at = $2, rule_id = $3, detail = $4 where id = $1`,
    [id, now, why?.ruleId ?? null, why?.detail ?? null],
  );
}

export interface MessageSummary {
  readonly id: number;
  readonly receivedAt: Date;
  readonly transport: string;
  readonly peer: string;
  readonly sender: string;
  readonly controlId: string;
  readonly kind: string;
  readonly state: string;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly location: string | null;
  readonly bytes: number;
}

const SUMMARY = `select id, received_at as "receivedAt", transport, peer, sender, control_id as "controlId", kind, state,
  rule_id as "ruleId", detail, location, octet_length(body) as bytes from inbound_message`;

/**
 * Messages that a rule stopped, newest first, those before row `before` where given. `eg` narrows to one establishment
 * (undeclared senders have none).
 */
export async function listStoppedMessages(
  db: Db,
  filter: { eg: string | null; before?: number | undefined; limit: number },
): Promise<MessageSummary[]> {
  return many<MessageSummary>(
    db,
    `${SUMMARY} where rule_id is not null and ($1::text is null or eg = $1) and ($2::bigint is null or id < $2)
     order by id desc limit $3`,
    [filter.eg, filter.before ?? null, filter.limit],
  );
}

/** One message by its id, without its body. */
export async function messageSummary(db: Db, id: number): Promise<MessageSummary | undefined> {
  return maybe<MessageSummary>(db, `${SUMMARY} where id = $1`, [id]);
}

/** The stored message that this one repeats. Throws when there is none: `storeMessage` has just said there is. */
export async function sameMessage(db: Db, key: MessageKey): Promise<number> {
  const id = await sameMessageIfAny(db, key);
  if (id === undefined) throw new Error('the message that this one repeats is gone');
  return id;
}

/** The message in our care, or worked on, that is the same as this one. */
export async function sameMessageIfAny(db: Db, key: MessageKey): Promise<number | undefined> {
  const row = await maybe<{ id: number }>(
    db,
    `select id from inbound_message where sender = $1 and control_id = $2 and digest = $3 and state <> 'refused'`,
    [key.sender, key.controlId, asBuffer(key.digest)],
  );
  return row?.id;
}
