/** The volume under the folder of the installation: room, inodes, and whether a file can be written at all. */
import { randomUUID } from 'node:crypto';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface DiskState {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Of 100; undefined on a file system that does not count inodes. */
  readonly inodesFreePercent: number | undefined;
}

export async function diskState(directory: string): Promise<DiskState> {
  const { bavail, bsize, blocks, files, ffree } = await statfs(directory);
  return {
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    inodesFreePercent: files === 0 ? undefined : (ffree / files) * 100,
  };
}

/** Why nothing can be written there (ENOSPC, EROFS, EDQUOT…), or undefined. */
export async function unwritable(directory: string): Promise<string | undefined> {
  const probe = join(directory, `.essai-${randomUUID()}`);
  try {
    // One block: a full disk takes an empty file.
    await writeFile(probe, Buffer.alloc(4_096), { flag: 'wx' });
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'inconnue';
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}
