/** The watch: each process looks every few seconds; what it finds is settled once for all of them. */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UseCaseContext } from '../../queue/context.ts';
import { beat } from '../../store/observations.ts';
import type { Channels } from './channels.ts';
import { machineScope, SHARED_SCOPE, settleScope } from './engine.ts';
import { createLocalAlarm } from './local-alarm.ts';
import { type DoorWatch, machineFindings } from './machine-findings.ts';
import { sharedFindings } from './shared-findings.ts';
import { createSlowLook } from './slow-findings.ts';

export interface Watch {
  /** Looks now: what the timer does. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/** SQLSTATE of what the server cannot store: resources, read-only, input and output, shut down. */
const STORAGE = /^(53|58|57P|25006|08)/;
/** A database that is frozen neither answers nor refuses. */
const BEAT_WITHIN_MS = 5_000;

export function createWatch(
  context: UseCaseContext,
  { channels, door, machine = hostname() }: { channels: Channels; door: DoorWatch; machine?: string },
): Watch {
  const { pool, log, config } = context;
  const alarm = createLocalAlarm(context, channels, machine);
  const slowLook = createSlowLook(context);
  let running: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    const started = context.now().getTime();
    let databaseClock: Date;
    try {
      databaseClock = await within(BEAT_WITHIN_MS, beat(pool, machine));
    } catch (error) {
      return alarm.away(codeOf(error));
    }
    const localClock = new Date((started + context.now().getTime()) / 2);
    try {
      await settle(databaseClock, localClock);
    } catch (error) {
      // A row that has its place is still written on a full disk: the beat says less than what needs a new page.
      if (STORAGE.test(codeOf(error))) return alarm.away(codeOf(error));
      throw error;
    }
    await alarm.back();
  };
  const settle = async (databaseClock: Date, localClock: Date): Promise<void> => {
    await settleScope(context, machineScope(machine), async () => ({
      findings: await machineFindings(context, machine, { door, databaseClock, localClock }),
      undetermined: [],
    }));
    await settleScope(context, SHARED_SCOPE, async () => {
      const slow = await slowLook();
      return { findings: [...(await sharedFindings(context)), ...slow.findings], undetermined: slow.undetermined };
    });
  };
  const timer = setInterval(() => {
    running ??= look()
      .catch((error: unknown) => log.error({ err: error }, 'the watch could not look'))
      .finally(() => {
        running = undefined;
      });
  }, config.alerts.everyMs);
  return {
    look,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).then((): never => {
    throw Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
  });
  // Whichever comes second has nobody waiting for it.
  work.catch(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/** `ECONNREFUSED`, or the SQLSTATE: 53100 disk full, 25006 read only. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'inconnue';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
