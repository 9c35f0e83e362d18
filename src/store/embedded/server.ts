/** One run of the server: launched, watched until it accepts connections, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServerHome } from './account.ts';
import { renewSocketFolder, SERVER_ENVIRONMENT, serverArguments } from './cluster.ts';

/** Recovery after a crash replays the journal, which can take minutes on a slow disk. */
const READY_WITHIN_MS = 10 * 60_000;
const POLL_MS = 25;
const LOG_BYTES = 5 * 1024 * 1024;

export type ServerProcess = ChildProcess & { readonly pid: number };

/** Why a server did not start; `portTaken` when another port may do. */
export class ServerNotStarted extends Error {
  readonly portTaken: boolean;
  constructor(output: string) {
    super(
      `Le PostgreSQL embarqué n'a pas démarré : ${output.trim() || 'aucun message'}. ` +
        'Corrigez la cause, ou indiquez une base existante dans DATABASE_URL.',
    );
    this.portTaken = output.includes('Address already in use');
  }
}

/**
 * Launches the server in a session of its own (Ctrl-C in the terminal must not stop it before the gateway has finished
 * writing) and waits until it is ready. The process does not keep the event loop alive.
 */
export async function launchServer(where: ServerHome, programs: string, port: number): Promise<ServerProcess> {
  const logFile = join(where.home, 'postgres.log');
  const logged = await startLog(logFile);
  const data = join(where.home, 'data');
  const log = await open(logFile, 'a', 0o600);
  await renewSocketFolder(where);
  const child = spawn(join(programs, 'bin', 'postgres'), serverArguments(where, port), {
    ...where.account,
    cwd: where.home,
    env: SERVER_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const failed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(''));
  });
  child.unref();
  await log.close();
  const failure = await Promise.race([failed, untilReady(child, join(data, 'postmaster.pid'))]);
  if (failure === undefined && isStarted(child)) return child;
  const output = (await readFile(logFile)).subarray(logged).toString('utf8');
  throw new ServerNotStarted(`${failure ?? ''}\n${output}`);
}

function isStarted(child: ChildProcess): child is ServerProcess {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** The eighth line of postmaster.pid says `ready`: what pg_ctl looks at, and no failed connection in the log. */
async function untilReady(child: ChildProcess, pidFile: string): Promise<undefined> {
  for (let waited = 0; waited < READY_WITHIN_MS; waited += POLL_MS) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) break;
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return;
    await wait(POLL_MS);
  }
}

/** Sets aside a log grown large and returns the size of the one to append to. */
async function startLog(path: string): Promise<number> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= LOG_BYTES) return size;
  await rename(path, `${path}.1`);
  return 0;
}
