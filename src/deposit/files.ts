/**
 * Files of a folder that anybody on the network may write to: listed by their bytes, opened without following anything, read
 * whole or not at all, moved within the folder only. No name is ever taken from inside a file.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { depositRules } from '../rules/deposit.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';

export const DONE = 'done';
export const REFUSED = 'refused';

const LONGEST_NAME_BYTES = 180;
/** Being written by a sender, or an operating system's own. */
const PASSED_OVER = /^[.~]|[~]$|\.(tmp|part|filepart|crdownload|lock)$/i;

export interface Entry {
  /** As the file system knows it. */
  readonly raw: Buffer;
  /** Readable, safe to write in a path of ours; a made up one when the real one is not. */
  readonly name: string;
  readonly usable: boolean;
  readonly regular: boolean;
  readonly size: number;
  readonly mtimeMs: number;
  /** When it came under this name. */
  readonly ctimeMs: number;
  /** Changes when the file does. */
  readonly version: string;
}

/** Everything that waits in the folder, the oldest first. Folders are left alone. */
export async function listEntries(folder: string): Promise<Entry[]> {
  const names = await readdir(folder, { encoding: 'buffer' });
  const entries = await Promise.all(names.map((raw) => entryOf(folder, raw)));
  return entries
    .filter((entry) => entry !== undefined)
    .sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1));
}

async function entryOf(folder: string, raw: Buffer): Promise<Entry | undefined> {
  const found = await lstat(pathOf(folder, raw)).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return undefined;
  const name = usableName(raw);
  if (name !== undefined && PASSED_OVER.test(name)) return undefined;
  const { ino, size, mtimeMs, ctimeMs } = found;
  return {
    raw,
    name: name ?? `fichier-${createHash('sha256').update(raw).digest('hex').slice(0, 12)}`,
    usable: name !== undefined,
    regular: found.isFile(),
    size,
    mtimeMs,
    ctimeMs,
    version: `${ino} ${size} ${mtimeMs}`,
  };
}

function usableName(raw: Buffer): string | undefined {
  if (raw.length > LONGEST_NAME_BYTES) return undefined;
  try {
    const name = new TextDecoder('utf-8', { fatal: true }).decode(raw);
    return /\p{Cc}/u.test(name) ? undefined : name;
  } catch {
    return undefined;
  }
}

function pathOf(folder: string, raw: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`, 'utf8'), raw]);
}

/** The bytes; refused when it is no ordinary file or too large, undefined when it went away or changed meanwhile. */
export async function readEntry(folder: string, entry: Entry, maxBytes: number): Promise<Result<Buffer> | undefined> {
  if (!entry.usable) return refuse(depositRules.unusableName);
  if (!entry.regular) return refuse(depositRules.notAFile);
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(pathOf(folder, entry.raw), flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ELOOP') return undefined;
    // One file that we may not read must not hold up the others.
    if (error.code === 'EACCES' || error.code === 'EPERM') return 'closed';
    throw error;
  });
  if (file === undefined) return undefined;
  if (file === 'closed') return refuse(depositRules.notReadable);
  try {
    const before = await file.stat();
    if (!before.isFile()) return refuse(depositRules.notAFile);
    if (before.size === 0) return refuse(depositRules.empty);
    if (before.size > maxBytes) return refuse(depositRules.tooLarge, { detail: `${before.size} octets` });
    const bytes = Buffer.alloc(before.size);
    const { bytesRead } = await file.read(bytes, 0, before.size, 0);
    const { ino, size, mtimeMs } = await file.stat();
    return bytesRead === size && `${ino} ${size} ${mtimeMs}` === entry.version ? ok(bytes) : undefined;
  } finally {
    await file.close();
  }
}

/**
 * Puts it away. `mark` makes the name that of this very content: what is put away twice is the same, and never takes the
 * place of something else.
 */
export async function putAway(folder: string, entry: Entry, where: string, mark: string): Promise<void> {
  await rename(pathOf(folder, entry.raw), join(folder, where, `${mark}_${entry.name}`)).catch(
    (error: NodeJS.ErrnoException) => {
      // Put away by another process, or taken back by its sender.
      if (error.code !== 'ENOENT') throw error;
    },
  );
}

/** Replaced whole, or not at all; a link that somebody left under this name is not followed. */
export async function writeBeside(folder: string, where: string, name: string, text: string): Promise<void> {
  const file = join(folder, where, name);
  const flag = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  await writeFile(`${file}.tmp`, text, { encoding: 'utf8', flag });
  await rename(`${file}.tmp`, file);
}

/** Never the folder itself: where a share is not mounted there is nothing to watch. Nor is a link taken for a folder. */
export async function makeFolders(folder: string): Promise<void> {
  for (const name of [DONE, REFUSED]) {
    const path = join(folder, name);
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (!(await lstat(path)).isDirectory()) throw new Error(`${name} is not a folder`);
  }
}
