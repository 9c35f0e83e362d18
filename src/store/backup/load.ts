/** Fills a database from a verified backup: all of it, or nothing that a gateway would start on. */
import type pg from 'pg';
import { maybe, one, type Pool, transaction } from '../db.ts';
import { migrate, RESTORING } from '../migrate.ts';
import { type Frame, readContainer } from './container.ts';
import { copyIn, withClient } from './copy.ts';
import { jsonOf, sequencesSchema, tableStart } from './manifest.ts';
import type { VerifiedBackup } from './verify.ts';

export interface Loaded {
  readonly rows: number;
  /** Deliveries of which the DMP may know more than the backup: it is asked before they are sent. */
  readonly askFirst: number;
}

/** Tables whose rows say that a database is in use. */
const IN_USE = ['inbound_message', 'identity', 'document', 'audit', 'task'] as const;

export async function isEmpty(pool: Pool): Promise<boolean> {
  for (const table of IN_USE) {
    const { present } = await one<{ present: boolean }>(pool, 'select to_regclass($1) is not null as present', [table]);
    if (present && (await maybe(pool, `select 1 from ${table} limit 1`)) !== undefined) return false;
  }
  return true;
}

/** Everything of this database goes. */
export async function emptyDatabase(pool: Pool): Promise<void> {
  await transaction(pool, async (tx) => {
    await tx.query('drop schema public cascade');
    await tx.query('create schema public');
  });
}

/** The target is empty. A restore that was cut leaves a database that no gateway starts on, and that can be replaced. */
export async function loadBackup(
  { pool, url }: { readonly pool: Pool; readonly url: string },
  file: string,
  key: Buffer | undefined,
  backup: VerifiedBackup,
  now: Date,
): Promise<Loaded> {
  await migrate(pool, { only: backup.manifest.migrations });
  await pool.query('insert into schema_version (name) values ($1) on conflict do nothing', [RESTORING]);
  const rows = await loadTables(url, file, key, backup);
  await migrate(pool, { restoring: true });
  const askFirst = await transaction(pool, async (tx) => {
    // What was leased then is nobody's now.
    await tx.query(
      `update task set worker = null, leased_until = null, state = case state when 'leased' then 'ready' else state end
       where worker is not null or leased_until is not null or state = 'leased'`,
    );
    const marked = await tx.query(
      `insert into restored_delivery (delivery_id, restored_at)
       select id, $1 from delivery where state in ('waiting', 'ready', 'sending', 'unknown')
       on conflict (delivery_id) do update set restored_at = $1, outcome = null, asked_at = null`,
      [now],
    );
    await tx.query('delete from schema_version where name = $1', [RESTORING]);
    return marked.rowCount ?? 0;
  });
  await pool.query('analyze');
  return { rows, askFirst };
}

async function loadTables(
  url: string,
  file: string,
  key: Buffer | undefined,
  { manifest, tables }: VerifiedBackup,
): Promise<number> {
  return withClient(url, async (client) => {
    let total = 0;
    await client.query('begin');
    // A restored identity is not one that changed: nobody is to be told of it (0018-diffusion.sql).
    await client.query("set local traitdunion.restoring = 'on'");
    // What a migration put there comes again with the backup; sessions, which refer to accounts, are not in it and end.
    await client.query(`truncate ${manifest.tables.map(({ name }) => `"${name}"`).join(', ')} cascade`);
    const frames = readContainer(file, key);
    for (let step = await frames.next(); step.done !== true; step = await frames.next()) {
      if (step.value.type === 'S') await setSequences(client, step.value);
      if (step.value.type !== 'T') continue;
      const { name } = tableStart.parse(jsonOf(step.value));
      const columns = manifest.tables.find((table) => table.name === name)?.columns ?? [];
      const list = columns.map((column) => `"${column}"`).join(', ');
      const rows = await copyIn(client, `copy "${name}" (${list}) from stdin (format binary)`, dataOf(frames));
      if (rows !== tables.find((table) => table.name === name)?.rows) throw new Error(`table ${name}: ${rows} rows`);
      total += rows;
    }
    await client.query('commit');
    return total;
  });
}

/** The data of the table that begins, up to its end, and no further. */
async function* dataOf(frames: AsyncGenerator<Frame>): AsyncGenerator<Buffer> {
  for (let step = await frames.next(); step.done !== true && step.value.type === 'D'; step = await frames.next())
    yield step.value.payload;
}

async function setSequences(client: pg.Client, frame: Frame): Promise<void> {
  for (const { name, value } of sequencesSchema.parse(jsonOf(frame)).sequences)
    if (value !== null) await client.query('select setval($1::regclass, $2)', [`"${name}"`, value]);
}
