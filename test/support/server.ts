/** An embedded PostgreSQL for tests, in a temporary folder. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server's folder is its own and is removed when it stops. */
export async function startTestServer(log: (line: string) => void): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-test-'));
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
