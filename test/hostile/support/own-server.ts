/** A demonstration whose PostgreSQL is its own, in a folder of its own: something is about to be done to it. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigInput } from '../../../src/config/schema.ts';
import { createStops, type Stops } from '../../../src/queue/stops.ts';
import { startEmbeddedPostgres } from '../../../src/store/embedded/embedded-postgres.ts';
import { admission } from '../../journeys/messages.fixture.ts';
import { PAT_TROIS } from '../../journeys/people.fixture.ts';
import { qualified } from '../../journeys/waiting.fixture.ts';
import { demoKeysIn } from '../../support/demo-keys.ts';
import { type Demonstration, type Place, startTestDemonstration } from '../../support/demonstration.ts';

export interface OwnPlace extends Place {
  readonly folder: string;
  /** What the supervision of the server said. */
  readonly serverLog: readonly string[];
}

/** Runs `work`, then stops what was started, the last first: nothing may still write when a volume is taken away. */
export async function withStops<T>(work: (stops: Stops) => Promise<T>): Promise<T> {
  const failures: unknown[] = [];
  const stops = createStops((error) => failures.push(error));
  let value: T;
  try {
    value = await work(stops);
  } finally {
    await stops.run();
  }
  if (failures.length > 0) throw failures[0];
  return value;
}

/** `megabytes`: on a volume of this size, which has to be mounted. */
export async function openOwnPlace(stops: Stops, megabytes?: number): Promise<OwnPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-hostile-'));
  stops.add(() => rm(folder, { recursive: true, force: true }));
  // The embedded server's own account has to cross this folder.
  await chmod(folder, 0o711);
  if (megabytes !== undefined) {
    mount(folder, `size=${megabytes}m,mode=0711`);
    stops.add(() => execFileSync('umount', ['-l', folder]));
  }
  const serverLog: string[] = [];
  const server = await startEmbeddedPostgres({
    directory: join(folder, 'postgres'),
    log: (line) => serverLog.push(line),
  });
  stops.add(async () => {
    await server.stop();
    if (!server.directory.startsWith(folder)) await rm(server.directory, { recursive: true, force: true });
  });
  if (megabytes !== undefined && !server.directory.startsWith(folder))
    throw new Error('the database is not on the small volume');
  const pki = await demoKeysIn(join(folder, 'pki'));
  return { folder, serverLog, data: folder, databaseUrl: server.url, pki, remove: async () => undefined };
}

function mount(folder: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
}

/** Why a small volume cannot be mounted here; undefined when it can. */
export async function noSmallVolume(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-volume-'));
  try {
    mount(folder, 'size=1m');
    execFileSync('umount', ['-l', folder]);
    return undefined;
  } catch (error) {
    return `no small volume can be mounted here (${error instanceof Error ? error.message.split('\n')[0] : ''})`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Started there, its one patient qualified. */
export async function demonstrationOf(
  stops: Stops,
  place: Place,
  adjust: (config: ConfigInput) => ConfigInput,
): Promise<Demonstration> {
  const demonstration = await startTestDemonstration({ place, adjust });
  stops.add(() => demonstration.stop());
  await demonstration.send(admission(PAT_TROIS).bytes);
  await qualified(demonstration, PAT_TROIS.ipp);
  return demonstration;
}
