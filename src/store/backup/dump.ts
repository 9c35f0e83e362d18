/** A consistent copy of the whole database, taken while the gateway runs: one snapshot, streamed table by table. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type pg from 'pg';
import { many, one } from '../db.ts';
import { type Frame, writeContainer } from './container.ts';
import { copyOut, withClient } from './copy.ts';
import type { Manifest, TableEnd } from './manifest.ts';

/** Of a machine or a browser, and worth nothing elsewhere. */
const LEFT_OUT = [
  'schema_version',
  'console_session',
  'professional_session',
  'openid_attempt',
  'machine_beat',
  'process',
];

export interface Dumped {
  readonly createdAt: string;
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Writes `file`, whole or not at all. `key`: 32 bytes, or undefined for a file in clear. */
export async function dumpDatabase(
  url: string,
  file: string,
  options: { key: Buffer | undefined; program: string; now: Date },
): Promise<Dumped> {
  const partial = `${file}.partiel`;
  try {
    const dumped = await withClient(url, async (client) => {
      await client.query('begin isolation level repeatable read read only');
      const manifest = await manifestOf(client, options);
      const counted = { rows: 0, bytes: 0 };
      const sink = createWriteStream(partial, { mode: 0o600, flags: 'w' });
      await writeContainer(framesOf(client, manifest, counted), sink, options.key);
      await client.query('rollback');
      return { createdAt: manifest.createdAt, tables: manifest.tables.length, ...counted };
    });
    await syncFile(partial);
    await rename(partial, file);
    await syncFile(dirname(file));
    return dumped;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function manifestOf(client: pg.Client, { program, now }: { program: string; now: Date }): Promise<Manifest> {
  const { version } = await one<{ version: string }>(client, "select current_setting('server_version') as version");
  const migrations = await many<{ name: string }>(client, 'select name from schema_version order by name');
  return {
    format: 1,
    createdAt: now.toISOString(),
    program,
    server: version,
    migrations: migrations.map(({ name }) => name),
    tables: await tablesInOrder(client),
  };
}

/** A table comes after those that it refers to, so that they can be filled in this order. */
async function tablesInOrder(client: pg.Client): Promise<Manifest['tables']> {
  const columns = await many<{ name: string; columns: string[] }>(
    client,
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
       and a.attgenerated = '' and c.relname <> all($1) group by c.relname order by c.relname`,
    [LEFT_OUT],
  );
  const references = await many<{ name: string; refers: string }>(
    client,
    `select conrelid::regclass::text as name, confrelid::regclass::text as refers from pg_constraint
     where contype = 'f' and connamespace = 'public'::regnamespace and conrelid <> confrelid`,
  );
  const ordered: { name: string; columns: string[] }[] = [];
  const left = new Map(columns.map((table) => [table.name, table]));
  while (left.size > 0) {
    const ready = [...left.values()].filter(
      ({ name }) => !references.some((reference) => reference.name === name && left.has(reference.refers)),
    );
    if (ready.length === 0) throw new Error(`tables refer to each other in a circle: ${[...left.keys()].join()}`);
    for (const table of ready) {
      ordered.push(table);
      left.delete(table.name);
    }
  }
  return ordered;
}

function json(type: Frame['type'], value: object): Frame {
  return { type, payload: Buffer.from(JSON.stringify(value), 'utf8') };
}

async function* framesOf(
  client: pg.Client,
  manifest: Manifest,
  counted: { rows: number; bytes: number },
): AsyncGenerator<Frame> {
  yield json('M', manifest);
  for (const { name, columns } of manifest.tables) {
    yield json('T', { name });
    const hash = createHash('sha256');
    const list = columns.map((column) => `"${column}"`).join(', ');
    const data = copyOut(client, `copy "${name}" (${list}) to stdout (format binary)`);
    let bytes = 0;
    let step = await data.next();
    for (; step.done !== true; step = await data.next()) {
      hash.update(step.value);
      bytes += step.value.length;
      yield { type: 'D', payload: step.value };
    }
    const end: TableEnd = { name, rows: step.value, bytes, sha256: hash.digest('hex') };
    counted.rows += end.rows;
    counted.bytes += bytes;
    yield json('E', end);
  }
  const sequences = await many(
    client,
    `select sequencename as name, last_value as value from pg_sequences where schemaname = 'public' order by 1`,
  );
  yield json('S', { sequences });
  yield json('Z', counted);
}
