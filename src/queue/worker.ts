/** A worker: claims tasks of the kinds it knows, runs them with bounded concurrency, keeps their leases alive. */
import pg from 'pg';
import type { Pool } from '../store/db.ts';
import {
  claimTasks,
  Fenced,
  freeDeadWorkers,
  renewLeases,
  type Task,
  type TaskKind,
  WORK_CHANNEL,
  WORKER_LOCK_CLASS,
} from './tasks.ts';

/** Runs one task. It must end it itself (`completeTask` or `postponeTask`) inside the transaction of its effect. */
export type TaskHandler = (task: Task) => Promise<void>;

export interface WorkerOptions {
  readonly pool: Pool;
  /** For the session that holds this worker's lock and hears of new work. */
  readonly databaseUrl: string;
  readonly handlers: Readonly<Partial<Record<TaskKind, TaskHandler>>>;
  readonly concurrency: number;
  readonly leaseMs: number;
  /** How often the table is read when nobody announced anything (retries that come due). */
  readonly pollMs: number;
  /** An unexpected error of a handler: the task comes back when its lease ends. */
  readonly onError: (error: unknown, task?: Task) => void;
}

export interface Worker {
  readonly number: number;
  /** Stops claiming, lets the tasks in progress end, then releases the session. */
  stop(): Promise<void>;
}

export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { pool, handlers, onError } = options;
  const kinds = Object.keys(handlers) as TaskKind[];
  let running = true;
  let wake: () => void = () => undefined;
  /** By run: after a lost session the same task may run here twice, the first time for nothing. */
  const inProgress = new Map<Promise<void>, Task>();
  let session = await openSession(options.databaseUrl, () => wake());

  const runOne = async (task: Task): Promise<void> => {
    try {
      await handlers[task.kind]?.(task);
    } catch (error) {
      // A fenced task is somebody else's now: nothing was committed here, nothing to report.
      if (!(error instanceof Fenced)) onError(error, task);
    }
  };

  const start = (task: Task): void => {
    const run = runOne(task).finally(() => {
      inProgress.delete(run);
      wake();
    });
    inProgress.set(run, task);
  };

  const heartbeat = setInterval(
    () => {
      const ids = [...inProgress.values()].map((task) => task.id);
      renewLeases(pool, session.number, ids, options.leaseMs).catch((error: unknown) => onError(error));
      freeDeadWorkers(pool)
        .then((freed) => freed > 0 && wake())
        .catch((error: unknown) => onError(error));
    },
    Math.max(250, Math.round(options.leaseMs / 6)),
  );

  const loop = (async () => {
    while (running) {
      let claimed: Task[] = [];
      const asleep = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const free = options.concurrency - inProgress.size;
      try {
        if (session.lost) session = await openSession(options.databaseUrl, () => wake());
        if (free > 0)
          claimed = await claimTasks(pool, { kinds, worker: session.number, limit: free, leaseMs: options.leaseMs });
      } catch (error) {
        onError(error);
      }
      for (const task of claimed) start(task);
      if (claimed.length === free && free > 0) continue;
      const timer = setTimeout(wake, options.pollMs);
      await asleep;
      clearTimeout(timer);
    }
  })();

  return {
    get number() {
      return session.number;
    },
    async stop() {
      running = false;
      wake();
      await loop;
      await Promise.all(inProgress.keys());
      clearInterval(heartbeat);
      await session.close();
    },
  };
}

interface Session {
  readonly number: number;
  readonly lost: boolean;
  close(): Promise<void>;
}

/** One dedicated connection: while it lives, the advisory lock tells other processes that this worker does too. */
async function openSession(url: string, onWork: () => void): Promise<Session> {
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
