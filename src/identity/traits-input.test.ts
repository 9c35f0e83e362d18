import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityRules } from '../rules/identity.ts';
import type { Rule } from '../rules/rule.ts';
import {
  contradictedTraits,
  differingTraits,
  type StrictInput,
  strictTraits,
  type TraitsInput,
} from './traits-input.ts';

const GIVEN: TraitsInput = {
  birthName: 'd’Æion',
  firstGivenName: 'Cœur-Marie',
  birthGivenNames: 'Cœur Marie  Léa',
  sex: 'F',
  birthDate: '1987-01-25',
  birthPlace: '2b020',
};

function strict(parts: Partial<TraitsInput> = {}): StrictInput {
  const result = strictTraits({ ...GIVEN, ...parts });
  assert.ok(result.ok, result.ok ? '' : result.refusal.rule.id);
  return result.value;
}

function refusal(parts: Partial<TraitsInput>): [Rule, string | undefined] {
  const result = strictTraits({ ...GIVEN, ...parts });
  assert.ok(!result.ok);
  return [result.refusal.rule, result.refusal.detail];
}

test('names are normalised, the hyphen of the document stays, codes are in upper case', () => {
  assert.deepEqual(strict().traits, {
    birthName: "D'AEION",
    firstGivenName: 'COEUR-MARIE',
    birthGivenNames: 'COEUR MARIE LEA',
    sex: 'F',
    birthDate: '1987-01-25',
    birthPlace: '2B020',
  });
  for (const sex of ['I', 'U', 'A', 'O', '']) assert.equal(strict({ sex }).traits.sex, 'I');
  const bare = strict({ birthGivenNames: undefined, birthPlace: '' }).traits;
  assert.deepEqual(Object.keys(bare), ['birthName', 'firstGivenName', 'sex', 'birthDate']);
});

test('an incomplete date is completed by the RNIV rule and marked', () => {
  for (const [given, completed] of [
    ['1987-01-00', '1987-01-01'],
    ['1987-00-25', '1987-01-25'],
    ['1987-00-00', '1987-12-31'],
  ] as const) {
    const { traits, dateInterpreted } = strict({ birthDate: given });
    assert.deepEqual([traits.birthDate, dateInterpreted], [completed, true]);
  }
  assert.equal(strict().dateInterpreted, false);
});

test('each fault names its trait and never repeats the whole value', () => {
  assert.deepEqual(refusal({ birthName: 'D_AEION' }), [
    identityRules.traitIllegalCharacter,
    'nom de naissance : caractère « _ » en position 2',
  ]);
  assert.deepEqual(refusal({ birthName: ' ' }), [identityRules.traitMissing, 'nom de naissance']);
  assert.equal(refusal({ firstGivenName: 'LEA-' })[1]?.startsWith('premier prénom de naissance : '), true);
  assert.equal(refusal({ birthGivenNames: 'LEA--ANNE' })[1]?.startsWith('prénoms de naissance : '), true);
  assert.equal(refusal({ birthGivenNames: 'ANNE LEA' })[0], identityRules.firstGivenNameInconsistent);
  assert.deepEqual(refusal({ birthDate: '1987-02-30' }), [identityRules.malformedCivilDate, 'date de naissance']);
  assert.equal(refusal({ birthDate: '0000-01-01' })[0], identityRules.birthYearUnknown);
  assert.deepEqual(refusal({ birthPlace: '2B0' }), [identityRules.malformedCogCode, 'code lieu de naissance']);
});

test('differing traits: punctuation and absence differ nothing', () => {
  const { traits } = strict();
  assert.deepEqual(differingTraits(traits, strict({ birthName: 'D AEION', firstGivenName: 'COEUR' }).traits), [
    'premier prénom de naissance',
  ]);
  assert.deepEqual(differingTraits(traits, strict({ birthGivenNames: undefined, birthPlace: undefined }).traits), []);
  const other = strict({
    birthName: 'AUTRE',
    firstGivenName: 'ANNE',
    birthGivenNames: 'ANNE',
    sex: 'M',
    birthDate: '1987-01-26',
    birthPlace: '63220',
  });
  assert.equal(differingTraits(traits, other.traits).length, 6);
});

test('contradicted traits: a shorter list, the other code of Corsica or a missing place contradict nothing', () => {
  const { traits } = strict();
  for (const parts of [
    { birthGivenNames: 'COEUR MARIE' },
    { birthGivenNames: undefined },
    { birthPlace: '20020' },
    { birthPlace: undefined },
    { firstGivenName: 'COEUR' },
  ])
    assert.deepEqual(contradictedTraits(traits, strict(parts).traits), [], JSON.stringify(parts));
  assert.deepEqual(contradictedTraits(traits, strict({ sex: 'U', birthPlace: '63220' }).traits), [
    'sexe',
    'code lieu de naissance',
  ]);
  assert.deepEqual(contradictedTraits(traits, strict({ firstGivenName: 'LEA', birthGivenNames: 'LEA COEUR' }).traits), [
    'premier prénom de naissance',
    'prénoms de naissance',
  ]);
});
