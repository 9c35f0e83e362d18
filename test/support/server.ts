/** An embedded PostgreSQL for tests, in a temporary folder. */
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server's folder is its own and is removed when it stops. */
export async function startTestServer(log: (line: string) => void): Promise<TestServer> {
  const folder = await mkdtemp(join(await placeForDatabases(), 'tdu-test-'));
  // Open to the server's unprivileged account when the tests run as root.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({ directory: join(folder, 'postgres'), log });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
      if (!server.directory.startsWith(folder)) await rm(server.directory, { recursive: true, force: true });
    },
  };
}

const MEMORY = '/dev/shm';
/** What all tests at once and their log of changes take is about half of it. */
const ROOM_BYTES = 4 * 1024 ** 3;

/**
 * In memory where there is room: each test makes a database and drops it, and each of these waits for the disk, up to 1.3 s on a
 * busy one. The settings are those of production; what a kill leaves is the subject of `test/crash`, on a disk.
 */
async function placeForDatabases(): Promise<string> {
  const shared = await statfs(MEMORY).catch(() => undefined);
  const room = shared === undefined ? 0 : Math.min(shared.bavail * shared.bsize, freemem());
  return room > ROOM_BYTES ? MEMORY : tmpdir();
}
