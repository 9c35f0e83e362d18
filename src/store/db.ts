/** Access to PostgreSQL: one pool per process, plain SQL, values as JavaScript expects them. */
import pg from 'pg';

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
  const prepared = (text: unknown, values?: unknown, ...rest: unknown[]): unknown => {
    const name = typeof text === 'string' && Array.isArray(values) ? preparedName(text) : undefined;
    return name === undefined ? query(text, values, ...rest) : query({ name, text, values }, ...rest);
  };
  Object.assign(client, { query: prepared });
}

/** `connections` bounds what this process takes from the server. */
export function openPool(url: string, connections: number, onError: (error: Error) => void): Pool {
  const pool = new pg.Pool({ connectionString: url, max: connections, allowExitOnIdle: false });
  // An idle connection that the server closes must not end the process: the next query opens another one.
  pool.on('error', onError);
  // Nor must one that breaks while a transaction holds it: the pool listens only to idle ones, and its query rejects anyway.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('connect', prepareWhatIsAskedOften);
  return pool;
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
export async function transaction<T>(pool: Pool, work: (tx: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const value = await work(client);
    await client.query('commit');
    return value;
  } catch (error) {
    try {
      await client.query('rollback');
    } catch (failure) {
      broken = failure instanceof Error ? failure : new Error(String(failure));
    }
    throw error;
  } finally {
    client.release(broken);
  }
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
