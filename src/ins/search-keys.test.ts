import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probesOf, searchForm, searchKeysOf, signatureOf } from './search-keys.ts';
import { seededRandom } from './seeded-random.fixture.ts';

const PERSON = {
  birthName: 'LEFEBVRE',
  firstGivenName: 'JEAN-PIERRE',
  usedName: null,
  usedGivenName: null,
  birthDate: '1954-03-12',
};

/** Whether a search asked so reads a part of the index where this identity stands. */
function meets(
  person: typeof PERSON | (Omit<typeof PERSON, 'usedName'> & { usedName: string }),
  asked: object,
): boolean {
  const { keys, born } = searchKeysOf(person);
  return probesOf(asked).some(({ key, low, high }) => keys.includes(key) && born >= low && born <= high);
}

const asked = (familyName: string, givenName: string, born?: string) => ({ familyName, givenName, born });

test('one or two errors leave a block right', () => {
  const found: readonly (readonly [string, object])[] = [
    ['as it is', asked('Lefebvre', 'Jean Pierre', '1954-03-12')],
    ['both names wrong, the date right', asked('LEFRAVE', 'JEAN-PIREER', '1954-03-12')],
    ['a letter of the name, another day', asked('LEFBVERE', 'JEAN-PIERRE', '1954-03-21')],
    ['a letter of the name, day and month exchanged', asked('KEFEBVRE', 'JEAN', '1954-12-03')],
    ['a letter of the given name, another month', asked('LEFEVRE', 'JEAM-PIERRE', '1954-08-12')],
    ['a letter of the name, two digits of the year exchanged', asked('LEFEBRVE', 'JEAN-PIERRE', '1945-03-12')],
    ['names exchanged, another day', asked('JEAN-PIERRE', 'LEFEBVRE', '1954-03-13')],
    ['as it sounds, a date that is wrong altogether', asked('LEFÈVRE', 'JEAN', '2001-01-30')],
    ['as it sounds, no date', asked('lefevre', 'jean pierre')],
    ['a consonant late in the name, no date', asked('LEFEBLRE', 'JEAN')],
    ['a consonant early in the name, no date', asked('LENFEBVRE', 'JEAN')],
    ['another one at the beginning, the year', asked('LESEBVRE', 'JEAN', '1954')],
    ['one of two given names, the year', asked('LEFEBVRE', 'PIERRE', '1954')],
  ];
  for (const [what, question] of found) assert.ok(meets(PERSON, question), what);
  assert.ok(!meets(PERSON, asked('MARTIN', 'PAUL', '1970-01-01')));
});

test('a woman is found by either name, a compound name by each of its parts', () => {
  const married = { ...PERSON, birthName: 'DUPONT-MOREL', usedName: 'DE LA FONTAINE' };
  for (const name of ['DUPONT MOREL', 'DUPONT', 'MOREL', 'De la Fontaine', 'FONTAINE', 'DELAFONTAINE'])
    assert.ok(meets(married, asked(name, 'JEAN-PIERRE')), name);
  assert.deepEqual(
    searchKeysOf(married).keys.filter((key) => key.startsWith('u:')),
    ['u:DE LA FONTAINE JEAN PIERRE'],
  );
});

test('a single typo keeps the key of a name two times of three at least', () => {
  const { below, pick } = seededRandom(16);
  const names = 'LEFEBVRE ROUSSEAU GAUTHIER DUPONT MARCHAND BLANCHARD FONTAINE CHEVALIER BERTRAND LEMOINE'.split(' ');
  const typo = (name: string): string => {
    const at = 1 + below(name.length - 2);
    const [before, letter = '', next = '', after] = [name.slice(0, at), name[at], name[at + 1], name.slice(at + 2)];
    return [
      before + next + after,
      before + next + letter + after,
      before + pick(['A', 'E', 'I', 'O', 'U', 'R', 'S', 'L', 'N']) + next + after,
    ][below(3)] as string;
  };
  let kept = 0;
  const tries = 600;
  for (let n = 0; n < tries; n += 1) {
    const name = pick(names as [string, ...string[]]);
    const person = { ...PERSON, birthName: name };
    const key = searchKeysOf({ ...person, birthName: typo(name) }).keys.find((one) => one.startsWith('n:')) ?? '';
    if (searchKeysOf(person).keys.includes(key)) kept += 1;
  }
  assert.ok(kept / tries > 2 / 3, `${kept} of ${tries}`);
});

test('a name of many words never fills the index', () => {
  const words = 'ALPHA BRAVO CHARLIE DELTA ECHO FOXTROT GOLF HOTEL INDIA JULIETT';
  const { keys } = searchKeysOf({ ...PERSON, birthName: words, firstGivenName: words, usedName: words });
  assert.ok(keys.length <= 36, `${keys.length}`);
  assert.equal(new Set(keys).size, keys.length);
});

test('a name without a letter, an empty question', () => {
  assert.deepEqual(probesOf({}), []);
  assert.deepEqual(probesOf({ familyName: '%' }), []);
  assert.ok(searchKeysOf({ ...PERSON, birthName: '?', firstGivenName: '' }).keys.includes('d:'));
});

test('the signature of a name contains that of its parts, and is a signed 64-bit number', () => {
  const whole = BigInt(signatureOf(['LEFEBVRE', 'JEAN']));
  const part = BigInt(signatureOf(['JEAN']));
  assert.equal(part & ~whole, 0n);
  assert.equal(BigInt.asIntN(64, whole), whole);
});

test('searches are blind to case, accents, ligatures, hyphens and signs', () => {
  assert.equal(searchForm('d’Œuvray--Ñino', null, ' (é) '), 'D OEUVRAY NINO E');
  assert.equal(searchForm('%'), '');
});
