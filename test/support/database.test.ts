import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { createTestDatabase } from './database.ts';

let prepared = 0;
async function prepare(url: string): Promise<void> {
  prepared += 1;
  await ask(url, "CREATE TABLE fixed AS SELECT 'é' AS name");
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

test('databases made at the same time are prepared once, and each is alone', async (t) => {
  const databases = await Promise.all([1, 2, 3].map(() => createTestDatabase(prepare)));
  t.after(() => Promise.all(databases.map((database) => database.drop())));
  assert.equal(prepared, 1);
  const [one, two] = databases;
  assert.ok(one !== undefined && two !== undefined);
  await ask(one.url, "INSERT INTO fixed VALUES ('own')");
  assert.deepEqual(await ask(one.url, 'SELECT name FROM fixed ORDER BY name'), ['own', 'é']);
  assert.deepEqual(await ask(two.url, 'SELECT name FROM fixed'), ['é']);
});

test('a dropped database is gone even while somebody is connected to it', async () => {
  const database = await createTestDatabase(prepare);
  const left = new pg.Client({ connectionString: database.url });
  left.on('error', () => undefined);
  await left.connect();
  await database.drop();
  await assert.rejects(ask(database.url, 'SELECT 1'), /does not exist/);
});

test('a preparation that failed is not cloned, it is run anew', async (t) => {
  let attempts = 0;
  const fragile = async (url: string): Promise<void> => {
    attempts += 1;
    await ask(url, 'CREATE TABLE half AS SELECT 1 AS n');
    if (attempts === 1) throw new Error('cut in the middle');
  };
  await assert.rejects(createTestDatabase(fragile), /cut in the middle/);
  const database = await createTestDatabase(fragile);
  t.after(() => database.drop());
  assert.deepEqual(await ask(database.url, 'SELECT n FROM half'), [1]);
});
