/** A worker: claims tasks of the kinds it knows, runs them with bounded concurrency, keeps their leases alive. */
import type { Pool } from '../store/db.ts';
import { openSession } from './session.ts';
import { claimTasks, Fenced, freeDeadWorkers, renewLeases, type Task, type TaskKind } from './tasks.ts';

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
  const { pool, onError } = options;
  const kinds = Object.keys(options.handlers) as TaskKind[];
  const alarm = createAlarm();
  const runs = createRuns(options, alarm.ring);
  let running = true;
  let session = await openSession(options.databaseUrl, alarm.ring);

  const beat = (): void => {
    renewLeases(pool, session.number, runs.ids(), options.leaseMs).catch((error: unknown) => onError(error));
    freeDeadWorkers(pool)
      .then((freed) => freed > 0 && alarm.ring())
      .catch((error: unknown) => onError(error));
  };
  const heartbeat = setInterval(beat, Math.max(250, Math.round(options.leaseMs / 6)));

  /** Claims what can be run now. True when there may be more. */
  const take = async (): Promise<boolean> => {
    const free = options.concurrency - runs.size();
    if (session.lost) session = await openSession(options.databaseUrl, alarm.ring);
    if (free === 0) return false;
    const claimed = await claimTasks(pool, { kinds, worker: session.number, limit: free, leaseMs: options.leaseMs });
    for (const task of claimed) runs.start(task);
    return claimed.length === free;
  };

  const loop = (async () => {
    while (running) {
      // Set before the look, so that what arrives during it is not slept over.
      const sleep = alarm.set();
      const more = await take().catch((error: unknown) => {
        onError(error);
        return false;
      });
      if (!more) await sleep(options.pollMs);
    }
  })();

  return {
    get number() {
      return session.number;
    },
    async stop() {
      running = false;
      alarm.ring();
      await loop;
      await runs.settled();
      clearInterval(heartbeat);
      await session.close();
    },
  };
}

interface Alarm {
  /** From now on a ring is heard; the sleep then ends with it at once, or after this time. */
  set(): (withinMs: number) => Promise<void>;
  ring(): void;
}

function createAlarm(): Alarm {
  let wake: () => void = () => undefined;
  return {
    set: () => {
      const rung = new Promise<void>((resolve) => {
        wake = resolve;
      });
      return async (withinMs) => {
        const timer = setTimeout(wake, withinMs);
        await rung;
        clearTimeout(timer);
      };
    },
    ring: () => wake(),
  };
}

interface Runs {
  start(task: Task): void;
  size(): number;
  ids(): number[];
  settled(): Promise<unknown>;
}

/** The tasks in progress, by run: after a lost session the same task may run here twice, the first time for nothing. */
function createRuns({ handlers, onError }: WorkerOptions, onEnd: () => void): Runs {
  const inProgress = new Map<Promise<void>, Task>();
  const runOne = async (task: Task): Promise<void> => {
    try {
      await handlers[task.kind]?.(task);
    } catch (error) {
      // A fenced task is somebody else's now: nothing was committed here, nothing to report.
      if (!(error instanceof Fenced)) onError(error, task);
    }
  };
  return {
    start: (task) => {
      const run = runOne(task).finally(() => {
        inProgress.delete(run);
        onEnd();
      });
      inProgress.set(run, task);
    },
    size: () => inProgress.size,
    ids: () => [...inProgress.values()].map((task) => task.id),
    settled: () => Promise.all(inProgress.keys()),
  };
}
