/** Where a bench runs: a temporary folder with its own PostgreSQL, fsync on as everywhere. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import { type Child, startChild } from '../../test/crash/harness/child.ts';

export interface Place {
  readonly folder: string;
  /** Of the postmaster. */
  readonly postgresPid: number;
  /** Makes an empty database on this server, and gives its URL. */
  database(name: string): Promise<string>;
  /** A process of the bench, with what it printed when it was ready. It is stopped with the place. */
  start(entry: string, args: readonly string[]): Promise<unknown>;
  /** The same, for one that may be stopped before. Ready when it resolves. */
  run(entry: string, args: readonly string[]): Promise<Child>;
}

/** Runs `work` there, then stops and removes everything. */
export async function withPlace<T>(work: (place: Place) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-bench-'));
  // The embedded server's own account has to cross this folder.
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({ directory: join(folder, 'postgres'), log: () => undefined });
  const children: Child[] = [];
  const end = async (): Promise<void> => {
    for (const child of children.splice(0).reverse()) {
      child.kill('SIGTERM');
      await child.ended;
    }
    await postgres.stop();
    if (!postgres.directory.startsWith(folder)) await rm(postgres.directory, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  };
  // PostgreSQL is in a session of its own: given up, a bench has to stop it all the same.
  const giveUp = (): void => void end().finally(() => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, giveUp);
  const run: Place['run'] = async (entry, args) => {
    const child = await startChild(entry, args, join(folder, 'processes.log'));
    children.push(child);
    await child.ready;
    return child;
  };
  try {
    return await work({
      folder,
      postgresPid: postgres.pid,
      database: (name) => createDatabase(postgres.url, name),
      start: async (entry, args) => (await run(entry, args)).ready,
      run,
    });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, giveUp);
    await end();
  }
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
