/** Our queue as the gateway runs it: workers that claim, fetch the message and complete the task in its transaction. */
import { completeTasks, type Task, WORK_CHANNEL } from '../../src/queue/tasks.ts';
import { startWorker, type Worker } from '../../src/queue/worker.ts';
import { openPool, transaction } from '../../src/store/db.ts';
import { loadMessages } from '../../src/store/messages.ts';
import { migrate } from '../../src/store/migrate.ts';
import { BODIES, type Queue, type QueueShape } from './shape.ts';

const LEASE_MS = 15_000;
/** Nothing comes due: what is added is announced, and taken from then on. */
const POLL_MS = 600_000;
const STORE = `insert into inbound_message (received_at, transport, peer, sender, control_id, digest, kind, body, state)
  select now(), 'mllp', '', '', 'M' || number, '\\x00', 'MDM^T02', $1, 'accepted' from generate_series(1, $2::int) as number`;
/** Each job has an order key of its own, as messages of as many patients. */
const ADD = `insert into task (kind, subject, order_key)
  select 'message', ($2::text[])[1 + number % array_length($2::text[], 1)], 'patient:' || number from generate_series(1, $1::int) as number`;

export async function ourQueue(databaseUrl: string, { workers, batch, body }: QueueShape): Promise<Queue> {
  const pool = openPool(databaseUrl, workers * batch + 2, () => undefined);
  await migrate(pool);
  await pool.query(STORE, [body, BODIES]);
  const { rows } = await pool.query<{ id: string }>('select id::text as id from inbound_message');
  const subjects = rows.map(({ id }) => id);
  let running: Worker[] = [];
  let ended: (tookMs: number, jobs: number) => void = () => undefined;
  // As the gateway reads messages: those claimed together in one transaction.
  const all = async (tasks: readonly Task[]): Promise<void> => {
    const startedAt = performance.now();
    await loadMessages(
      pool,
      tasks.map(({ subject }) => Number(subject)),
    );
    await transaction(pool, (tx) => completeTasks(tx, tasks));
    ended(performance.now() - startedAt, tasks.length);
  };
  return {
    add: async (jobs) => {
      await pool.query(ADD, [jobs, subjects]);
      await pool.query('analyze task');
    },
    open: async () => {
      const claim = { most: batch, all, one: (task: Task) => all([task]) };
      running = await Promise.all(
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
    },
    drain: async (stopped, done) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      ended = (tookMs, jobs) => {
        for (let index = 0; index < jobs; index++) done(tookMs);
        if (stopped()) resolve();
      };
      await pool.query(`select pg_notify('${WORK_CHANNEL}', '')`);
      await promise;
      await Promise.all(running.map((worker) => worker.stop()));
    },
    clear: async () => {
      await pool.query('truncate task');
    },
    close: () => pool.end(),
  };
}
