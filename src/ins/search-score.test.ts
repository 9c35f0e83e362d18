import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asked, type Scored, scorerOf } from './search-score.ts';

const PERSON: Scored = {
  birthName: 'LEFEBVRE',
  firstGivenName: 'JEAN-PIERRE',
  birthGivenNames: 'JEAN-PIERRE MARIE',
  usedName: null,
  usedGivenName: null,
  birthDate: '1954-03-12',
  sex: 'M',
  birthPlace: '63220',
};
const ASKED = {
  familyName: 'Lefèbvre',
  givenName: 'Jean Pierre',
  born: '1954-03-12',
  sex: 'M',
  birthPlace: '63220',
} as const;

function score(asked: Asked, person: Partial<Scored> = {}): number {
  return scorerOf(asked)({ ...PERSON, ...person }).score;
}

test('all that was asked is the same: 1, whatever was not asked', () => {
  assert.equal(score(ASKED), 1);
  assert.equal(score({ familyName: 'LEFEBVRE' }), 1);
  assert.equal(score({ familyName: 'LEFEBVRE', born: '1954' }), 1);
  assert.equal(score({}), 0);
});

test('two errors stay far above another person with the same given name, sex, place and month', () => {
  const wrong = { ...ASKED, familyName: 'LEFEVBRE', born: '1954-03-21' };
  const other = { birthName: 'LEGRAND', birthDate: '1954-03-25' };
  assert.ok(score(wrong) - score(wrong, other) > 0.15, `${score(wrong)} ${score(wrong, other)}`);
});

test('the more it differs the lower it is', () => {
  const descending = [
    ASKED,
    { ...ASKED, familyName: 'LEFEBRVE' },
    { ...ASKED, familyName: 'LEFEBRVE', born: '1954-12-03' },
    { ...ASKED, familyName: 'LEFEBRVE', born: '1954-03-30', givenName: 'JEAN' },
    { ...ASKED, familyName: 'MOREAU', born: '1954-03-30' },
    { ...ASKED, familyName: 'MOREAU', givenName: 'ANNE', born: '1987-01-02', sex: 'F', birthPlace: '75101' },
  ] as const;
  const scores = descending.map((asked) => score(asked));
  assert.deepEqual(
    scores,
    scores.toSorted((one, other) => other - one),
  );
  assert.equal(new Set(scores).size, scores.length);
  assert.equal(scores.at(-1), 0);
});

test('a particle written with the name does not hide a misspelt name, and does not bring two other names together', () => {
  const goff = { birthName: 'LE GOFF', firstGivenName: 'ANNE' };
  for (const familyName of ['LEGOF', 'LE GOF', 'LEGOFE'])
    assert.ok(score({ familyName, givenName: 'ANE' }, goff) > 0.8, `${familyName} ${score({ familyName }, goff)}`);
  assert.ok(score({ familyName: 'LEGOF' }, { birthName: 'LEGOFF' }) >= score({ familyName: 'LEGOF' }, goff));
  assert.equal(
    score({ familyName: 'DE LA TOUR' }, { birthName: 'DE LA COUR' }),
    score({ familyName: 'TOUR' }, { birthName: 'COUR' }),
  );
});

test('each trait says why it agrees or not', () => {
  const reasons = (asked: Asked, person: Partial<Scored> = {}) =>
    scorerOf(asked)({ ...PERSON, ...person }).agreements.map(({ reason }) => reason);
  assert.deepEqual(reasons({ ...ASKED, born: '1954-12-03' }), [
    'identique',
    'identique',
    'jour et mois intervertis',
    'identique',
    'identique',
  ]);
  assert.deepEqual(reasons({ familyName: 'ROCHE' }, { usedName: 'ROCHE' }), ['nom utilisé identique']);
  assert.deepEqual(reasons({ familyName: 'LEFEVRE', givenName: 'MARIE' }), [
    'orthographe voisine',
    'est un des autres prénoms',
  ]);
  assert.deepEqual(reasons({ familyName: 'JEAN PIERRE', givenName: 'LEFEBVRE' }), [
    'nom et prénom intervertis',
    'nom et prénom intervertis',
  ]);
  assert.deepEqual(reasons({ familyName: 'MOREL' }, { birthName: 'DUPONT-MOREL' }), ['partie du nom']);
  assert.deepEqual(reasons({ familyName: 'Rousso' }, { birthName: 'ROUSSEAU' }), ['se prononce pareil']);
});

test('what the identity does not have neither helps nor hinders', () => {
  assert.equal(score(ASKED, { sex: 'I', birthPlace: '99999' }), 1);
  assert.equal(score(ASKED, { birthPlace: null }), 1);
  assert.equal(score({ ...ASKED, birthPlace: '2A020' }, { birthPlace: '20020' }), 1);
});
