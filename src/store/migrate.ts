/** Brings a database to the version of this program, one file at a time, each in its own transaction. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { maybe, type Pool, transaction } from './db.ts';

const FOLDER = join(import.meta.dirname, 'migrations');
/** Any constant will do: it only has to be the same for every process that migrates. */
const MIGRATION_LOCK = 7_031_989;

/** Stands among the migrations while a restore goes on: no gateway starts on half of a backup. */
export const RESTORING = 'restauration-inachevee';

/** Applies what is missing, or of it only `only`. Throws when the database is newer than this program: it must not be written to. */
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
    await tx.query(
      'create table if not exists schema_version (name text primary key, applied_at timestamptz not null default now())',
    );
  });
  const applied = new Set(
    (await pool.query<{ name: string }>('select name from schema_version')).rows.map((row) => row.name),
  );
  if (options.restoring !== true && applied.has(RESTORING))
    throw new Error("une restauration n'est pas terminée dans cette base : la relancer avec --replace");
  const unknown = [...applied].filter((name) => !known.includes(name) && name !== RESTORING);
  if (unknown.length > 0) throw new Error(`the database is newer than this program (${unknown.join(', ')})`);
  for (const name of files) {
    if (applied.has(name)) continue;
    const sql = await readFile(join(FOLDER, name), 'utf8');
    await transaction(pool, async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      if ((await maybe(tx, 'select 1 as done from schema_version where name = $1', [name])) !== undefined) return;
      await tx.query(sql);
      await tx.query('insert into schema_version (name) values ($1)', [name]);
    });
  }
}
