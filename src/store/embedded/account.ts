/** Who runs the embedded server, and where that account can work: PostgreSQL refuses to run as root. */
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stopServers } from './processes.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The folder that holds the programs, the data and the log of one server, and the account it runs as. */
export interface ServerHome {
  readonly home: string;
  /** Undefined when this process is not root: the server then runs as this process does. */
  readonly account: Account | undefined;
}

/** Where servers live whose data folder is closed to the unprivileged account, as `/root` is. Root only. */
const SYSTEM_HOMES = '/var/lib/traitdunion';
/** In the data folder: the path of the home when it is elsewhere. */
const POINTER = 'emplacement.txt';

/**
 * The home of the server of `directory`: that folder itself when the server's account can reach it, else
 * `/var/lib/traitdunion/<hash of the folder>`, then written in `directory/emplacement.txt`. Not under /tmp or /var/tmp:
 * systemd deletes what is old there.
 */
export async function serverHome(directory: string, log: (line: string) => void): Promise<ServerHome> {
  if (process.getuid?.() !== 0) return { home: directory, account: undefined };
  const elsewhere = await readIfPresent(join(directory, POINTER));
  const home = elsewhere?.trim() ?? directory;
  const owner = await ownerOf(join(home, 'data'));
  const account = owner ?? (await unprivilegedAccount());
  if (elsewhere !== undefined || (await canTraverse(directory, account))) return { home, account };
  if (owner !== undefined) {
    throw new Error(
      `Le dossier ${directory} contient une base PostgreSQL, mais un dossier de ce chemin est fermé au compte ` +
        `d'identifiant ${account.uid} qui la fait tourner. Rouvrez-le (chmod o+x) ou déplacez les données.`,
    );
  }
  return { home: await openSystemHome(directory, log), account };
}

async function openSystemHome(directory: string, log: (line: string) => void): Promise<string> {
  const key = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  const home = join(SYSTEM_HOMES, key);
  if ((await ownerOf(join(home, 'data'))) !== undefined) {
    // The data folder was deleted and made anew: its database must not come back, nor be destroyed without a word.
    const aside = `${home}.ancien-${(await stat(home)).mtimeMs.toFixed(0)}`;
    await stopServers(join(home, 'data'), log);
    await rename(home, aside);
    log(`ancienne base de ${directory} mise de côté dans ${aside}`);
  }
  await mkdir(home, { recursive: true });
  // Said apart from mkdir, whose mode a umask of 077 would close.
  for (const folder of [SYSTEM_HOMES, home]) await chmod(folder, 0o711);
  await writeFile(join(directory, POINTER), `${home}\n`);
  log(`${directory} est fermé au compte du serveur : la base est dans ${home}`);
  return home;
}

/** `nobody`, else `postgres`: initdb wants an account that has a name. */
async function unprivilegedAccount(): Promise<Account> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['nobody', 'postgres']) {
    const [, , uid, gid] = lines.find((line) => line[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL ne tourne pas sous root et ce système n’a ni compte « nobody » ni compte « postgres ». ' +
      'Lancez Trait d’Union sous un autre compte, ou indiquez DATABASE_URL.',
  );
}

/** True when the account may pass through every folder of the path (mode bits; ACLs are not looked at). */
async function canTraverse(directory: string, account: Account): Promise<boolean> {
  for (let folder = await realpath(directory); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const execute = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & execute) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** The unprivileged owner of a folder; undefined when the folder does not exist or is root's. */
async function ownerOf(path: string): Promise<Account | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** Gives a file or folder to the account; nothing to do when this process is not root. */
export async function giveTo(path: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}
