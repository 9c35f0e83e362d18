import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createTestDatabase } from '../../test/support/database.ts';
import { openPool, type Pool } from './db.ts';
import { migrate } from './migrate.ts';
import { incompatibility } from './migration-header.ts';

async function emptyDatabase(t: TestContext): Promise<Pool> {
  const database = await createTestDatabase(async () => undefined);
  const pool = openPool(database.url, 4, () => undefined);
  t.after(async () => {
    await pool.end();
    await database.drop();
  });
  return pool;
}

async function applied(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>('select name from schema_version order by name');
  return rows.map((row) => row.name);
}

test('an empty database gets every file once, whoever comes again or at the same time', async (t) => {
  const pool = await emptyDatabase(t);
  await Promise.all([migrate(pool), migrate(pool), migrate(pool)]);
  await migrate(pool);
  const files = (await readdir(join(import.meta.dirname, 'migrations'))).sort();
  assert.deepEqual(await applied(pool), files);
  assert.equal((await pool.query('select 1 from task')).rowCount, 0);
});

test('a program works on a database that a newer one has added to, and refuses one that it closed to it', async (t) => {
  const pool = await emptyDatabase(t);
  await migrate(pool);
  await pool.query(`insert into schema_version (name) values ('9998-later.sql')`);
  await migrate(pool);
  await pool.query(`insert into schema_version (name, incompatible) values ('9999-later.sql', 'task is gone')`);
  await assert.rejects(migrate(pool), /newer than this program \(9999-later\.sql: task is gone\)/);
});

test('a file says in its header that older programs must not run on its result', () => {
  assert.equal(
    incompatibility('-- Ends a thing.\n-- incompatible: the thing is gone\ndrop table thing;'),
    'the thing is gone',
  );
  assert.equal(incompatibility('-- Adds a thing.\ncreate table thing ();\n-- incompatible: no\n'), null);
});

test('a database of the first version, which did not say what it closed, is brought up', async (t) => {
  const pool = await emptyDatabase(t);
  const first = await readFile(join(import.meta.dirname, 'migrations/0001-house.sql'), 'utf8');
  await pool.query(
    'create table schema_version (name text primary key, applied_at timestamptz not null default now())',
  );
  await pool.query(first);
  await pool.query(`insert into schema_version (name) values ('0001-house.sql')`);
  await pool.query(`insert into task (kind, subject, run_at) values ('deliver', 'later', now() + interval '1 hour')`);
  await pool.query(
    `insert into task (kind, subject, leased_until) values ('deliver', 'held', now() + interval '1 hour')`,
  );
  await migrate(pool);
  const { rows } = await pool.query('select subject, state from task order by id');
  assert.deepEqual(rows, [
    { subject: 'later', state: 'waiting' },
    { subject: 'held', state: 'leased' },
  ]);
});

test('a table in use delays a migration, which lets the others pass meanwhile', async (t) => {
  const pool = await emptyDatabase(t);
  const first = await readFile(join(import.meta.dirname, 'migrations/0001-house.sql'), 'utf8');
  await pool.query(
    'create table schema_version (name text primary key, applied_at timestamptz not null default now())',
  );
  await pool.query(first);
  await pool.query(`insert into schema_version (name) values ('0001-house.sql')`);
  const user = await pool.connect();
  await user.query('begin');
  await user.query('select * from task');
  const migrated = migrate(pool);
  const waiting = `select 1 from pg_locks where relation = 'task'::regclass and not granted`;
  while ((await pool.query(waiting)).rowCount === 0) await setImmediate();
  while ((await pool.query(waiting)).rowCount !== 0) await setImmediate();
  assert.deepEqual(await applied(pool).then((names) => names.includes('0004-processes.sql')), false);
  await user.query('commit');
  user.release();
  await migrated;
  assert.ok((await applied(pool)).includes('0004-processes.sql'));
});

test('a file that fails leaves nothing of itself behind', async (t) => {
  const pool = await emptyDatabase(t);
  // In the way of the second table of the first file: the first one must not stay.
  await pool.query('create table identity (id integer)');
  await assert.rejects(migrate(pool), /already exists/);
  assert.deepEqual(await applied(pool), []);
  assert.equal((await pool.query(`select 1 from pg_tables where tablename = 'inbound_message'`)).rowCount, 0);
});
