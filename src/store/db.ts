/** Access to PostgreSQL: one pool per process, plain SQL, values as JavaScript expects them. */
import pg from 'pg';
import { sendLargeValuesAsTheyAre } from './large-values.ts';

// bigint arrives as text by default; every bigint of this schema is a sequence or a count, far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** A pool or a transaction: what a store function needs to run SQL. */
export interface Db {
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult<Row>>;
}

export type Pool = pg.Pool;

/** Uses of a statement before it is prepared: what is asked once in a while is planned for its own values. */
const ASKED_OFTEN = 5;
/** Statements that this process prepares at most; texts made for one call never fill the server's memory. */
const MOST_PREPARED = 300;

const asked = new Map<string, { uses: number; readonly name: string }>();

/** The name under which a connection prepares this text, once the text is asked often; undefined before. */
function preparedName(text: string): string | undefined {
  const known = asked.get(text);
  if (known !== undefined) return ++known.uses > ASKED_OFTEN ? known.name : undefined;
  if (asked.size < MOST_PREPARED) asked.set(text, { uses: 1, name: `often-${asked.size}` });
  return undefined;
}

/**
 * Parsing and planning were 6 of the 20 ms that PostgreSQL spent on a document (decision 0021): the statements of the
 * daily work are prepared once per connection, those of an occasional list are not.
 */
function prepareWhatIsAskedOften(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...call: unknown[]) => unknown;
  const together = createCork(client);
  const prepared = (text: unknown, values?: unknown, ...rest: unknown[]): unknown => {
    together();
    const name = typeof text === 'string' && Array.isArray(values) ? preparedName(text) : undefined;
    return name === undefined ? query(text, values, ...rest) : query({ name, text, values }, ...rest);
  };
  Object.assign(client, { query: prepared });
}

/** What is asked in one turn of the event loop is written to the connection at once. */
function createCork({ connection }: pg.PoolClient): () => void {
  const { stream } = connection;
  let corked = false;
  return () => {
    if (corked) return;
    corked = true;
    stream.cork();
    process.nextTick(() => {
      corked = false;
      stream.uncork();
    });
  };
}

/** `connections` bounds what this process takes from the server. */
export function openPool(url: string, connections: number, onError: (error: Error) => void): Pool {
  const pool = new pg.Pool({ connectionString: url, max: connections, allowExitOnIdle: false, pipeline: true });
  // An idle connection that the server closes must not end the process: the next query opens another one.
  pool.on('error', onError);
  // Nor must one that breaks while a transaction holds it: the pool listens only to idle ones, and its query rejects anyway.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('connect', prepareWhatIsAskedOften);
  pool.on('connect', sendLargeValuesAsTheyAre);
  return pool;
}

/** What only a transaction has. */
interface Tx extends Db {
  readonly pool: Pool;
  /** Asks without waiting: a failure is that of the transaction, whether the answer is looked at or not. */
  send<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]): Promise<pg.QueryResult<Row>>;
  whenEnded(listener: (committed: boolean) => void): void;
}

/** The transaction that this is; undefined for a pool or a single connection. */
export function asTransaction(db: Db): Tx | undefined {
  return 'whenEnded' in db ? (db as Tx) : undefined;
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. Statements that follow each other
 * without a question between them travel together; the failure of any of them is that of the transaction.
 */
export async function transaction<T>(pool: Pool, work: (tx: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const sent: Promise<unknown>[] = [];
  const send = <T>(answer: Promise<T>): Promise<T> => {
    // Whoever waits for the transaction learns of it.
    answer.catch(() => undefined);
    sent.push(answer);
    return answer;
  };
  const listeners: ((committed: boolean) => void)[] = [];
  const tx: Tx = {
    pool,
    query: (sql, values) => client.query(sql, values === undefined ? undefined : [...values]),
    send: (sql, values) => send(client.query(sql, [...values])),
    whenEnded: (listener) => listeners.push(listener),
  };
  let committed = false;
  let broken: Error | undefined;
  try {
    send(client.query('begin'));
    const value = await work(tx);
    const commit = client.query('commit');
    send(commit);
    await Promise.all(sent);
    // After a failed statement PostgreSQL answers a commit with a rollback: nobody may take it for done.
    if ((await commit).command !== 'COMMIT') throw new Error('the transaction was rolled back');
    committed = true;
    return value;
  } catch (error) {
    // What failed first: the statements behind it only say that the transaction is aborted.
    const first = (await Promise.allSettled(sent)).find((answer) => answer.status === 'rejected');
    try {
      await client.query('rollback');
    } catch (failure) {
      broken = failure instanceof Error ? failure : new Error(String(failure));
    }
    throw first === undefined ? error : first.reason;
  } finally {
    client.release(broken);
    for (const listener of listeners) listener(committed);
  }
}

/**
 * Writes what nothing is asked of. In a transaction it does not wait for the answer: a statement costs the round trip, and
 * what wakes two processes for it, more than its work (decision 0021).
 */
export async function write(db: Db, sql: string, values: readonly unknown[]): Promise<void> {
  const tx = asTransaction(db);
  if (tx === undefined) await db.query(sql, values);
  else void tx.send(sql, values);
}

/**
 * Lets a transaction commit without waiting for the disk: a PostgreSQL that is killed within the next second may have lost
 * it, whole, with all that came after it. Only for a step whose task then comes back and does the same again, and of which
 * nothing has left the house: the next durable commit, which freezes a sending, makes it durable too (decision 0021).
 */
export async function commitLater(tx: Db): Promise<void> {
  await write(tx, 'set local synchronous_commit = off', []);
}

/** The one row that the statement promises; throws when the promise is broken (a bug). */
export async function one<Row extends pg.QueryResultRow>(
  db: Db,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row> {
  const row = (await db.query<Row>(sql, values)).rows[0];
  if (row === undefined) throw new Error(`no row from: ${sql.slice(0, 80)}`);
  return row;
}

export async function maybe<Row extends pg.QueryResultRow>(
  db: Db,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row | undefined> {
  return (await db.query<Row>(sql, values)).rows[0];
}

export async function many<Row extends pg.QueryResultRow>(
  db: Db,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return (await db.query<Row>(sql, values)).rows;
}
