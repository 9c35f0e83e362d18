import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresseeOf, disagreements, proposeCorrection, type Sides } from './correction-route.ts';
import type { InsiTraits } from './insi-traits.ts';
import type { CivilDate, CogCode, StrictTraits } from './types.ts';

const TRUE: StrictTraits = {
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE MARIE',
  sex: 'F',
  birthDate: '1979-03-28' as CivilDate,
  birthPlace: '63220' as CogCode,
};
const WRONG: StrictTraits = { ...TRUE, birthDate: '1979-03-29' as CivilDate };
const OTHER: StrictTraits = { ...TRUE, birthDate: '1979-03-30' as CivilDate };

function insi({ birthGivenNames = '', firstGivenName: _, ...traits }: StrictTraits): InsiTraits {
  return { ...traits, givenNames: birthGivenNames };
}

function said(sides: Sides): string {
  const { ground, sides: wrong } = proposeCorrection(sides);
  return `${ground} ${wrong.join('+')}`.trim();
}

test('the certificate of birth settles: whatever departs from it is to be corrected', () => {
  assert.equal(said({ identity: TRUE, document: TRUE, insi: insi(WRONG), certificate: TRUE }), 'certain registry');
  assert.equal(said({ identity: TRUE, document: WRONG, insi: insi(TRUE), certificate: TRUE }), 'certain document');
  assert.equal(
    said({ identity: WRONG, document: TRUE, insi: insi(WRONG), certificate: TRUE }),
    'certain identity+registry',
  );
  assert.equal(said({ identity: TRUE, document: TRUE, insi: insi(TRUE), certificate: TRUE }), 'agreed');
});

test('without it, two against one are likely right, and three that differ are a doubt', () => {
  assert.equal(said({ identity: WRONG, document: TRUE, insi: insi(TRUE) }), 'likely identity');
  assert.equal(said({ identity: TRUE, document: TRUE, insi: insi(WRONG) }), 'likely registry');
  assert.equal(said({ identity: TRUE, document: WRONG, insi: insi(TRUE) }), 'likely document');
  assert.equal(said({ identity: TRUE, document: WRONG, insi: insi(OTHER) }), 'open');
  assert.equal(said({ identity: WRONG, document: TRUE }), 'likely identity');
  assert.equal(said({ identity: TRUE, insi: insi(WRONG) }), 'open', 'no document was read');
  assert.equal(said({ identity: TRUE, document: TRUE, insi: insi(TRUE) }), 'agreed');
});

test('what the coherence rules accept is no disagreement of the sides', () => {
  const shorter = { ...TRUE, birthName: 'PAT TROIS', birthGivenNames: 'DOMINIQUE' };
  assert.equal(said({ identity: shorter, document: TRUE, insi: insi(TRUE) }), 'agreed');
});

test('who corrects: the document by its kind, the register by the place of birth', () => {
  const cases = [
    ['document', { deviceType: 'CN' }, 'civil-status'],
    ['document', { deviceType: 'AN' }, 'civil-status'],
    ['document', { deviceType: 'CS' }, 'prefecture'],
    ['document', { deviceType: 'CC' }, 'issuer'],
    ['document', {}, undefined],
    ['registry', { birthPlace: '63220' }, 'insee'],
    ['registry', { birthPlace: '2A020' }, 'insee'],
    ['registry', { birthPlace: '97411' }, 'insee'],
    ['registry', { birthPlace: '99327' }, 'cpam'],
    ['registry', { birthPlace: '99999' }, undefined],
    ['registry', {}, undefined],
    ['identity', {}, 'identity-cell'],
    ['sender', {}, 'application'],
  ] as const;
  for (const [side, facts, expected] of cases)
    assert.equal(addresseeOf(side, facts), expected, `${side} ${JSON.stringify(facts)}`);
});

test('each side is quoted where they do not all say the same', () => {
  const sides = { identity: TRUE, document: TRUE, insi: { ...insi(WRONG), givenNames: 'DOMINIQUE MARIE' } };
  assert.deepEqual(disagreements(sides), [
    { trait: 'birthDate', identity: '1979-03-28', document: '1979-03-28', registry: '1979-03-29' },
  ]);
  const renamed = { identity: TRUE, insi: { ...insi(TRUE), givenNames: 'MARIE DOMINIQUE' } };
  assert.deepEqual(disagreements(renamed), [
    { trait: 'firstGivenName', identity: 'DOMINIQUE', registry: 'MARIE' },
    { trait: 'birthGivenNames', identity: 'DOMINIQUE MARIE', registry: 'MARIE DOMINIQUE' },
  ]);
});
