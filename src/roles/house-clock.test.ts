import assert from 'node:assert/strict';
import { test } from 'node:test';
import { one, openPool, type Pool } from '../store/db.ts';
import { testPool } from '../store/store.fixture.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import { startHouseClock } from './house-clock.ts';

const NEAR_MS = 2_000;

async function distance(pool: Pool, now: () => Date): Promise<number> {
  const { at } = await one<{ at: Date }>(pool, 'select clock_timestamp() as at');
  return Math.abs(now().getTime() - at.getTime());
}

for (const hours of [48, -48])
  test(`the clock of this machine jumps by ${hours} h: the time of the house goes on`, async (t) => {
    const { pool } = await testPool(t);
    const clock = await startHouseClock(pool);
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + hours * 3_600_000 });
    const before = clock.now();
    assert.ok((await distance(pool, clock.now)) < NEAR_MS);
    assert.ok(clock.now().getTime() >= before.getTime());
  });

test('it follows the database, and goes on by itself while the database is away', async (t) => {
  const { pool } = await testPool(t);
  let elapsed = 1_000;
  const clock = await startHouseClock(pool, () => elapsed);
  const started = clock.now().getTime();
  elapsed += 3_600_000;
  assert.equal(clock.now().getTime() - started, 3_600_000);
  // The counter was wrong: the next look puts it right.
  await clock.look();
  assert.ok((await distance(pool, clock.now)) < NEAR_MS);
  const away = openPool('postgres://x:y@127.0.0.1:1/z', 1, () => undefined);
  t.after(() => away.end());
  await assert.rejects(startHouseClock(away));
});

test('the instants of a DST night and of a leap day stay in order, each with its own offset', () => {
  const night = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z'];
  assert.deepEqual(
    night.map((at) => hl7Timestamp(new Date(at), 'Europe/Paris')),
    ['20261025023000+0200', '20261025023000+0100', '20260329015959+0100', '20260329030000+0200'],
  );
  assert.equal(hl7Timestamp(new Date('2028-02-29T12:00:00Z'), 'Europe/Paris'), '20280229130000+0100');
});
