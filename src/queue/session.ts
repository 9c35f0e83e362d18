/** The session of a worker: other processes see by it that the worker lives. */
import pg from 'pg';
import { freeDeadWorkers, WORK_CHANNEL, WORKER_LOCK_CLASS } from './tasks.ts';

/** What a living worker holds: its number, under an advisory lock, and an ear for new work. */
export interface Session {
  readonly number: number;
  readonly lost: boolean;
  close(): Promise<void>;
}

/** One dedicated connection: while it lives, the advisory lock tells other processes that this worker does too. */
export async function openSession(url: string, onWork: () => void): Promise<Session> {
  const client = new pg.Client({ connectionString: url });
  let lost = false;
  client.on('error', () => {
    lost = true;
  });
  client.on('end', () => {
    lost = true;
  });
  await client.connect();
  const { rows } = await client.query<{ number: number }>(`select nextval('worker_number')::integer as number`);
  const number = rows[0]?.number;
  if (number === undefined) throw new Error('no worker number');
  await client.query('select pg_advisory_lock($1, $2)', [WORKER_LOCK_CLASS, number]);
  client.on('notification', onWork);
  await client.query(`listen ${WORK_CHANNEL}`);
  // The process before this one may have been killed an instant ago: what it held is taken up now, not at the next look.
  await freeDeadWorkers(client);
  return {
    number,
    get lost() {
      return lost;
    },
    close: () => client.end(),
  };
}
