/** Files of a pack on disk. Nothing outside its folder can be read, by `..` or by a link, whatever a rule asks for. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { PackFiles } from './schema.ts';

/** Larger than any value set published (the largest has 3 MB). */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

export function folderFiles(folder: string): PackFiles {
  const root = realpathSync(resolve(folder));
  return (path) => {
    const file = realPath(join(root, path));
    if (file === undefined || !file.startsWith(root + sep)) return undefined;
    const facts = statSync(file);
    return facts.isFile() && facts.size <= MAX_FILE_BYTES ? readFileSync(file) : undefined;
  };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
