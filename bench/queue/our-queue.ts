/** Our queue as the gateway runs it: workers that claim, fetch the message and complete the task in its transaction. */
import { completeTask, WORK_CHANNEL } from '../../src/queue/tasks.ts';
import { startWorker, type TaskHandler } from '../../src/queue/worker.ts';
import { openPool, transaction } from '../../src/store/db.ts';
import { loadMessage } from '../../src/store/messages.ts';
import { migrate } from '../../src/store/migrate.ts';
import { BODIES, type Queue, type QueueShape } from './shape.ts';

const LEASE_MS = 15_000;
const POLL_MS = 20;
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
  return {
    add: async (jobs) => {
      await pool.query(ADD, [jobs, subjects]);
      await pool.query('analyze task');
    },
    drain: async (stopped, done) => {
      let finished: () => void = () => undefined;
      const end = new Promise<void>((resolve) => {
        finished = resolve;
      });
      const handler: TaskHandler = async (task) => {
        const startedAt = performance.now();
        await loadMessage(pool, Number(task.subject));
        await transaction(pool, (tx) => completeTask(tx, task));
        done(performance.now() - startedAt);
        if (stopped()) finished();
      };
      const options = {
        pool,
        databaseUrl,
        // The kinds that share a worker in the gateway: the claim has to look for all of them.
        handlers: { message: handler, document: handler, release: handler, answer: handler },
        concurrency: batch,
        leaseMs: LEASE_MS,
        pollMs: POLL_MS,
        onError: (error: unknown) => {
          throw error;
        },
      };
      const running = await Promise.all(Array.from({ length: workers }, () => startWorker(options)));
      await pool.query(`select pg_notify('${WORK_CHANNEL}', '')`);
      await end;
      await Promise.all(running.map((worker) => worker.stop()));
    },
    clear: async () => {
      await pool.query('truncate task');
    },
    close: () => pool.end(),
  };
}
