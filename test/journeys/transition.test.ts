import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { replayTransition } from '../../src/demo/transition/replay.ts';
import { createTestDatabase } from '../support/database.ts';

test('a small transition: from all by yesterday’s ways to all by API V2, every document once', async (t) => {
  const database = await createTestDatabase(async () => undefined);
  t.after(() => database.drop());
  const data = await mkdtemp(join(tmpdir(), 'tdu-transition-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const waves: number[] = [];
  const { longestGapMs, problems, ...measured } = await replayTransition({
    ...{ establishments: 5, documents: 50, months: 3, data, version: '0.0.0-test' },
    databaseUrl: database.url,
    say: () => undefined,
    onProgress: ({ wave }) => void waves.push(wave),
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(measured, {
    ...{ establishments: 5, products: 5, documents: 50, accepted: 50, duplicated: 0, lost: 0 },
    ...{ v1Before: 100, v2After: 100, td00Forwarded: 0, inscForwarded: 0 },
  });
  assert.ok(longestGapMs > 0, 'a cut-over takes some time');
  assert.equal(waves.length, 12);
});
