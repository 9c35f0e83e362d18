/** Several processes on one database, at CI size: `npm run processes` for the full one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPlatformPackage } from '../../src/store/embedded/binaries.ts';
import { frozenRun } from './frozen.ts';
import { rollingRun } from './rolling.ts';
import { wrongClockRun } from './wrong-clock.ts';

const missing = await findPlatformPackage().then(
  () => undefined,
  () => 'aucun PostgreSQL embarqué sur cette plateforme',
);
const skip = missing ?? false;
const quiet = (): void => undefined;

test('T-R14: N → N+1 → N under load, twice: nothing refused, lost or doubled', { skip }, async (t) => {
  const report = await rollingRun(2, (line) => t.diagnostic(line));
  assert.deepEqual(report.notTaken, []);
  assert.deepEqual(report.problems, []);
  assert.equal(report.upgrades, 4);
  assert.ok(report.acknowledged > 50, `${report.acknowledged} documents`);
  assert.equal(report.accepted, report.acknowledged);
});

test('T-R11: workers frozen for longer than their lease commit nothing when they wake', { skip }, async () => {
  const report = await frozenRun(4, 3_500, quiet);
  assert.deepEqual(report.problems, []);
  assert.ok(report.whileSending > 0, 'no freeze caught a sending');
  assert.equal(report.accepted, report.acknowledged);
});

for (const hours of [48, -48])
  test(`T-R13: clocks ${hours} h off that jump to the other side: same times, same order, nothing refused`, {
    skip,
  }, async () => {
    const report = await wrongClockRun(hours, 6, quiet);
    assert.deepEqual([report.problems, report.notTaken], [[], []]);
    assert.ok(report.farthestMinutes < 1, `${report.farthestMinutes} minutes from the database's clock`);
    assert.ok(report.acknowledged > 10, `${report.acknowledged} documents`);
    assert.equal(report.accepted, report.acknowledged);
  });
