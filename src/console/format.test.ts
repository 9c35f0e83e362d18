import assert from 'node:assert/strict';
import test from 'node:test';
import {
  age,
  birthDate,
  bytes,
  clockSeconds,
  counted,
  dateTime,
  duration,
  hourOf,
  isoDate,
  number,
  recent,
  startOfDay,
} from './format.ts';

const NOON = new Date('2026-11-23T13:05:09Z');

test('dates are those of Paris, day first', () => {
  assert.equal(dateTime(NOON), '23/11/2026 14:05');
  assert.equal(dateTime(new Date('2026-07-01T22:30:00Z')), '02/07/2026 00:30');
  assert.equal(clockSeconds(NOON), '14:05:09');
  assert.equal(hourOf(new Date('2026-11-23T23:30:00Z')), 0);
});

test('a date of today shows its time only', () => {
  assert.equal(recent(new Date('2026-11-23T08:00:00Z'), NOON), '09:00');
  assert.equal(recent(new Date('2026-11-22T08:00:00Z'), NOON), '22/11/2026 09:00');
});

test('the day begins at midnight in Paris, also when clocks change', () => {
  const starts: readonly [now: string, start: string][] = [
    ['2026-11-23T13:05:09.250Z', '2026-11-22T23:00:00.000Z'],
    ['2026-07-01T22:30:00Z', '2026-07-01T22:00:00.000Z'],
    // 29 March 2026: two o'clock becomes three.
    ['2026-03-29T10:00:00Z', '2026-03-28T23:00:00.000Z'],
    ['2026-03-29T00:30:00Z', '2026-03-28T23:00:00.000Z'],
    // 25 October 2026: three o'clock becomes two.
    ['2026-10-25T12:00:00Z', '2026-10-24T22:00:00.000Z'],
    ['2026-10-25T00:30:00Z', '2026-10-24T22:00:00.000Z'],
  ];
  for (const [now, start] of starts) assert.equal(startOfDay(new Date(now)).toISOString(), start, now);
});

test('numbers have a comma, and groups apart by a narrow no-break space', () => {
  assert.equal(number(1234.5), '1\u202f234,5');
  assert.equal(number(1_000_000), '1\u202f000\u202f000');
});

test('the plural starts at two', () => {
  assert.equal(counted(0, 'document', 'documents'), '0\u00a0document');
  assert.equal(counted(1, 'document', 'documents'), '1\u00a0document');
  assert.equal(counted(2, 'document', 'documents'), '2\u00a0documents');
});

test('durations keep their two most telling units', () => {
  const said: readonly [ms: number, text: string][] = [
    [-5, '0 ms'],
    [212, '212 ms'],
    [1_250, '1,2 s'],
    [59_900, '59 s'],
    [40 * 60_000, '40 min'],
    [190 * 60_000, '3 h 10'],
    [180 * 60_000, '3 h'],
    [52 * 3_600_000, '2 j 4 h'],
    [48 * 3_600_000, '2 j'],
    [30 * 86_400_000 + 3_600_000, '30 j'],
  ];
  for (const [ms, text] of said) assert.equal(duration(ms).replaceAll('\u00a0', ' '), text);
  assert.equal(age(new Date(NOON.getTime() - 5_000), NOON), 'moins d’1\u00a0min');
});

test('sizes are in the unit that reads best', () => {
  assert.equal(bytes(4), '4\u00a0octets');
  assert.equal(bytes(213_400), '213\u00a0Ko');
  assert.equal(bytes(1_240_000), '1,2\u00a0Mo');
});

test('a typed date is read day first, with the usual separators', () => {
  assert.equal(isoDate('23/11/2026'), '2026-11-23');
  assert.equal(isoDate('1.2.2026'), '2026-02-01');
  assert.equal(isoDate('00/00/1950'), '1950-00-00');
  for (const text of ['', 'demain', '2026-11-23', '23/11/26']) assert.equal(isoDate(text), undefined, text);
});

test('a birth date turns round, lunar or not; anything else stays', () => {
  assert.equal(birthDate('1979-03-28'), '28/03/1979');
  assert.equal(birthDate('19500000'), '00/00/1950');
  assert.equal(birthDate('inconnue'), 'inconnue');
});
