import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecast } from './forecast.ts';

const WINDOW = { start: new Date('2026-07-01T00:00:00Z'), end: new Date('2027-01-01T00:00:00Z') };
const NOW = new Date('2026-11-23T00:00:00Z');

test('weeks that are all alike land where they lead; weeks that differ say so by a wider interval', () => {
  const alike = forecast({ ...WINDOW, now: NOW, weeks: [70, 70, 70, 70], soFar: 1_000 });
  assert.deepEqual(alike, { kind: 'landing', low: 1_390, likely: 1_390, high: 1_390, weeks: 4 });
  const some = forecast({ ...WINDOW, now: NOW, weeks: [60, 80, 65, 75], soFar: 1_000 });
  const more = forecast({ ...WINDOW, now: NOW, weeks: [60, 80, 65, 75, 60, 80, 65, 75], soFar: 1_000 });
  assert.ok(some.kind === 'landing' && more.kind === 'landing');
  assert.ok(some.low < 1_390 && some.high > 1_390 && some.low >= 1_000);
  assert.ok(more.high - more.low < some.high - some.low, 'more weeks, less doubt');
});

test('never less than what is there already', () => {
  const wild = forecast({ ...WINDOW, now: NOW, weeks: [0, 400, 0, 1], soFar: 1_000 });
  assert.ok(wild.kind === 'landing' && wild.low === 1_000);
});

test('no forecast where nothing carries it', () => {
  const reason = (parts: Partial<Parameters<typeof forecast>[0]>) => {
    const found = forecast({ ...WINDOW, now: NOW, weeks: [70, 70, 70, 70], soFar: 10, ...parts });
    return found.kind === 'none' ? found.reason : '';
  };
  assert.equal(reason({ now: WINDOW.end }), 'over');
  assert.equal(reason({ now: new Date('2026-06-30T00:00:00Z') }), 'not-started');
  assert.equal(reason({ weeks: [70, 70, 70] }), 'too-few-weeks');
  assert.equal(reason({ weeks: [70, 70, 70, 70, 0] }), 'stopped');
});
