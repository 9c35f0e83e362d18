import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMonth, monthAfter, monthOf, monthsBetween, startOfMonth } from './month.ts';

test('a month begins at midnight in Paris, in winter as in summer', () => {
  assert.equal(startOfMonth('2026-01').toISOString(), '2025-12-31T23:00:00.000Z');
  assert.equal(startOfMonth('2026-07').toISOString(), '2026-06-30T22:00:00.000Z');
  for (const month of monthsBetween('2020-01', '2029-12')) {
    const start = startOfMonth(month);
    assert.deepEqual([monthOf(start), monthOf(new Date(start.getTime() - 1))], [month, monthAfter(month, -1)]);
  }
});

test('months follow each other over the end of the year, both ways', () => {
  assert.deepEqual(monthsBetween('2025-11', '2026-02'), ['2025-11', '2025-12', '2026-01', '2026-02']);
  assert.deepEqual(monthsBetween('2026-02', '2026-01'), []);
  assert.deepEqual([monthAfter('2026-11', -35), monthAfter('2026-12')], ['2023-12', '2027-01']);
  assert.deepEqual(['2026-11', '2026-00', '2026-13', '26-11', '2026-1', '2026-11-01'].map(isMonth), [
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
