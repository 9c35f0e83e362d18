import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedCriteria, type KnownTraits, type ProposalId, proposalsAfter, type Tried } from './proposals.ts';

const KNOWN: KnownTraits = {
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE MARIE',
  sex: 'F',
  birthDate: '1979-03-28',
  dateInterpreted: false,
};
const NONE: Tried = { proposal: null, criteria: null, outcome: 'none' };
const SEVERAL: Tried = { ...NONE, outcome: 'several' };

function ids(known: KnownTraits, ...tried: Tried[]): ProposalId[] {
  return proposalsAfter(known, tried).map(({ id }) => id);
}

test('before any answer nothing is proposed: the automatic search comes first', () => {
  assert.deepEqual(ids(KNOWN), []);
});

test('several persons: the other given names of the document, then the place, as the guide says', () => {
  const { birthGivenNames: _, ...one } = KNOWN;
  assert.deepEqual(ids(one, SEVERAL), ['given-names', 'place']);
  assert.deepEqual(ids(KNOWN, SEVERAL), ['place'], 'the list is known and was tried');
  assert.deepEqual(ids({ ...KNOWN, birthPlace: '63220' }, SEVERAL), ['other-place'], 'the place was tried too');
  assert.deepEqual(ids({ ...KNOWN, birthPlace: '99999' }, SEVERAL), ['place'], 'an unknown place is no place');
});

test('nobody: one trait at a time, from what changes least, and never the sex nor another name out of the blue', () => {
  const { birthGivenNames: _, ...one } = KNOWN;
  const all = { ...one, usedName: 'DURAND', birthDate: '1950-00-00' };
  assert.deepEqual(ids(all, NONE), ['completed-date', 'given-names', 'name-punctuation', 'used-name']);
  assert.deepEqual(ids({ ...KNOWN, birthName: 'DURAND', usedName: 'DURAND' }, NONE), []);
  for (const { criteria } of proposalsAfter(all, [NONE])) assert.equal(criteria.sex, 'F');
});

test('a date that was completed may be known to INSi with its unknown parts', () => {
  const date = (birthDate: string) =>
    proposalsAfter({ ...KNOWN, birthName: 'DUPONT', birthDate, dateInterpreted: true }, [NONE])[0]?.criteria.birthDate;
  assert.deepEqual(['1950-12-31', '1950-06-01', '1950-01-14', '1950-06-14'].map(date), [
    '1950-00-00',
    '1950-06-00',
    '1950-00-14',
    undefined,
  ]);
});

test('what was tried is not proposed again, and a search that found several narrows from there', () => {
  const used = { ...KNOWN, usedName: 'DURAND' };
  const tried = { proposal: 'used-name', criteria: { ...KNOWN, birthName: 'DURAND' }, outcome: 'several' } as const;
  assert.deepEqual(ids(used, NONE, { ...tried, outcome: 'none' }), ['name-punctuation']);
  const [next] = proposalsAfter(used, [NONE, tried]);
  assert.deepEqual([next?.id, next?.criteria.birthName], ['place', 'DURAND']);
});

test('an accepted query takes the value that it asks for, and nothing else', () => {
  const { birthGivenNames: _, ...one } = KNOWN;
  const [names, place] = proposalsAfter(one, [SEVERAL]);
  assert.ok(names && place);
  const accepted = acceptedCriteria(names, 'Dominique, Marie'.replace(',', ''));
  assert.ok(accepted.ok);
  assert.equal(accepted.value.birthGivenNames, 'DOMINIQUE MARIE');
  const placed = acceptedCriteria(place, ' 2b020 '.toUpperCase());
  assert.equal(placed.ok && placed.value.birthPlace, '2B020');
  for (const [proposal, value] of [
    [names, undefined],
    [names, 'MARIE DOMINIQUE'],
    [place, ''],
    [place, 'PARIS'],
  ] as const)
    assert.equal(acceptedCriteria(proposal, value).ok, false, String(value));
});
