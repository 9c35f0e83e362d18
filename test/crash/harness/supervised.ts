/** A process under a supervisor, as systemd would hold it: whenever it ends, a new one is started at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';

/** After a start that failed, milliseconds. */
const PAUSE_MS = 200;
/** Beyond so many in a row it will not start at all. */
const MOST_FAILED_STARTS = 50;

export interface Supervised {
  /** What the process of the moment, or the next one, says when its doors are open. Rejects when none ever opens them. */
  whenReady(): Promise<unknown>;
  /** Of the process of the moment. */
  pid(): number;
  /** kill -9; resolves when the process is dead and the next one launched. */
  kill(): Promise<void>;
  /** Times that a process that was ready ended without being told. */
  ownEnds(): readonly string[];
  /** Ends that came before the doors were open: no harm when the database was away. */
  failedStarts(): number;
  /** Clean stop, once for all; how it ended. */
  stop(): Promise<string>;
}

/** Several as one: ready when all are, killed and stopped together. The first gives its pid. */
export function together(all: readonly [Supervised, ...Supervised[]]): Supervised {
  const [first] = all;
  return {
    whenReady: () => Promise.all(all.map((each) => each.whenReady())),
    pid: () => first.pid(),
    async kill() {
      await Promise.all(all.map((each) => each.kill()));
    },
    ownEnds: () => all.flatMap((each) => each.ownEnds()),
    failedStarts: () => all.reduce((sum, each) => sum + each.failedStarts(), 0),
    async stop() {
      const ends = await Promise.all(all.map((each) => each.stop()));
      return ends.find((how) => how !== 'code 0') ?? 'code 0';
    },
  };
}

/** What it writes on its standard error goes to `errorFile`. */
export async function supervise(entry: string, args: readonly string[], errorFile: string): Promise<Supervised> {
  const ownEnds: string[] = [];
  let failedStarts = 0;
  let failedInARow = 0;
  let stopping = false;
  let killed: Child | undefined;
  const launch = (): Promise<Child> => startChild(entry, args, errorFile);
  let current = await launch();
  let launched: (() => void)[] = [];

  const superviseOn = async (): Promise<void> => {
    while (!stopping) {
      const child = current;
      const ready = await child.ready.then(
        () => true,
        () => false,
      );
      if (ready) failedInARow = 0;
      const how = await child.ended;
      if (stopping) return;
      if (child !== killed && ready) ownEnds.push(how);
      if (child !== killed && !ready) {
        failedStarts += 1;
        failedInARow += 1;
        await sleep(PAUSE_MS);
      }
      if (stopping) return;
      current = await launch();
      for (const tell of launched) tell();
      launched = [];
    }
  };
  const supervised = superviseOn();
  let stopped: Promise<string> | undefined;
  const stopOnce = async (): Promise<string> => {
    stopping = true;
    current.kill('SIGTERM');
    const how = await current.ended;
    await supervised;
    return how;
  };

  return {
    async whenReady() {
      for (;;) {
        const child = current;
        const opened = await child.ready.then(
          () => true,
          () => false,
        );
        if (opened && child === current) return child.ready;
        if (failedInARow > MOST_FAILED_STARTS) throw new Error(`it does not start: see ${errorFile}`);
        await sleep(10);
      }
    },
    async kill() {
      killed = current;
      const next = new Promise<void>((resolve) => launched.push(resolve));
      current.kill('SIGKILL');
      await next;
    },
    pid: () => current.pid,
    ownEnds: () => ownEnds,
    failedStarts: () => failedStarts,
    stop() {
      stopped ??= stopOnce();
      return stopped;
    },
  };
}
