/** The PostgreSQL processes of a data folder, found through /proc. */
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a server may take to stop after each signal, in order, milliseconds. */
const STOP_STEPS: readonly { readonly signal: NodeJS.Signals; readonly patienceMs: number }[] = [
  { signal: 'SIGINT', patienceMs: 30_000 },
  { signal: 'SIGQUIT', patienceMs: 10_000 },
  { signal: 'SIGKILL', patienceMs: 5_000 },
];
const POLL_MS = 25;

/** Processes of a server on this data folder: PostgreSQL works with its data folder as current folder. */
async function serversOf(dataDirectory: string): Promise<number[]> {
  const real = await realpath(dataDirectory).catch(() => undefined);
  if (real === undefined) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const checked = await Promise.all(pids.map(async (pid) => ((await isServerIn(pid, real)) ? [pid] : [])));
  return checked.flat();
}

async function isServerIn(pid: number, dataDirectory: string): Promise<boolean> {
  // Unreadable means another account's process, a zombie, or one that has just ended.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (folder !== dataDirectory) return false;
  const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return basename(program.replace(/ \(deleted\)$/, '')) === 'postgres';
}

/**
 * Stops whatever server a killed gateway left on this data folder (fast, then immediate, then by force), and removes
 * the pid file of a dead one, whose number may belong to somebody else by now.
 */
export async function stopServers(dataDirectory: string, log: (line: string) => void): Promise<void> {
  const pidFile = join(dataDirectory, 'postmaster.pid');
  for (const { signal, patienceMs } of STOP_STEPS) {
    const running = await serversOf(dataDirectory);
    if (running.length === 0) break;
    const main = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
    const targets = running.includes(main) && signal !== 'SIGKILL' ? [main] : running;
    log(`serveur PostgreSQL resté d'un lancement précédent (processus ${targets.join(', ')}) : ${signal}`);
    for (const pid of targets) sendSignal(pid, signal);
    await goneWithin(dataDirectory, patienceMs);
  }
  const left = await serversOf(dataDirectory);
  if (left.length > 0) {
    throw new Error(`Le serveur PostgreSQL de ${dataDirectory} ne s'arrête pas (processus ${left.join(', ')}).`);
  }
  await rm(pidFile, { force: true });
}

async function goneWithin(dataDirectory: string, patienceMs: number): Promise<void> {
  for (let waited = 0; waited < patienceMs; waited += POLL_MS) {
    if ((await serversOf(dataDirectory)).length === 0) return;
    await wait(POLL_MS);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in the meantime: the caller looks again.
  }
}
