import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSI_DOWN, openBench } from '../../test/support/use-case-bench.ts';
import { insiStanding } from './insi-standing.ts';

test('away: since when, what waits behind it, and when it is tried again; then the drain at the permitted pace; then nothing', async (t) => {
  const bench = await openBench(t, (config) => ({
    ...config,
    ...(config.insi && { insi: { ...config.insi, ratePerSecond: 0.05 } }),
  }));
  const usual = bench.insi.answer;
  bench.insi.answer = () => INSI_DOWN;
  await bench.admit();
  await bench.admit({ patient: { ipp: 'P2' } });
  await bench.file();
  for (let i = 0; i < 3; i++) {
    await bench.run('insi');
    bench.advance(60_000);
  }
  await bench.run('document');
  const away = await insiStanding(bench.context, null);
  assert.ok(away);
  assert.deepEqual(
    [away.state, away.searches, away.documents, away.lastError],
    ['away', 2, 1, "INSi n'a pas pu être joint"],
  );
  assert.ok(away.since && away.since < bench.context.now() && away.nextTryAt);
  assert.equal((await insiStanding(bench.context, '990000999'))?.documents, 0, 'of another establishment');
  bench.insi.answer = usual;
  await bench.context.pool.query(`update service_circuit set state = 'closed', failures = 0`);
  const back = await insiStanding(bench.context, null);
  assert.deepEqual([back?.state, back?.remainingMs, back?.ratePerSecond], ['draining', 40_000, 0.05]);
  await bench.run('insi');
  assert.deepEqual(
    [(await bench.identity('P1')).insiState, (await insiStanding(bench.context, null))?.state],
    ['settled', 'answering'],
  );
});

test('an installation that does not call INSi has nothing to say of it', async (t) => {
  const bench = await openBench(t);
  const { insi: _, ...config } = bench.context.config;
  assert.equal(await insiStanding({ ...bench.context, config }, null), undefined);
});
