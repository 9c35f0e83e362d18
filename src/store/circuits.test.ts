import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circuitOf } from './circuits.testing.ts';
import { askLeave, recordFailure, recordHealthy } from './circuits.ts';
import { type Pool, transaction } from './db.ts';
import { testPool } from './store.fixture.ts';

const START = Date.parse('2026-03-02T08:00:00Z');
const PACE = { intervalMs: 200, probeAfterMs: 5_000 };
const FAILURE = { error: 'Service injoignable', limit: 3, probeAfterMs: 5_000 };

/** Milliseconds after the start. */
const at = (ms: number): Date => new Date(START + ms);
const leave = (pool: Pool, ms: number): Promise<number> =>
  transaction(pool, (tx) => askLeave(tx, 'INSi', at(ms), PACE));
const fail = (pool: Pool, ms: number): Promise<void> => recordFailure(pool, 'INSi', at(ms), FAILURE);
const state = async (pool: Pool): Promise<string | undefined> => (await circuitOf(pool, 'INSi'))?.state;

test('calls of all the processes share one pace', async (t) => {
  const { pool } = await testPool(t);
  assert.equal(await leave(pool, 0), 0);
  assert.equal(await leave(pool, 0), 200);
  assert.equal(await leave(pool, 150), 50);
  assert.equal(await leave(pool, 200), 0);
  const together = await Promise.all([leave(pool, 400), leave(pool, 400), leave(pool, 400)]);
  assert.deepEqual(
    together.sort((a, b) => a - b),
    [0, 200, 200],
  );
});

test('failures in a row open the circuit; a success in between starts the count again', async (t) => {
  const { pool } = await testPool(t);
  await fail(pool, 0);
  await fail(pool, 1);
  assert.equal(await recordHealthy(pool, 'INSi', at(2)), true);
  await fail(pool, 3);
  await fail(pool, 4);
  assert.equal(await state(pool), 'closed');
  await fail(pool, 5);
  assert.equal(await state(pool), 'open');
  assert.equal(await leave(pool, 6), 4_999);
  assert.equal((await circuitOf(pool, 'INSi'))?.lastError, 'Service injoignable');
});

test('when the probe is due one caller goes, the others wait for what it finds', async (t) => {
  const { pool } = await testPool(t);
  for (const ms of [0, 1, 2]) await fail(pool, ms);
  const together = await Promise.all([leave(pool, 5_002), leave(pool, 5_002), leave(pool, 5_002)]);
  assert.deepEqual(
    together.sort((a, b) => a - b),
    [0, 5_000, 5_000],
  );
  assert.equal(await state(pool), 'half-open');
  await fail(pool, 5_100);
  assert.equal(await state(pool), 'open');
  assert.equal(await leave(pool, 5_100), 5_000);
  assert.equal(await leave(pool, 10_100), 0);
  assert.equal(await recordHealthy(pool, 'INSi', at(10_200)), true);
  assert.equal(await state(pool), 'closed');
  assert.equal(await recordHealthy(pool, 'INSi', at(10_300)), false);
  assert.equal(await leave(pool, 10_300), 0);
});

test('a probe whose process died is replaced when its time is up', async (t) => {
  const { pool } = await testPool(t);
  for (const ms of [0, 1, 2]) await fail(pool, ms);
  assert.equal(await leave(pool, 5_002), 0);
  assert.equal(await leave(pool, 10_001), 1);
  assert.equal(await leave(pool, 10_002), 0);
});
