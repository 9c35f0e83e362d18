import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hl7Time, inOrder } from './times.ts';

const PARIS = 'Europe/Paris';

test('HL7 times of every precision, local to the establishment when they say no offset', () => {
  assert.equal(hl7Time('20260715143012', PARIS), '20260715143012+0200');
  assert.equal(hl7Time('202601151430', PARIS), '20260115143000+0100');
  assert.equal(hl7Time('2026011514', PARIS), '20260115140000+0100');
  assert.equal(hl7Time('20260115', PARIS), '20260115000000+0100');
  assert.equal(hl7Time('20260115143012.1234', PARIS), '20260115143012+0100');
  assert.equal(hl7Time('20260115143012.1234+0000', PARIS), '20260115143012+0000');
  assert.equal(hl7Time('20260715143012', 'Indian/Reunion'), '20260715143012+0400');
  assert.equal(hl7Time('20260715143012', 'America/Cayenne'), '20260715143012-0300');
  assert.equal(hl7Time('20260715143012', 'Pacific/Noumea'), '20260715143012+1100');
});

test('an offset that is given stays, whatever the establishment', () => {
  assert.equal(hl7Time('20260715143012+0400', PARIS), '20260715143012+0400');
  assert.equal(hl7Time('2026-07-15T14:30:12+04:00', PARIS), '20260715143012+0400');
  assert.equal(hl7Time('2026-07-15T14:30:12.500Z', PARIS), '20260715143012+0000');
  assert.equal(hl7Time('2026-07-15T14:30', PARIS), '20260715143000+0200');
  assert.equal(hl7Time('20260715-1000', PARIS), '20260715000000-1000');
});

test('the hours around the changes of time', () => {
  assert.equal(hl7Time('20260329015959', PARIS), '20260329015959+0100');
  assert.equal(hl7Time('20260329030000', PARIS), '20260329030000+0200');
  assert.equal(hl7Time('20260329023000', PARIS), '20260329023000+0100', 'an hour that does not exist');
  assert.equal(hl7Time('20261025015959', PARIS), '20261025015959+0200');
  assert.equal(hl7Time('20261025023000', PARIS), '20261025023000+0200', 'first reading of the repeated hour');
  assert.equal(hl7Time('20261025030000', PARIS), '20261025030000+0100');
});

test('what is no time is no time', () => {
  for (const text of [
    undefined,
    '',
    'hier',
    '2026',
    '202607',
    '202607151',
    '20260230',
    '20261301',
    '20260715250000',
    '20260715240000',
    '20260715146000',
    '20260715143060',
    '20260715143012+1500',
    '20260715143012-1300',
    '20260715143012+0170',
    '20260715143012+02',
    '20260715 1430',
    '2026071514301200',
  ])
    assert.equal(hl7Time(text, PARIS), undefined, String(text));
});

test('a period is in order by its instants, not by its digits', () => {
  assert.ok(inOrder('20260715100000+0400', '20260715080000+0200'));
  assert.ok(inOrder('20260715100000+0200', '20260715093000+0000'));
  assert.ok(!inOrder('20260715100000+0000', '20260715110000+0200'));
});
