/** Wiring only: a configuration becomes a running process of the gateway, in all its roles or some. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { Config } from './config/schema.ts';
import type { ReplayDesk } from './console/replay-page.ts';
import { declareConfigured } from './diffusion/index.ts';
import { createMeasures } from './indicators/measures.ts';
import { declareConfiguredMailboxes } from './mssante/index.ts';
import { startRecorder } from './observatory/index.ts';
import { createChannels, createDoorWatch, createWatch } from './operations/index.ts';
import type { UseCaseContext } from './queue/context.ts';
import { createStops, type Stops } from './queue/stops.ts';
import { type Doors, openDoors } from './roles/doors.ts';
import { startHouseClock } from './roles/house-clock.ts';
import { startHttp } from './roles/http.ts';
import { processName, startPresence } from './roles/presence.ts';
import { ROLES, type Role } from './roles/role.ts';
import type { Surroundings } from './roles/surroundings.ts';
import { startWork } from './roles/work.ts';
import { openPool } from './store/db.ts';
import { createKeptBytes } from './store/kept.ts';
import { migrate } from './store/migrate.ts';

export interface Gateway {
  readonly context: UseCaseContext;
  /** The API and the console in the role `console`; how the process is, in any. */
  readonly http: { readonly url: string };
  /** Without the role `intake`, no door is open. */
  readonly mllp: Doors['mllp'] | undefined;
  readonly mllps: Doors['mllps'];
  readonly legacy: Doors['legacy'];
  /** Stops taking in, lets what is in progress end, closes everything. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** All by default. */
  readonly roles?: readonly Role[];
  /** What day it is, from the time of the house: a replay lives on other days. Queue and leases keep the time of the database. */
  readonly calendar?: (house: Date) => Date;
  /** By whom the console may have a transition replayed. */
  readonly replay?: ReplayDesk;
}

/** Connections of a process, besides those of the tasks in progress: 2 committers, refusals and flows; API and console; 2 for a folder. */
const SPARE_CONNECTIONS: Readonly<Record<Role, number>> = { intake: 4, worker: 4, console: 6 };
/** Of the documents on their way: 300 of 200 KB, before what is decoded of them. A backlog is read from the database. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** Between two writings of what the doors have seen. */
const COUNT_EVERY_MS = 1_000;

/** Starts one process. Rejects, leaving nothing running, when a port is taken, a certificate unusable or the database closed to this version. */
export async function startGateway(
  config: Config,
  databaseUrl: string,
  log: Logger,
  { roles = ROLES, calendar = (house) => house, replay }: GatewayOptions = {},
): Promise<Gateway> {
  const own = log.child({ process: processName() });
  const stops = createStops((error) => own.error({ err: error }, 'a part of the gateway did not stop cleanly'));
  try {
    return await start(config, databaseUrl, own, { roles, calendar, replay }, stops);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function start(
  config: Config,
  databaseUrl: string,
  log: Logger,
  { roles, calendar, replay }: Required<Omit<GatewayOptions, 'replay'>> & { readonly replay: ReplayDesk | undefined },
  stops: Stops,
): Promise<Gateway> {
  const pool = openPool(databaseUrl, connectionsOf(config, roles), (error) =>
    log.warn({ err: error }, 'database connection lost'),
  );
  stops.add(() => pool.end());
  await migrate(pool);
  const clock = await startHouseClock(pool);
  const now = (): Date => calendar(clock.now());
  const observer = startRecorder(pool, COUNT_EVERY_MS, (error) => log.error({ err: error }, 'traffic not counted'));
  stops.add(() => observer.stop());
  const context: UseCaseContext = {
    config,
    pool,
    now,
    newUuid: randomUUID,
    log,
    kept: createKeptBytes(KEPT_BYTES),
    seenHealthy: new Map(),
    observer,
  };
  await declareConfigured(context);
  await declareConfiguredMailboxes(context);
  const presence = startPresence(pool, { roles, version: config.software.version }, clock, (error) =>
    log.warn({ err: error }, 'no sign of life given'),
  );
  stops.add(() => presence.leave());
  await presence.become('starting');
  const metrics = new Registry();
  const about: Surroundings = { measures: createMeasures(metrics), doorWatch: createDoorWatch(now) };
  const watch = createWatch(context, { channels: createChannels(config.alerts), door: about.doorWatch });
  stops.add(() => watch.stop());
  if (roles.includes('worker')) await startWork(context, databaseUrl, about.measures, stops);
  const http = await startHttp(context, { roles, metrics, about, presence, replay });
  stops.add(() => http.app.close());
  const doors = roles.includes('intake') ? await openDoors(context, about, stops) : undefined;
  await presence.become('ready');
  return {
    context,
    http: { url: http.url },
    mllp: doors?.mllp,
    mllps: doors?.mllps,
    legacy: doors?.legacy,
    stop: async () => {
      await presence.become('stopping');
      // A balancer sees /readyz first, and sends nobody here any more.
      await sleep(config.processes.announceMs);
      await stops.run();
    },
  };
}

function connectionsOf({ workers, dmp, sources }: Config, roles: readonly Role[]): number {
  const tasks = roles.includes('worker') ? workers.concurrency + (dmp?.connections ?? 0) : 0;
  const folders = roles.includes('intake') ? 2 * sources.filter(({ watchedFolder }) => watchedFolder).length : 0;
  return roles.reduce((sum, role) => sum + SPARE_CONNECTIONS[role], tasks + folders);
}
