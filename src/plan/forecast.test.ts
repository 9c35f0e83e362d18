import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecast, type Point } from './forecast.ts';

const DAY_MS = 86_400_000;

/** One reading a day from 1 October 2026. */
function readings(values: readonly number[]): Point[] {
  const start = Date.parse('2026-10-01T00:00:00Z');
  return values.map((value, index) => ({ day: new Date(start + index * DAY_MS).toISOString().slice(0, 10), value }));
}

test('a steady rise gives its day, without doubt where there is no scatter', () => {
  const found = forecast(readings(Array.from({ length: 21 }, (_, day) => 20 + 2 * day)));
  assert.deepEqual(found, {
    kind: 'date',
    day: '2026-11-10',
    earliest: '2026-11-10',
    latest: '2026-11-10',
    perWeek: 14,
    points: 21,
  });
});

test('scatter widens the range around the same day', () => {
  const found = forecast(readings(Array.from({ length: 30 }, (_, day) => 20 + day + (day % 3 === 0 ? 6 : -3))));
  assert.equal(found.kind, 'date');
  assert.ok(found.kind === 'date' && found.earliest < found.day && found.latest !== null && found.day < found.latest);
});

test('what the data does not allow is not forecast, and it says why', () => {
  const why = (values: readonly number[]): string => {
    const found = forecast(readings(values));
    return found.kind === 'none' ? found.why : found.kind;
  };
  assert.match(why([]), /aucun historique/);
  assert.match(why([10, 20, 30]), /moins de 8 relevés sur 14 jours/);
  assert.match(why(Array(20).fill(40)), /ne progresse pas/);
  assert.match(why(Array.from({ length: 20 }, (_, day) => 60 - day)), /ne progresse pas/);
  assert.match(why(Array.from({ length: 20 }, (_, day) => (day % 2 === 0 ? 10 : 60) + day * 0.1)), /variations/);
  assert.match(why(Array.from({ length: 20 }, (_, day) => 1 + day * 0.001)), /dix ans/);
  assert.equal(why([50, 100]), 'reached');
});
