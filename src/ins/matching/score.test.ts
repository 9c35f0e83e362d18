import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockHash, blockKeys } from './blocks.ts';
import { type Comparable, compareIdentities } from './compare.ts';
import { editDistance } from './distance.ts';
import { scorePair } from './score.ts';

const JEANNE: Comparable = {
  birthName: 'BELLANGER',
  usedName: null,
  firstGivenName: 'JEANNE',
  birthGivenNames: 'JEANNE MARIE CECILE',
  usedGivenName: null,
  sex: 'F',
  birthDate: '1960-05-30',
  birthDateInterpreted: false,
  birthPlace: '88154',
  matricule: null,
  oid: null,
  formerMatricules: [],
};

function other(parts: Partial<Comparable>): Comparable {
  return { ...JEANNE, ...parts };
}

/** Score against JEANNE, from a record that says nothing more than it must. */
function scoreOf(parts: Partial<Comparable>, of: Partial<Comparable> = {}): number {
  const pair = [other(of), other(parts)] as const;
  const { score } = scorePair(...pair);
  assert.equal(scorePair(pair[1], pair[0]).score, score, 'the same both ways');
  const [mine, theirs] = pair.map((one) => blockKeys(one).map(blockHash));
  if (score >= 0.5)
    assert.ok(
      mine?.some((hash) => theirs?.includes(hash)),
      `no common block: ${JSON.stringify(parts)}`,
    );
  return score;
}

test('one person, written differently from one desk to the next, is proposed', () => {
  const cases: readonly Partial<Comparable>[] = [
    {},
    { birthName: 'BELLENGER' },
    { birthName: 'BÉLANGER' },
    { firstGivenName: 'JANNE', birthGivenNames: null },
    { firstGivenName: 'MARIE', birthGivenNames: null },
    { birthName: 'JEANNE', firstGivenName: 'BELLANGER', birthGivenNames: null },
    { birthDate: '1960-05-31' },
    { birthDate: '1906-05-30' },
    { birthDate: '1960-12-31', birthDateInterpreted: true },
    { birthPlace: null, birthGivenNames: null },
    { birthPlace: '88160' },
  ];
  for (const parts of cases) assert.ok(scoreOf(parts) >= 0.5, `${JSON.stringify(parts)} ${scoreOf(parts)}`);
});

test('compound names, particles, hyphens and exchanged dates', () => {
  assert.ok(scoreOf({ birthName: 'HAUTEFEUILLE' }, { birthName: "D'HAUTEFEUILLE" }) > 0.9);
  assert.ok(scoreOf({ birthName: 'LEGOFF' }, { birthName: 'LE GOFF' }) > 0.9);
  assert.ok(scoreOf({ birthName: 'DURAND MARTIN' }, { birthName: 'DURAND' }) > 0.9);
  assert.ok(scoreOf({ firstGivenName: 'ANNE', birthGivenNames: null }, { firstGivenName: 'ANNE-SOPHIE' }) > 0.9);
  assert.ok(scoreOf({ birthDate: '1960-03-05' }, { birthDate: '1960-05-03' }) > 0.9);
});

test('a married woman under her birth name here and her married name there', () => {
  assert.ok(scoreOf({ birthName: 'ROCHE' }, { usedName: 'ROCHE' }) > 0.9);
  assert.ok(scoreOf({ birthName: 'ROCHE', usedName: 'BELLANGER' }, { usedName: 'ROCHE' }) > 0.9);
});

test('people who look alike are not proposed', () => {
  const twin = { firstGivenName: 'LOUISE', birthGivenNames: 'LOUISE ANNE' };
  assert.ok(scoreOf(twin) < 0.5, 'a twin sister');
  assert.ok(scoreOf({ ...twin, sex: 'M', firstGivenName: 'LOUIS', birthGivenNames: null }) < 0.5, 'a twin brother');
  assert.ok(scoreOf({ birthDate: '1986-11-02' }) < 0.5, 'a daughter who bears the same names');
  assert.ok(scoreOf({ ...twin, birthDate: '1962-09-14' }) < 0.5, 'a sister');
  const stranger = { birthDate: '1971-02-08', birthPlace: '13055', birthGivenNames: null };
  assert.ok(scoreOf(stranger) < 0.1, 'a homonym');
});

test('one INS makes one person, two INS make two, a former number is a former number', () => {
  const ins = (matricule: string) => ({ matricule, oid: '1.2.250.1.213.1.4.10' });
  assert.ok(scoreOf({ ...ins('260058815400233'), birthName: 'ROCHE' }, ins('260058815400233')) > 0.9);
  const namesake = { birthPlace: null, birthGivenNames: null };
  assert.ok(
    scoreOf({ ...ins('260058815400332'), ...namesake }, ins('260058815400233')) <
      scoreOf(namesake, ins('260058815400233')),
  );
  const renumbered = { ...ins('260058815400332'), formerMatricules: ['260058815400233'] };
  assert.equal(compareIdentities(other(renumbered), other(ins('260058815400233'))).ins, 'former');
});

test('what speaks for and against is said trait by trait, without a value', () => {
  const { traits } = scorePair(JEANNE, other({ birthName: 'BELLENGER', birthPlace: null }));
  assert.deepEqual(
    traits.map(({ trait, level }) => `${trait} ${level}`),
    [
      'name spelling',
      'given equal',
      'others equal',
      'birthDate equal',
      'sex equal',
      'birthPlace unknown',
      'ins unknown',
      'pattern none',
    ],
  );
  assert.ok(traits.every(({ weight }) => Number.isFinite(weight)));
  assert.equal(JSON.stringify(traits).includes('BELL'), false);
});

test('edit distance: a letter more, less, other, or two exchanged, is one', () => {
  for (const [a, b, distance] of [
    ['MARTIN', 'MARTIN', 0],
    ['MARTIN', 'MARTINE', 1],
    ['MARTIN', 'MATIN', 1],
    ['MARTIN', 'MORTIN', 1],
    ['MARTIN', 'MARTNI', 1],
    ['', 'ABC', 3],
  ] as const)
    assert.equal(editDistance(a, b), distance, `${a} ${b}`);
});
