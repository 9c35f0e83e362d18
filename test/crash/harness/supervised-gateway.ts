/** The gateway under a supervisor, as systemd would hold it: whenever its process ends, a new one is started at once. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';

const ENTRY = join(import.meta.dirname, 'gateway-process.ts');
/** After a start that failed, milliseconds. */
const PAUSE_MS = 200;
/** Beyond so many in a row it will not start at all. */
const MOST_FAILED_STARTS = 50;

export interface SupervisedGateway {
  /** Resolves when the process of the moment, or the next one, has opened its doors. Rejects when none ever does. */
  whenReady(): Promise<void>;
  /** kill -9; resolves when the process is dead and the next one launched. */
  kill(): Promise<void>;
  /** Times that a gateway that was ready ended without being told. */
  ownEnds(): readonly string[];
  /** Ends that came before the doors were open: no harm when the database was away. */
  failedStarts(): number;
  /** Clean stop, once for all; how it ended. */
  stop(): Promise<string>;
}

export async function superviseGateway(configFile: string, logFile: string): Promise<SupervisedGateway> {
  const ownEnds: string[] = [];
  let failedStarts = 0;
  let failedInARow = 0;
  let stopping = false;
  let killed: Child | undefined;
  const launch = (): Promise<Child> => startChild(ENTRY, [configFile, logFile], `${logFile}.err`);
  let current = await launch();
  let launched: (() => void)[] = [];

  const supervise = async (): Promise<void> => {
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
  const supervised = supervise();
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
        if (opened && child === current) return;
        if (failedInARow > MOST_FAILED_STARTS) throw new Error('the gateway does not start: see gateway.log.err');
        await sleep(10);
      }
    },
    async kill() {
      killed = current;
      const next = new Promise<void>((resolve) => launched.push(resolve));
      current.kill('SIGKILL');
      await next;
    },
    ownEnds: () => ownEnds,
    failedStarts: () => failedStarts,
    stop() {
      stopped ??= stopOnce();
      return stopped;
    },
  };
}
