/** Access to PostgreSQL: one pool per process, plain SQL, values as JavaScript expects them. */
import pg from 'pg';

// bigint arrives as text by default; every bigint of this schema is a sequence or a count, far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** A pool or a transaction: what a store function needs to run SQL. */
export interface Db {
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult<Row>>;
}

export type Pool = pg.Pool;

/** `connections` bounds what this process takes from the server. */
export function openPool(url: string, connections: number, onError: (error: Error) => void): Pool {
  const pool = new pg.Pool({ connectionString: url, max: connections, allowExitOnIdle: false });
  // An idle connection that the server closes must not end the process: the next query opens another one.
  pool.on('error', onError);
  // Nor must one that breaks while a transaction holds it: the pool listens only to idle ones, and its query rejects anyway.
  pool.on('connect', (client) => client.on('error', () => undefined));
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
