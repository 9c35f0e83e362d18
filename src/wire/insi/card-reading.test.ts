import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CardReadingInput, cardReading } from './card-reading.ts';

const READ: CardReadingInput = { insured: '2 79 03 51 215 189 89', birthDate: '1979-03-28' };

test('a card of one person: the number without its spaces, rank 1 unless told', () => {
  const reading = cardReading(READ);
  assert.ok(reading.ok);
  assert.deepEqual(reading.value, {
    insured: { number: '2790351215189', key: '89' },
    birthDate: '1979-03-28',
    birthRank: 1,
  });
});

test('a lunar birth date is a birth date, Corsica counts in the key', () => {
  const reading = cardReading({ insured: '180032b02040123', birthDate: '1980-00-00', birthRank: 2 });
  assert.ok(reading.ok);
  assert.deepEqual([reading.value.insured.number, reading.value.birthRank], ['180032B020401', 2]);
});

test('a number that does not go with its key, or a field out of shape, is refused by its name and never by its value', () => {
  const cases: readonly [Partial<CardReadingInput>, string][] = [
    [{ insured: '279035121518988' }, 'insured'],
    [{ insured: '2790351215189' }, 'insured'],
    [{ beneficiary: '279035121518900' }, 'beneficiary'],
    [{ birthDate: '28/03/1979' }, 'birthDate'],
    [{ birthRank: 0 }, 'birthRank'],
    [{ certifiedOn: 'hier' }, 'certifiedOn'],
    [{ birthName: 'DUPONT_1' }, 'birthName'],
    [{ regime: '1' }, 'regime'],
    [{ bearer: 'X' }, 'bearer'],
  ];
  for (const [change, location] of cases) {
    const reading = cardReading({ ...READ, ...change });
    assert.ok(!reading.ok, location);
    assert.deepEqual([reading.refusal.rule.id, reading.refusal.location], ['TDU-INSI-022', location]);
    assert.doesNotMatch(JSON.stringify(reading.refusal), /27903/);
  }
});
