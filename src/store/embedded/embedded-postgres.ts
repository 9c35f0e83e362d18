/** PostgreSQL embedded in the gateway: made, started, watched, started again when it dies, stopped with it. */
import { mkdir, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { serverHome } from './account.ts';
import { findPlatformPackage, installPrograms } from './binaries.ts';
import { claimFolder } from './claim.ts';
import { ensureCluster, ROLE, readAccess, socketFolder, writeAccess } from './cluster.ts';
import { stopServers } from './processes.ts';
import { launchServer, ServerNotStarted, type ServerProcess } from './server.ts';

const DATABASE = 'traitdunion';
/**
 * Pauses before each new start of a server that died, milliseconds; the last one again and again: once a full disk has
 * room, the server comes back by itself (hostile T-R8), and until then it is not started in a loop.
 */
const RESTART_PAUSES = [0, 500, 1_000, 2_000, 5_000] as const;
const STEADY_PAUSE_MS = 10_000;
/** A server that lived this long starts the count again, milliseconds. */
const STABLE_AFTER_MS = 60_000;

export interface EmbeddedPostgres {
  /**
   * `postgres://…@127.0.0.1:port/traitdunion?host=folder of its local socket`, with its password: never log it. The same for the
   * server's whole life.
   */
  readonly url: string;
  /** Of the server that runs now: it changes when a server that died was started again. */
  readonly pid: number;
  /** Where data and programs are: the asked folder, or its home under /var/lib/traitdunion (see `account.ts`). */
  readonly directory: string;
  /** Fast shutdown: open transactions are rolled back, everything committed is kept. */
  stop(): Promise<void>;
}

/**
 * Starts the server of `directory`, making it on first use, and stops first the one that a killed gateway may have left.
 * `port` 0 or absent: the last one used, else any free one. Throws, in French for the operator, when this platform has
 * no embedded server, when the folder is in use by another gateway, or when the server does not start.
 */
export async function startEmbeddedPostgres(options: {
  directory: string;
  log: (line: string) => void;
  port?: number;
}): Promise<EmbeddedPostgres> {
  const source = await findPlatformPackage();
  await mkdir(options.directory, { recursive: true, mode: 0o711 });
  const directory = await realpath(options.directory);
  const release = await claimFolder(directory);
  try {
    const where = await serverHome(directory, options.log);
    const programs = await installPrograms(source, where.home);
    const settings = await readAccess(directory);
    const data = await ensureCluster(where, programs, settings.password);
    await stopServers(data, options.log);
    const start = (port: number): Promise<ServerProcess> => launchServer(where, programs, port);
    const { server, port } = await startOnFreePort(start, options.port ?? 0, settings.port);
    const supervised = supervise(server, data, () => start(port), options.log);
    const sockets = socketFolder(where);
    const base = `postgres://${ROLE}:${settings.password}@127.0.0.1:${port}`;
    try {
      await writeAccess(directory, { ...settings, port });
      await ensureDatabase(`${base}/postgres`);
    } catch (error) {
      await supervised.stop();
      throw error;
    }
    return {
      url: `${base}/${DATABASE}${sockets === undefined ? '' : `?host=${encodeURIComponent(sockets)}`}`,
      get pid() {
        return supervised.pid();
      },
      directory: where.home,
      stop: once(async () => {
        await supervised.stop();
        await release();
      }),
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** A second stop must not touch a server that another start has launched since. */
function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= action();
    return running;
  };
}

/** A free port can be taken between the look and the start, so a port that was not asked for is tried anew. */
async function startOnFreePort(
  start: (port: number) => Promise<ServerProcess>,
  asked: number,
  last: number,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 0; ; attempt += 1) {
    const port = asked !== 0 ? asked : await freePort(attempt === 0 ? last : 0);
    try {
      return { server: await start(port), port };
    } catch (error) {
      if (asked !== 0 || attempt === 4 || !(error instanceof ServerNotStarted) || !error.portTaken) throw error;
    }
  }
}

/** `wanted` when it is free on the loopback, else any free port. */
async function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (wanted === 0) reject(error);
      else resolve(freePort(0));
    });
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : wanted));
    });
  });
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** Starts the server again when it dies without having been asked to. */
function supervise(
  first: ServerProcess,
  data: string,
  start: () => Promise<ServerProcess>,
  log: (line: string) => void,
): { pid(): number; stop(): Promise<void> } {
  let server = first;
  const over = new AbortController();
  let failures = 0;
  let restarting: Promise<void> = Promise.resolve();

  const watch = (): void => {
    const stable = setTimeout(() => {
      failures = 0;
    }, STABLE_AFTER_MS).unref();
    server.once('exit', (code, signal) => {
      clearTimeout(stable);
      if (over.signal.aborted) return;
      log(`PostgreSQL s'est arrêté sans qu'on le lui demande (${signal ?? `code ${code}`})`);
      restarting = restart();
    });
  };
  const restart = async (): Promise<void> => {
    for (;;) {
      await wait(RESTART_PAUSES[failures] ?? STEADY_PAUSE_MS, undefined, { signal: over.signal }).catch(
        () => undefined,
      );
      failures += 1;
      if (over.signal.aborted) return;
      try {
        await stopServers(data, log);
        server = await start();
        watch();
        log(`PostgreSQL redémarré (processus ${server.pid})`);
        return;
      } catch (error) {
        log(error instanceof Error ? error.message : String(error));
        if (failures === RESTART_PAUSES.length)
          log(
            `PostgreSQL ne redémarre pas après ${failures} essais : voir postgres.log ; un essai suit toutes les ${STEADY_PAUSE_MS / 1_000} s.`,
          );
      }
    }
  };
  watch();
  return {
    pid: () => server.pid,
    async stop() {
      over.abort();
      await restarting;
      // By its number first: the data folder may have been deleted under a running gateway.
      server.kill('SIGINT');
      await stopServers(data, () => undefined);
    },
  };
}
