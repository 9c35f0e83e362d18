/** A worker: claims tasks of the kinds it knows, runs them with bounded concurrency, keeps their leases alive. */
import type { Service } from '../store/circuits.ts';
import type { Pool } from '../store/db.ts';
import { createClaimer, wakeTasks } from './claims.ts';
import { openSession, type Session } from './session.ts';
import {
  Fenced,
  type FreePlaces,
  freeDeadWorkers,
  offerPlaces,
  renewLeases,
  type Task,
  type TaskKind,
} from './tasks.ts';

/** Runs one task. It must end it itself (`completeTask` or `postponeTask`) inside the transaction of its effect. */
export type TaskHandler = (task: Task) => Promise<void>;

/** Runs tasks that were claimed together in one transaction: all end (`completeTasks`), or it rejects and none has. */
export interface BatchHandler {
  readonly most: number;
  /** Where a whole batch fails, its tasks are run one by one. */
  readonly one: TaskHandler;
  readonly all: (tasks: readonly Task[]) => Promise<void>;
}

export type Handlers = Readonly<Partial<Record<TaskKind, TaskHandler | BatchHandler>>>;

export interface WorkerOptions {
  readonly pool: Pool;
  /** For the session that holds this worker's lock and hears of new work. */
  readonly databaseUrl: string;
  readonly handlers: Handlers;
  /** National service that these kinds call: while its circuit is open, they are left alone. */
  readonly service?: Service | undefined;
  readonly concurrency: number;
  /**
   * Tasks that it may hold besides those that it runs, so that the end of one is not always a reason to ask the table: what is
   * handed over, and what a claim takes where the last one left some. They are leased; others have them if it dies.
   */
  readonly ahead?: number;
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
  const { pool, onError, ahead = 0 } = options;
  const kinds = Object.keys(options.handlers) as TaskKind[];
  const alarm = createAlarm();
  /** There was more than places: the end of a task is then a reason to look. Otherwise only what is announced is. */
  let mayBeMore = true;
  /** The last claim left some. */
  let mountain = false;
  const runs = createRuns(options, () => mayBeMore && alarm.ring());
  /** Places kept for tasks whose transaction has not ended. */
  let kept = 0;
  let running = true;
  const claimerOf = ({ db, number }: Session) =>
    createClaimer({ db, kinds, worker: number, leaseMs: options.leaseMs, service: options.service });
  // A program one version older does not say which kind it announces.
  const heard = (kind: string): void => {
    if (kind === '' || kinds.some((known) => known === kind)) alarm.ring();
  };
  let session = await openSession(options.databaseUrl, heard);
  let claimer = claimerOf(session);

  const beat = (): void => {
    renewLeases(pool, session.number, runs.ids(), options.leaseMs).catch((error: unknown) => onError(error));
    freeDeadWorkers(pool)
      .then((freed) => freed > 0 && alarm.ring())
      .catch((error: unknown) => onError(error));
  };
  const heartbeat = setInterval(beat, Math.max(250, Math.round(options.leaseMs / 6)));

  let wokeAt = Number.NEGATIVE_INFINITY;
  /** Claims what can be run now. True when there may be more. */
  const take = async (): Promise<boolean> => {
    const free = options.concurrency - runs.size() - kept;
    if (session.lost) {
      await session.close().catch(() => undefined);
      session = await openSession(options.databaseUrl, heard);
      claimer = claimerOf(session);
    }
    // Whatever rang is looked at when a place is free.
    mayBeMore = true;
    if (free <= 0) return false;
    // Not at each claim: what comes due is not in a hurry, a busy worker is.
    if (performance.now() - wokeAt >= options.pollMs) {
      wokeAt = performance.now();
      await wakeTasks(session.db);
    }
    // A first look leaves to others what this one has no place for.
    const claimed = await claimer.claim(mountain ? free + ahead : free);
    mayBeMore = claimer.leftSome;
    mountain = mayBeMore;
    runs.start(claimed);
    return claimed.length > 0 && mayBeMore;
  };

  /** Only while nothing waits to be claimed: establishments take turns, and what is handed over has no turn. */
  const offer = (count: number): FreePlaces | undefined => {
    const full = runs.size() + kept + count > options.concurrency + ahead;
    if (!running || session.lost || mayBeMore || full) return undefined;
    kept += count;
    const leave = (): void => {
      kept -= count;
      if (mayBeMore) alarm.ring();
    };
    // A worker that has stopped runs nothing more: its lease ends with its session.
    const take = (tasks: readonly Task[]): void => {
      kept -= count;
      if (running) runs.start(tasks);
    };
    return { worker: session.number, leaseMs: options.leaseMs, take, leave };
  };
  const withdraw = offerPlaces(pool, kinds, offer);

  const loop = (async () => {
    while (running) {
      // Set before the look, so that what arrives during it is not slept over.
      const sleep = alarm.set();
      const hadLost = session.lost;
      const more = await take().catch((error: unknown) => {
        // Its number went with it: the next look opens another one, or says why it cannot.
        if (session.lost && !hadLost) return true;
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
      withdraw();
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
  /** Tasks that were claimed together: run as places are free. */
  start(claimed: readonly Task[]): void;
  /** Tasks in progress, and those that wait for a place. */
  size(): number;
  ids(): number[];
  /** Ends what is in progress; what waits does not begin. */
  settled(): Promise<unknown>;
}

/** The tasks in progress, by run: after a lost session the same task may run here twice, the first time for nothing. */
function createRuns({ handlers, onError, concurrency }: WorkerOptions, onEnd: () => void): Runs {
  const inProgress = new Map<Promise<void>, readonly Task[]>();
  const waiting: Job[] = [];
  const runOne = async (handler: TaskHandler, task: Task): Promise<void> => {
    try {
      await handler(task);
    } catch (error) {
      // A fenced task is somebody else's now: nothing was committed here, nothing to report.
      if (!(error instanceof Fenced)) onError(error, task);
    }
  };
  const runAll = async ({ one, all }: BatchHandler, tasks: readonly Task[]): Promise<void> => {
    const done = await all(tasks).then(
      () => true,
      () => false,
    );
    // One of them failed all: alone, it says so itself.
    if (!done) for (const task of tasks) await runOne(one, task);
  };
  const begin = ({ tasks, work }: Job): void => {
    const run = work().finally(() => {
      inProgress.delete(run);
      const next = waiting.shift();
      if (next !== undefined) begin(next);
      else onEnd();
    });
    inProgress.set(run, tasks);
  };
  const start = (tasks: readonly Task[], work: () => Promise<void>): void => {
    if (sizeOf(inProgress.values()) < concurrency) begin({ tasks, work });
    else waiting.push({ tasks, work });
  };
  return {
    start: (claimed) => {
      for (const [kind, tasks] of byKind(claimed)) {
        const handler = handlers[kind];
        if (handler === undefined) throw new Error(`claimed without a handler: ${kind}`);
        if (typeof handler === 'function') for (const task of tasks) start([task], () => runOne(handler, task));
        else
          for (let from = 0; from < tasks.length; from += handler.most) {
            const batch = tasks.slice(from, from + handler.most);
            start(batch, () => runAll(handler, batch));
          }
      }
    },
    size: () => sizeOf(inProgress.values()) + sizeOf(waiting.map(({ tasks }) => tasks)),
    ids: () => [...inProgress.values(), ...waiting.map(({ tasks }) => tasks)].flat().map((task) => task.id),
    settled: () => {
      // Their lease ends with the session.
      waiting.length = 0;
      return Promise.all(inProgress.keys());
    },
  };
}

/** Tasks that begin when a place is free. */
interface Job {
  readonly tasks: readonly Task[];
  readonly work: () => Promise<void>;
}

function sizeOf(lots: Iterable<readonly Task[]>): number {
  return [...lots].reduce((sum, tasks) => sum + tasks.length, 0);
}

function byKind(tasks: readonly Task[]): Map<TaskKind, Task[]> {
  return Map.groupBy(tasks, ({ kind }) => kind);
}
