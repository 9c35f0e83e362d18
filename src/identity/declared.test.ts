import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declaredIdentity } from './declared.ts';

const PATIENT = {
  id: 'b6cf5e5a-0000-4000-8000-000000000000',
  birthName: "D'Artagnan de l'Hérault",
  firstGivenName: 'Pierre-Alain',
  birthGivenNames: 'Pierre-Alain Muriel Floriant',
  sex: 'M',
  birthDate: '2001-06-17',
  birthPlace: '63220',
  usedName: null,
  identifiers: [],
  status: 'QUAL',
  attributes: ['homonyme'],
  matricule: '101066322075460',
  oid: '1.2.250.1.213.1.4.8',
};

test('a REST patient that is QUAL gives an identity with strict traits', () => {
  const identity = declaredIdentity(PATIENT);
  assert.ok(identity.ok);
  assert.deepEqual(identity.value.ins, { matricule: '101066322075460', oid: '1.2.250.1.213.1.4.8' });
  assert.deepEqual(identity.value.traits, {
    birthName: "D'ARTAGNAN DE L'HERAULT",
    firstGivenName: 'PIERRE-ALAIN',
    birthGivenNames: 'PIERRE-ALAIN MURIEL FLORIANT',
    sex: 'M',
    birthDate: '2001-06-17',
    birthPlace: '63220',
  });
});

for (const [what, changes, rule] of [
  ['another status', { status: 'RECUP' }, 'TDU-ID-040'],
  ['an identity in doubt', { attributes: ['douteuse'] }, 'TDU-ID-033'],
  ['no list of given names', { birthGivenNames: undefined }, 'TDU-ID-010'],
  ['a first given name that is not in the list', { firstGivenName: 'MURIEL' }, 'TDU-ID-014'],
  ['an undetermined sex', { sex: 'I' }, 'TDU-ID-015'],
  ['an INS-C', { oid: '1.2.250.1.213.1.4.2' }, 'TDU-ID-003'],
  ['no matricule', { matricule: undefined }, 'TDU-API-004'],
] as const) {
  test(`refused: ${what}`, () => {
    const identity = declaredIdentity({ ...PATIENT, ...changes });
    assert.ok(!identity.ok);
    assert.equal(identity.refusal.rule.id, rule);
    assert.ok(!JSON.stringify(identity).includes(PATIENT.matricule));
  });
}

test('refused: what is no patient at all', () => {
  for (const json of [undefined, null, 'QUAL', []]) assert.ok(!declaredIdentity(json).ok);
});
