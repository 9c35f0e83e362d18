/** The session of a worker: other processes see by it that the worker lives. */
import pg from 'pg';
import type { Db } from '../store/db.ts';
import { freeDeadWorkers, WORK_CHANNEL, WORKER_LOCK_CLASS } from './tasks.ts';

/** What a living worker holds: its number, under an advisory lock, and an ear for new work. */
export interface Session {
  readonly number: number;
  /** Claims go through it: a worker whose session is lost claims nothing, and none waits for a connection of the pool. */
  readonly db: Db;
  readonly lost: boolean;
  close(): Promise<void>;
}

const names = new Map<string, string>();

/** A worker asks the same few statements again and again: each is prepared at its first use. */
function nameOf(text: string): string {
  const name = names.get(text) ?? `session-${names.size}`;
  names.set(text, name);
  return name;
}

/** One dedicated connection: while it lives, the advisory lock tells other processes that this worker does too. */
export async function openSession(url: string, onWork: (kind: string) => void): Promise<Session> {
  const client = new pg.Client({ connectionString: url });
  let lost = false;
  client.on('error', () => {
    lost = true;
  });
  client.on('end', () => {
    lost = true;
  });
  try {
    return await begin(client, onWork, {
      isLost: () => lost,
      lose: () => {
        lost = true;
      },
    });
  } catch (error) {
    // A database that refuses to begin (read-only, hostile T-R8) is asked again and again: each try must give its place back.
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function begin(
  client: pg.Client,
  onWork: (kind: string) => void,
  { isLost, lose }: { readonly isLost: () => boolean; readonly lose: () => void },
): Promise<Session> {
  await client.connect();
  const { rows } = await client.query<{ number: number }>(`select nextval('worker_number')::integer as number`);
  const number = rows[0]?.number;
  if (number === undefined) throw new Error('no worker number');
  await client.query('select pg_advisory_lock($1, $2)', [WORKER_LOCK_CLASS, number]);
  client.on('notification', ({ payload = '' }) => onWork(payload));
  // A claim is made of index probes. What the statistics of a queue say is often old: planned while it was empty, a scan
  // of the whole table would be kept for the backlog that follows.
  await client.query(`set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_bitmapscan = off;
    set enable_hashjoin = off; set enable_mergejoin = off; set jit = off`);
  await client.query(`listen ${WORK_CHANNEL}`);
  // The process before this one may have been killed an instant ago: what it held is taken up now, not at the next look.
  await freeDeadWorkers(client);
  return {
    number,
    db: {
      query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) => {
        try {
          return await client.query<Row>({ name: nameOf(text), text, values: [...values] });
        } catch (error) {
          // The server says goodbye in answer to a question, an instant before it closes.
          if (!(error instanceof pg.DatabaseError) || error.severity === 'FATAL') lose();
          throw error;
        }
      },
    },
    get lost() {
      return isLost();
    },
    close: () => client.end(),
  };
}
