import assert from 'node:assert/strict';
import { test } from 'node:test';
import { one } from '../store/db.ts';
import { testPool } from '../store/store.fixture.ts';
import { openSession } from './session.ts';

const sessions = `select count(*) as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;

test('a session that cannot begin gives its connection back, however often it is tried', async (t) => {
  const { pool, url } = await testPool(t);
  const client = await pool.connect();
  const before = (await one<{ count: number }>(client, sessions)).count;
  const readOnly = new URL(url);
  readOnly.searchParams.set('options', '-c default_transaction_read_only=on');
  for (let tries = 0; tries < 5; tries++)
    await assert.rejects(
      openSession(String(readOnly), () => undefined),
      /read-only/,
    );
  for (let looks = 0; (await one<{ count: number }>(client, sessions)).count > before; looks++)
    assert.ok(looks < 10_000, 'a connection stays');
  client.release();
});
