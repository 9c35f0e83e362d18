/** Disk space under the data folder. */
import { statfs } from 'node:fs/promises';
import { codeOf } from '../outcome.ts';
import { alert, type Check, fault, ok } from './check.ts';

const GIB = 2 ** 30;
/** Below the first, PostgreSQL soon stops; below the second, a few days of documents are left. */
const FAULT_BYTES = GIB;
const ALERT_BYTES = 10 * GIB;

export async function checkDisk(directory: string): Promise<Check> {
  const subject = 'Espace disque';
  try {
    const { bavail, bsize, blocks } = await statfs(directory);
    const free = bavail * bsize;
    const text = `${(free / GIB).toFixed(1).replace('.', ',')} Gio libres sur ${((blocks * bsize) / GIB).toFixed(0)} (${directory})`;
    if (free < FAULT_BYTES) return fault(subject, text);
    return free < ALERT_BYTES ? alert(subject, text) : ok(subject, text);
  } catch (error) {
    return fault(subject, `${directory} : illisible (${codeOf(error)})`);
  }
}
