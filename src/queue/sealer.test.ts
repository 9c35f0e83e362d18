import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../test/support/database.ts';
import { openPool } from '../store/db.ts';
import { migrateUrl } from '../store/migrate.testing.ts';
import { addAudit, verifyChain } from '../store/proofs.ts';
import { startSealer } from './sealer.ts';

const FAR_MS = 3_600_000;

test('a stopping sealer seals all that is left, however much, and the chain holds', async (t) => {
  const database = await createTestDatabase(migrateUrl);
  const pool = openPool(database.url, 2, () => undefined);
  t.after(async () => {
    await pool.end();
    await database.drop();
  });
  const entry = { actor: 'system', role: '-', action: 'essai', subject: '-', reason: null, outcome: '200' };
  await addAudit(pool, { ...entry, at: new Date('2026-11-23T08:00:00Z') });
  await pool.query(
    `insert into audit (at, actor, role, action, subject, outcome)
     select now(), 'system', '-', 'essai', n::text, '200' from generate_series(1, 1200) n`,
  );
  const errors: unknown[] = [];
  await startSealer(pool, FAR_MS, (error) => errors.push(error)).stop();
  assert.deepEqual([errors, await verifyChain(pool, 'audit')], [[], { links: 1_201 }]);
  await pool.query(`update audit set outcome = '500' where id = 600`);
  assert.deepEqual(await verifyChain(pool, 'audit'), { links: 599, brokenAt: 600 });
});

test('a database that is away is reported, not thrown', async () => {
  const pool = openPool('postgres://x:y@127.0.0.1:1/z', 1, () => undefined);
  const errors: unknown[] = [];
  await startSealer(pool, FAR_MS, (error) => errors.push(error)).stop();
  assert.equal(errors.length, 1);
  await pool.end();
});
