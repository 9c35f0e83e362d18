/** Days as typed, and the day that follows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextDay, parisDay } from './period.ts';

test('the day after an evening is tomorrow, not the day after it, whatever the clock change', () => {
  const days = [
    ['2026-11-23T17:36:00Z', '2026-11-23T23:00:00.000Z'],
    ['2026-11-22T23:00:00Z', '2026-11-23T23:00:00.000Z'],
    ['2026-03-29T20:00:00Z', '2026-03-29T22:00:00.000Z'],
    ['2026-10-25T21:30:00Z', '2026-10-25T23:00:00.000Z'],
  ] as const;
  for (const [instant, start] of days) assert.equal(nextDay(new Date(instant)).toISOString(), start, instant);
});

test('a day that the calendar does not have is no day', () => {
  assert.equal(parisDay('31/02/2026'), undefined);
  assert.equal(parisDay('23/11/2026')?.toISOString(), '2026-11-22T23:00:00.000Z');
});
