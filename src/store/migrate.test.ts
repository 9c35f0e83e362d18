import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createTestDatabase } from '../../test/support/database.ts';
import { openPool, type Pool } from './db.ts';
import { migrate } from './migrate.ts';

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

test('a database that a newer program has migrated is not touched', async (t) => {
  const pool = await emptyDatabase(t);
  await migrate(pool);
  await pool.query(`insert into schema_version (name) values ('9999-later.sql')`);
  await assert.rejects(migrate(pool), /newer than this program \(9999-later\.sql\)/);
});

test('a file that fails leaves nothing of itself behind', async (t) => {
  const pool = await emptyDatabase(t);
  // In the way of the second table of the first file: the first one must not stay.
  await pool.query('create table identity (id integer)');
  await assert.rejects(migrate(pool), /already exists/);
  assert.deepEqual(await applied(pool), []);
  assert.equal((await pool.query(`select 1 from pg_tables where tablename = 'inbound_message'`)).rowCount, 0);
});
