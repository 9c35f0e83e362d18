import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageOn, completeDate, type DateForm, formatCivilDate, isLunar, parseCivilDate } from './civil-date.ts';
import type { CivilDate } from './types.ts';

function date(text: string, form?: DateForm): CivilDate {
  const parsed = parseCivilDate(text, form);
  assert.ok(parsed.ok, text);
  return parsed.value;
}

test('the four forms name the same day', () => {
  const forms: readonly [string, DateForm][] = [
    ['1979-03-28', 'AAAA-MM-JJ'],
    ['19790328', 'AAAAMMJJ'],
    ['28-03-1979', 'JJ-MM-AAAA'],
    ['28/03/1979', 'JJ/MM/AAAA'],
  ];
  for (const [text, form] of forms) {
    assert.equal(date(text, form), '1979-03-28');
    assert.equal(formatCivilDate(date('1979-03-28'), form), text);
  }
});

test('lunar dates are read raw, and completed by the RNIV rule', () => {
  const cases: readonly [string, string][] = [
    ['1950-05-00', '1950-05-01'],
    ['1950-00-12', '1950-01-12'],
    ['1950-00-00', '1950-12-31'],
  ];
  for (const [raw, complete] of cases) {
    assert.equal(isLunar(date(raw)), true);
    assert.deepEqual(completeDate(date(raw)), { ok: true, value: { date: complete, interpreted: true } });
  }
  assert.deepEqual(completeDate(date('2000-02-29')), { ok: true, value: { date: '2000-02-29', interpreted: false } });
});

test('an age counts whole years, lunar dates as completed, and is unknown without a year', () => {
  const cases: readonly [string, string, number | undefined][] = [
    ['2008-11-24', '2026-11-23', 17],
    ['2008-11-23', '2026-11-23', 18],
    ['2008-02-29', '2026-02-28', 17],
    ['2008-02-29', '2026-03-01', 18],
    ['2008-00-00', '2026-12-30', 17],
    ['2008-00-00', '2026-12-31', 18],
    ['2008-05-00', '2026-05-01', 18],
    ['0000-05-12', '2026-11-23', undefined],
  ];
  for (const [birth, day, age] of cases) assert.equal(ageOn(date(birth), date(day)), age, `${birth} ${day}`);
});

test('a year is never guessed', () => {
  const completed = completeDate(date('0000-05-12'));
  assert.equal(completed.ok ? '' : completed.refusal.rule.id, 'TDU-ID-008');
});

test('days that do not exist, and other shapes, are refused', () => {
  for (const text of [
    '2023-02-29',
    '1900-02-29',
    '2023-13-01',
    '2023-04-31',
    '1979-3-28',
    '28/03/1979',
    '1979-03-28Z',
    '',
  ])
    assert.equal(parseCivilDate(text).ok, false, text);
});
