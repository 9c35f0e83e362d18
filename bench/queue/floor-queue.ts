/** The floor: no order, no fencing, no wake-up; two commits for a whole batch. Same shape as ../../shared/bench/queue-floor. */
import { openPool } from '../../src/store/db.ts';
import { BODIES, type Queue, type QueueShape } from './shape.ts';

const SCHEMA = `
  create table body (id bigint primary key, bytes bytea not null);
  alter table body alter column bytes set storage external;
  create table job (id bigint generated always as identity primary key, body bigint not null,
    state smallint not null default 0, lease timestamptz, tries smallint not null default 0) with (fillfactor = 80);
  create index job_ready on job (id) where state = 0`;
const CLAIM = `update job set state = 1, lease = now() + interval '1 min', tries = tries + 1
  where id in (select id from job where state = 0 order by id limit $1 for update skip locked) returning id, body`;

export async function floorQueue(databaseUrl: string, { workers, batch, body }: QueueShape): Promise<Queue> {
  const pool = openPool(databaseUrl, workers, () => undefined);
  await pool.query(SCHEMA);
  await pool.query('insert into body select number, $1 from generate_series(0, $2::int - 1) as number', [body, BODIES]);
  const drainOne = async (stopped: () => boolean, done: (tookMs: number) => void): Promise<void> => {
    while (!stopped()) {
      const claimedAt = performance.now();
      const claimed = await pool.query<{ id: number; body: number }>({ name: 'claim', text: CLAIM, values: [batch] });
      if (claimed.rows.length === 0) return;
      await pool.query({
        name: 'fetch',
        text: 'select job.id, bytes from job join body on body.id = job.body where job.id = any($1)',
        values: [claimed.rows.map(({ id }) => id)],
      });
      await pool.query({
        name: 'done',
        text: 'update job set state = 2, lease = null where id = any($1)',
        values: [claimed.rows.map(({ id }) => id)],
      });
      for (let index = 0; index < claimed.rows.length; index++) done(performance.now() - claimedAt);
    }
  };
  let analyzed = false;
  return {
    add: async (jobs) => {
      await pool.query('insert into job (body) select number % $2 from generate_series(1, $1::int) as number', [
        jobs,
        BODIES,
      ]);
      if (!analyzed) await pool.query('analyze job');
      analyzed = true;
    },
    drain: async (stopped, done) => {
      await Promise.all(Array.from({ length: workers }, () => drainOne(stopped, done)));
    },
    close: () => pool.end(),
  };
}
