/**
 * Brings a database to the version of this program, one file at a time, each in its own transaction.
 *
 * During a rolling upgrade programs of two versions work on one database. A migration therefore only adds, and a program
 * works on a database that a newer one has migrated. A file that cannot keep this says so in its header, and programs that
 * do not know it refuse to start: `-- incompatible: why`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Db, many, maybe, type Pool, transaction } from './db.ts';
import { incompatibility } from './migration-header.ts';

const FOLDER = join(import.meta.dirname, 'migrations');
/** Any constant will do: it only has to be the same for every process that migrates. */
const MIGRATION_LOCK = 7_031_989;
/**
 * A migration that waits for a table makes everyone who comes after wait behind it: it gives up soon, lets them pass, and
 * tries again.
 */
const LOCK_TIMEOUT_MS = 2_000;
const PAUSE_MS = 500;
const MOST_TRIES = 30;
const LOCK_NOT_AVAILABLE = '55P03';

/** Stands among the migrations while a restore goes on: no gateway starts on half of a backup. */
export const RESTORING = 'restauration-inachevee';

/** Applies what is missing, or of it only `only`. Throws when a newer program made the database unusable by this one. */
export async function migrate(
  pool: Pool,
  options: { readonly only?: readonly string[]; readonly restoring?: boolean } = {},
): Promise<void> {
  const known = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  const files = options.only === undefined ? known : known.filter((name) => options.only?.includes(name));
  const foreign = options.only?.filter((name) => !known.includes(name)) ?? [];
  if (foreign.length > 0) throw new Error(`the backup is newer than this program (${foreign.join(', ')})`);
  await transaction(pool, async (tx) => {
    // `if not exists` alone lets two processes that start together both try, and one fail.
    await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await prepareVersions(tx);
  });
  const applied = await appliedMigrations(pool);
  if (options.restoring !== true && applied.some(({ name }) => name === RESTORING))
    throw new Error("une restauration n'est pas terminée dans cette base : la relancer avec --replace");
  const closed = applied.filter(({ name, incompatible }) => incompatible !== null && !known.includes(name));
  if (closed.length > 0) {
    const reasons = closed.map(({ name, incompatible }) => `${name}: ${incompatible}`).join('; ');
    throw new Error(`the database is newer than this program (${reasons})`);
  }
  for (const name of files)
    if (!applied.some((migration) => migration.name === name)) await withPatience(() => apply(pool, name));
}

export interface AppliedMigration {
  readonly name: string;
  /** Why a program that does not know it must not write here; null when it may. */
  readonly incompatible: string | null;
}

/** What has been applied, by whatever version. Empty for a database that never was one of ours. */
export async function appliedMigrations(db: Db): Promise<AppliedMigration[]> {
  const found = await many<{ column: string }>(
    db,
    `select attname as "column" from pg_attribute where attrelid = to_regclass('schema_version') and attnum > 0`,
  );
  if (found.length === 0) return [];
  const incompatible = found.some(({ column }) => column === 'incompatible') ? 'incompatible' : 'null as incompatible';
  return many<AppliedMigration>(db, `select name, ${incompatible} from schema_version order by name`);
}

async function prepareVersions(tx: Db): Promise<void> {
  await tx.query(
    'create table if not exists schema_version (name text primary key, applied_at timestamptz not null default now())',
  );
  const found = await maybe(
    tx,
    `select 1 as found from pg_attribute where attrelid = 'schema_version'::regclass and attname = 'incompatible'`,
  );
  if (found === undefined) await tx.query('alter table schema_version add column incompatible text');
}

async function apply(pool: Pool, name: string): Promise<void> {
  const sql = await readFile(join(FOLDER, name), 'utf8');
  await transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    if ((await maybe(tx, 'select 1 as done from schema_version where name = $1', [name])) !== undefined) return;
    await tx.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await tx.query(sql);
    await tx.query('insert into schema_version (name, incompatible) values ($1, $2)', [name, incompatibility(sql)]);
  });
}

async function withPatience(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const held = error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE;
      if (!held || tries === MOST_TRIES) throw error;
    }
    await sleep(PAUSE_MS);
  }
}
