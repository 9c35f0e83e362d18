/** Our queue as the gateway runs it: workers that claim, fetch the message and complete the task in its transaction. */
import { setTimeout as sleep } from 'node:timers/promises';
import { completeTasks, type Task, WORK_CHANNEL } from '../../src/queue/tasks.ts';
import { startWorker } from '../../src/queue/worker.ts';
import { openPool, transaction } from '../../src/store/db.ts';
import { loadMessages } from '../../src/store/messages.ts';
import { migrate } from '../../src/store/migrate.ts';
import { BODIES, type Queue, type QueueShape } from './shape.ts';

const LEASE_MS = 15_000;
/** That of a gateway. */
const POLL_MS = 500;
const STORE = `insert into inbound_message (received_at, transport, peer, sender, control_id, digest, kind, body, state)
  select now(), 'mllp', '', '', 'M' || number, '\\x00', 'MDM^T02', $1, 'accepted' from generate_series(1, $2::int) as number`;
/** Each job has an order key of its own, as messages of as many patients. */
const ADD = `insert into task (kind, subject, order_key)
  select 'message', ($2::text[])[1 + number % array_length($2::text[], 1)], 'patient:' || number from generate_series(1, $1::int) as number`;

/** As T-R7 has them: another establishment's, the heads a day away. */
const HEADS = `insert into task (kind, subject, order_key, lane, run_at, state)
  select 'message', '0', 'blocked:' || n, 'blocked', now() + interval '1 day', 'waiting' from generate_series(0, $1::int / 2) n`;
const BEHIND = `insert into task (kind, subject, order_key, lane)
  select 'message', '0', 'blocked:' || greatest(0, n - $1::int / 2), 'blocked' from generate_series(1, $1::int) n`;

export async function ourQueue(databaseUrl: string, { workers, batch, body }: QueueShape): Promise<Queue> {
  const pool = openPool(databaseUrl, workers * batch + 2, () => undefined);
  await migrate(pool);
  await pool.query(STORE, [body, BODIES]);
  const { rows } = await pool.query<{ id: string }>('select id::text as id from inbound_message');
  const subjects = rows.map(({ id }) => id);
  const gate = createGate();
  let ended: (tookMs: number, jobs: number) => void = () => undefined;
  // As the gateway reads messages: those claimed together in one transaction.
  const all = async (tasks: readonly Task[]): Promise<void> => {
    await gate.enter();
    const startedAt = performance.now();
    await loadMessages(
      pool,
      tasks.map(({ subject }) => Number(subject)),
    );
    await transaction(pool, (tx) => completeTasks(tx, tasks));
    gate.leave();
    ended(performance.now() - startedAt, tasks.length);
  };
  const claim = { most: batch, all, one: (task: Task) => all([task]) };
  // Once, as in a gateway: sessions, statements and plans are those of a process that runs all day.
  const running = await Promise.all(
    Array.from({ length: workers }, () =>
      startWorker({
        pool,
        databaseUrl,
        // The kinds that share a worker in the gateway: the claim has to look for all of them.
        handlers: { message: claim, document: claim, release: claim, answer: claim },
        concurrency: batch,
        leaseMs: LEASE_MS,
        pollMs: POLL_MS,
        onError: (error: unknown) => {
          throw error;
        },
      }),
    ),
  );
  let analyzed = false;
  return {
    add: async (jobs) => {
      await pool.query(ADD, [jobs, subjects]);
      if (!analyzed) await pool.query('analyze task');
      analyzed = true;
    },
    drain: async (stopped, done) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      ended = (tookMs, jobs) => {
        for (let index = 0; index < jobs; index++) done(tookMs);
        if (stopped()) gate.close();
        if (stopped() && gate.inside() === 0) resolve();
      };
      gate.open();
      await pool.query(`select pg_notify('${WORK_CHANNEL}', 'message')`);
      await promise;
    },
    block: async (jobs) => {
      await pool.query(HEADS, [jobs]);
      await pool.query(BEHIND, [jobs]);
      await pool.query('analyze task');
      await pool.query(`select pg_notify('${WORK_CHANNEL}', 'message')`);
      const ready = `select 1 from task where lane = 'blocked' and state = 'ready' limit 1`;
      while ((await pool.query(ready)).rowCount !== 0) await sleep(50);
    },
    close: async () => {
      ended = () => undefined;
      gate.open();
      await pool.query('truncate task');
      await Promise.all(running.map((worker) => worker.stop()));
      await pool.end();
    },
  };
}

/** Between two windows what has been claimed waits before it begins. */
function createGate() {
  let inside = 0;
  let way = Promise.withResolvers<void>();
  let closed = true;
  return {
    enter: async (): Promise<void> => {
      while (closed) await way.promise;
      inside += 1;
    },
    leave: (): void => {
      inside -= 1;
    },
    inside: (): number => inside,
    open: (): void => {
      closed = false;
      way.resolve();
    },
    close: (): void => {
      if (closed) return;
      closed = true;
      way = Promise.withResolvers();
    },
  };
}
