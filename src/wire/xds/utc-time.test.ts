import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utcTime } from './utc-time.ts';

test('a local time with offset becomes universal time', () => {
  assert.equal(utcTime('20240104160527+0100'), '20240104150527');
  assert.equal(utcTime('20240101003000+0200'), '20231231223000');
  assert.equal(utcTime('20231231203000-0400'), '20240101003000');
  assert.equal(utcTime('20240228233000-0330'), '20240229030000');
});

test('seconds not given are 00, fractions are dropped, a date stays a date', () => {
  assert.equal(utcTime('202401041605+0100'), '20240104150500');
  assert.equal(utcTime('20210409094914.827+0100'), '20210409084914');
  assert.equal(utcTime('20210409'), '20210409');
});

test('a time without offset, or outside the calendar, has no universal time', () => {
  for (const stamp of [
    '20050411103328',
    '202101',
    '20230230120000+0100',
    '20230230',
    '20231301',
    '20230101250000+0100',
    '20240106113623+100',
    '20240106113623+9900',
    '',
    'hier',
  ]) {
    assert.equal(utcTime(stamp), undefined, stamp);
  }
});
