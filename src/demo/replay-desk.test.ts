/** A replay that a visitor starts: told as it goes, measured at its end, stopped with the demonstration. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayState } from '../console/replay-page.ts';
import { createReplayDesk } from './replay-desk.ts';

const ROOT = join(import.meta.dirname, '../..');
const SIZE = { establishments: 2, documents: 8, months: 1 };
const MEASURES = {
  ...{ establishments: 2, products: 2, documents: 8, accepted: 8, duplicated: 0, lost: 0, longestGapMs: 12 },
  ...{ v1Before: 100, v2After: 100, td00Forwarded: 0, inscForwarded: 0 },
};

/** A desk whose replays are this program. */
async function deskOf(t: TestContext, program: string) {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-replay-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'program.ts');
  await writeFile(file, program);
  const desk = createReplayDesk(folder, () => new Date('2026-11-23T12:00:00Z'), relative(ROOT, file));
  t.after(() => desk.close());
  return desk;
}

async function until(look: () => ReplayState, wanted: (state: ReplayState) => boolean): Promise<ReplayState> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (wanted(look())) return look();
    await sleep(20);
  }
  return look();
}

test('it is told week by week, then measured, with what it found wrong', async (t) => {
  const desk = await deskOf(
    t,
    `console.error('   0.1 s  Passerelle');
     console.error('   0.2 s  2026-10 semaine 1 : 2 envois');
     await new Promise((resolve) => setTimeout(resolve, 300));
     console.error('un document manque');
     console.log(JSON.stringify({ ...${JSON.stringify(MEASURES)}, asked: process.argv.slice(2) }));`,
  );
  assert.deepEqual(desk.state(), { kind: 'none' });
  desk.start(SIZE);
  const running = await until(desk.state, (state) => state.kind === 'running' && state.week === 1);
  assert.ok(running.kind === 'running');
  assert.deepEqual([running.week, running.weeks, running.said], [1, 4, '2026-10 semaine 1 : 2 envois']);
  // A second order while it runs changes nothing.
  desk.start({ ...SIZE, months: 6 });
  const over = await until(desk.state, ({ kind }) => kind === 'measured');
  assert.ok(over.kind === 'measured');
  assert.deepEqual([over.size, over.measures, over.problems], [SIZE, MEASURES, ['un document manque']]);
});

test('one that ends without a result says why, and another may be started', async (t) => {
  const desk = await deskOf(t, `console.error('aucun PostgreSQL embarqué'); process.exitCode = 2;`);
  desk.start(SIZE);
  const over = await until(desk.state, ({ kind }) => kind === 'failed');
  assert.ok(over.kind === 'failed');
  assert.equal(over.said, 'aucun PostgreSQL embarqué');
  await sleep(0);
  desk.start(SIZE);
  assert.equal(desk.state().kind, 'running');
});

test('it ends with the demonstration', async (t) => {
  const desk = await deskOf(
    t,
    `process.on('SIGTERM', () => process.exit(130));
     console.error('   0.1 s  2026-10 semaine 1 : 0 envois');
     setInterval(() => undefined, 1000);`,
  );
  desk.start(SIZE);
  await until(desk.state, (state) => state.kind === 'running' && state.week === 1);
  await desk.close();
  assert.equal(desk.state().kind, 'failed');
});
