/** One supervisor per data folder: without this, a second start would take a live server for an orphan and stop it. */
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const CLAIM = 'superviseur';

/** Claims the folder for this process and returns how to release it. Throws when a live process holds it. */
export async function claimFolder(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, CLAIM);
  const mine = await processSignature(process.pid);
  if (mine === undefined) throw new Error('/proc est illisible : le PostgreSQL embarqué demande Linux.');
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    while (!(await linked(draft, path))) await dropIfDead(path, directory);
  } finally {
    await rm(draft, { force: true });
  }
  return () => rm(path, { force: true });
}

/** A hard link is made whole or not at all, so a claim is never read half-written. */
async function linked(draft: string, path: string): Promise<boolean> {
  return link(draft, path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

async function dropIfDead(path: string, directory: string): Promise<void> {
  const holder = await readFile(path, 'utf8').catch(() => '');
  const pid = Number(holder.split(' ')[0]);
  if (holder !== '' && (await processSignature(pid)) === holder) {
    throw new Error(`Le dossier ${directory} est déjà utilisé par le processus ${pid} : arrêtez-le d'abord.`);
  }
  await rm(path, { force: true });
}

/** `pid start boot`: a process number comes back after a restart of the machine or of a container, the three do not. */
async function processSignature(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // Field 22 of proc(5); the name in field 2 may hold spaces and parentheses, so count from its closing one.
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${pid} ${started} ${boot.trim()}`;
}
