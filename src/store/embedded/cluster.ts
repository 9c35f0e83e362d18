/** The data of the embedded server: made once by initdb, its password and port kept beside it. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { giveTo, type ServerHome } from './account.ts';

export const ROLE = 'traitdunion';

/** No PG* variable of the operator's shell, and messages in one language. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };

const accessFile = z.object({ password: z.string().min(1), port: z.number().int().min(0).max(65_535) });

/** `port` is the last one used, 0 before the first start. */
export type ServerAccess = z.infer<typeof accessFile>;

/** The password and port of `directory/acces.json` (0600), made on first use. */
export async function readAccess(directory: string): Promise<ServerAccess> {
  const text = await readFile(join(directory, 'acces.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) return accessFile.parse(JSON.parse(text));
  const made = { password: randomBytes(24).toString('base64url'), port: 0 };
  await writeAccess(directory, made);
  return made;
}

export async function writeAccess(directory: string, settings: ServerAccess): Promise<void> {
  const path = join(directory, 'acces.json');
  await writeFile(`${path}.new`, JSON.stringify(settings), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Makes `home/data` unless it exists. A crash in the middle leaves only `data.new`, begun again next time. */
export async function ensureCluster(where: ServerHome, programs: string, password: string): Promise<string> {
  const data = join(where.home, 'data');
  if (await exists(data)) return data;
  const draft = join(where.home, 'data.new');
  const passwordFile = join(where.home, 'initdb.secret');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft);
  await chmod(draft, 0o700);
  await giveTo(draft, where.account);
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    await giveTo(passwordFile, where.account);
    await runInitdb(where, programs, draft, passwordFile);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, data);
  return data;
}

async function runInitdb(where: ServerHome, programs: string, draft: string, passwordFile: string): Promise<void> {
  const initdb = join(programs, 'bin', 'initdb');
  // Builtin C.UTF-8: code point order, the same on every machine, so an index never depends on the system's locales.
  const args = ['-D', draft, '-U', ROLE, '--encoding=UTF8', '--locale=C', '--locale-provider=builtin'];
  args.push('--builtin-locale=C.UTF-8', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-instructions');
  try {
    await promisify(execFile)(initdb, args, { ...where.account, cwd: where.home, env: SERVER_ENVIRONMENT });
  } catch (error) {
    throw new Error(
      `La base PostgreSQL embarquée n'a pas pu être créée dans ${where.home}. ` +
        'Corrigez la cause, ou indiquez une base existante dans DATABASE_URL.',
      { cause: error },
    );
  }
}

/** `sun_path` of Linux holds 107 bytes and its end, the longest name of a socket is `.s.PGSQL.65535`. */
const LONGEST_SOCKET_FOLDER = 107 - '/.s.PGSQL.65535'.length;

/** The folder of the server's local socket; undefined when its path is too long for one, and TCP alone serves. */
export function socketFolder({ home }: ServerHome): string | undefined {
  const folder = join(home, 'socket');
  return Buffer.byteLength(folder) > LONGEST_SOCKET_FOLDER || folder.includes(',') ? undefined : folder;
}

/**
 * Made anew, for the server's account (and root) only: what a killed server left there would keep the next one from starting
 * once its process number is another's.
 */
export async function renewSocketFolder(where: ServerHome): Promise<void> {
  const folder = socketFolder(where);
  if (folder === undefined) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  await giveTo(folder, where.account);
}

/**
 * The server's settings, on the command line so that nothing written in postgresql.conf or by ALTER SYSTEM weakens
 * them. Durability is never traded for speed (design.md §5, promise 1).
 */
export function serverArguments(where: ServerHome, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: socketFolder(where) ?? '',
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    wal_compression: 'off',
    max_connections: '60',
    shared_buffers: '128MB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Promise 9: an error's text, its DETAIL or its statement can hold a matricule. They go to the client, never here.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    logging_collector: 'off',
  };
  return [
    '-D',
    join(where.home, 'data'),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
