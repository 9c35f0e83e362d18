import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markDifferences } from './character-differences.ts';
import { compareTraits, type TraitComparison } from './coherence.ts';
import type { InsiTraits } from './insi-traits.ts';
import { seededRandom } from './seeded-random.fixture.ts';
import type { CivilDate, CogCode, StrictTraits } from './types.ts';

const LOCAL: StrictTraits = {
  birthName: 'ECETINSI',
  firstGivenName: 'PIERRE-ALAIN',
  birthGivenNames: 'PIERRE-ALAIN MURIEL FLORIANT',
  sex: 'M',
  birthDate: '2009-07-14' as CivilDate,
  birthPlace: '63220' as CogCode,
};
const INSI: InsiTraits = {
  birthName: 'ECETINSI',
  givenNames: 'PIERRE-ALAIN MURIEL FLORIANT',
  sex: 'M',
  birthDate: '2009-07-14',
  birthPlace: '63220',
};

function one(trait: string, local: object, insi: object): TraitComparison {
  const found = compareTraits({ ...LOCAL, ...local }, { ...INSI, ...insi }).traits.find((t) => t.trait === trait);
  assert.ok(found);
  return found;
}

test('an identical answer is coherent, every trait equal and in a fixed order', () => {
  const { overall, traits } = compareTraits(LOCAL, INSI);
  assert.equal(overall, 'coherent');
  assert.deepEqual(
    traits.map((t) => [t.trait, t.outcome]),
    ['birthName', 'firstGivenName', 'birthGivenNames', 'sex', 'birthDate', 'birthPlace'].map((t) => [t, 'equal']),
  );
});

test('each trait: accepted differences and discrepancies', () => {
  const cases: readonly [string, object, object, 'equal' | 'acceptable' | 'different'][] = [
    ['birthName', { birthName: "D'ARTAGNAN" }, { birthName: 'D ARTAGNAN' }, 'acceptable'],
    ['birthName', { birthName: 'ECETINSY' }, {}, 'different'],
    ['birthName', {}, { birthName: undefined }, 'different'],
    ['firstGivenName', { firstGivenName: 'PIERRE ALAIN' }, {}, 'acceptable'],
    ['firstGivenName', { firstGivenName: 'PIERRE' }, {}, 'acceptable'],
    ['firstGivenName', { firstGivenName: 'MURIEL' }, {}, 'different'],
    ['firstGivenName', { firstGivenName: 'PIERRE-ALAIN MURIEL' }, {}, 'equal'],
    ['firstGivenName', { firstGivenName: 'MURIEL' }, { givenNames: undefined, givenName: 'MURIEL' }, 'equal'],
    ['firstGivenName', {}, { givenNames: undefined }, 'different'],
    ['birthGivenNames', { birthGivenNames: 'PIERRE-ALAIN' }, {}, 'acceptable'],
    ['birthGivenNames', { birthGivenNames: 'PIERRE-ALAIN FLORIANT' }, {}, 'acceptable'],
    ['birthGivenNames', { birthGivenNames: 'PIERRE-ALAIN MURIEL FLORIANT LUC' }, {}, 'acceptable'],
    ['birthGivenNames', { birthGivenNames: 'PIERRE-ALAIN LUC' }, {}, 'different'],
    ['birthGivenNames', { birthGivenNames: 'PIERRE-ALAIN FLORIANT MURIEL' }, {}, 'different'],
    ['birthGivenNames', { birthGivenNames: undefined }, {}, 'acceptable'],
    ['sex', { sex: 'F' }, {}, 'different'],
    ['sex', { sex: 'I' }, {}, 'different'],
    ['birthDate', { birthDate: '2009-07-15' }, {}, 'different'],
    ['birthDate', { birthDate: '1950-12-31' }, { birthDate: '1950-00-00' }, 'acceptable'],
    ['birthDate', { birthDate: '1950-00-00' }, { birthDate: '1950-00-00' }, 'equal'],
    ['birthDate', { birthDate: '1950-05-01' }, { birthDate: '1950-00-00' }, 'different'],
    ['birthDate', {}, { birthDate: '2009-13-14' }, 'different'],
    ['birthPlace', { birthPlace: undefined }, {}, 'acceptable'],
    ['birthPlace', { birthPlace: '99999' }, {}, 'acceptable'],
    ['birthPlace', {}, { birthPlace: undefined }, 'acceptable'],
    ['birthPlace', { birthPlace: '2A020' }, { birthPlace: '20020' }, 'acceptable'],
    ['birthPlace', { birthPlace: '2A020' }, { birthPlace: '2B020' }, 'different'],
    ['birthPlace', { birthPlace: '63221' }, {}, 'different'],
  ];
  for (const [trait, local, insi, outcome] of cases) {
    const compared = one(trait, local, insi);
    assert.equal(compared.outcome, outcome, `${trait} ${JSON.stringify(local)} ${JSON.stringify(insi)}`);
    assert.equal(compared.rule !== undefined, outcome === 'different');
    assert.match(compared.explanation, /^\p{Lu}.*\.$/u);
  }
});

test('practice 3: a differing first given name is a discrepancy even when INSi answered 00 (TCHITCHI)', () => {
  const local = { ...LOCAL, birthName: 'TCHITCHI', firstGivenName: 'OLA', birthGivenNames: 'OLA CATARINA BELLA' };
  const compared = compareTraits(local, { ...INSI, birthName: 'TCHITCHI', givenNames: 'CATARINA BELLA' });
  assert.equal(compared.overall, 'discrepancy');
});

test('a known merger of communes makes two codes acceptable', () => {
  const merged = (a: string, b: string) => a === '63221' && b === '63220';
  const compared = compareTraits({ ...LOCAL, birthPlace: '63221' as CogCode }, INSI, merged);
  assert.equal(compared.overall, 'coherent');
});

test('differing characters are marked in both columns', () => {
  assert.deepEqual(one('birthName', { birthName: 'ECETINSY' }, {}).marks, { local: [7], insi: [7] });
  assert.deepEqual(markDifferences('DUPOND', 'DUPONT'), { local: [5], insi: [5] });
  assert.deepEqual(markDifferences('MARTIN', 'MARTINE'), { local: [], insi: [6] });
  assert.deepEqual(markDifferences('', 'AB'), { local: [], insi: [0, 1] });
});

test('property: the characters left unmarked are the same text on both sides', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seededRandom(seed);
    const word = () => Array.from({ length: random.below(12) }, () => random.pick(['A', 'B', 'C', '-', ' '])).join('');
    const [left, right] = [word(), word()];
    const marks = markDifferences(left, right);
    const kept = (text: string, marked: number[]) => [...text].filter((_, i) => !marked.includes(i)).join('');
    assert.equal(kept(left, marks.local), kept(right, marks.insi), `seed ${seed}`);
  }
});
