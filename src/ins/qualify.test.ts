import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INS_OIDS } from './oids.ts';
import { type QualificationEvidence, qualify } from './qualify.ts';
import { freezeSentIdentity, sentIdentityFromRecord } from './sent-identity.ts';
import type { CivilDate, CogCode, Matricule, StrictTraits } from './types.ts';

const TRAITS: StrictTraits = {
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE',
  sex: 'F',
  birthDate: '1979-03-28' as CivilDate,
  birthPlace: '63220' as CogCode,
};
const EVIDENCE: QualificationEvidence = {
  status: 'QUAL',
  attributes: [],
  ins: { matricule: '279035121518989' as Matricule, oid: INS_OIDS.nirTest },
  traits: TRAITS,
};

function outcome(evidence: QualificationEvidence): string {
  const result = qualify(evidence);
  return result.ok ? 'qualified' : result.refusal.rule.id;
}

test('complete evidence qualifies; place of birth and used names are optional', () => {
  const { birthPlace: _, ...withoutPlace } = TRAITS;
  const result = qualify({ ...EVIDENCE, traits: withoutPlace, usedName: 'DURAND', usedGivenName: 'DO' });
  assert.ok(result.ok);
  assert.deepEqual(result.value, { ins: EVIDENCE.ins, traits: withoutPlace, usedName: 'DURAND', usedGivenName: 'DO' });
  assert.equal(outcome({ ...EVIDENCE, attributes: ['homonyme'] }), 'qualified');
  assert.equal(
    outcome({ ...EVIDENCE, ins: { matricule: '109076322088835' as Matricule, oid: INS_OIDS.nia } }),
    'qualified',
  );
});

test('anything less does not', () => {
  const { ins: _ins, ...withoutIns } = EVIDENCE;
  const { birthGivenNames: _list, ...withoutList } = TRAITS;
  const insC = { matricule: '279035121518989' as Matricule, oid: INS_OIDS.insC };
  const cases: readonly [string, QualificationEvidence, string][] = [
    ['PROV', { ...EVIDENCE, status: 'PROV' }, 'TDU-ID-040'],
    ['VALI', { ...EVIDENCE, status: 'VALI' }, 'TDU-ID-040'],
    ['RECUP', { ...EVIDENCE, status: 'RECUP' }, 'TDU-ID-040'],
    ['douteuse', { ...EVIDENCE, attributes: ['douteuse'] }, 'TDU-ID-033'],
    ['fictive', { ...EVIDENCE, attributes: ['fictive'] }, 'TDU-ID-033'],
    ['no INS', withoutIns, 'TDU-ID-041'],
    ['INS-C', { ...EVIDENCE, ins: insC }, 'TDU-ID-003'],
    ['no list', { ...EVIDENCE, traits: withoutList }, 'TDU-ID-010'],
    ['sex I', { ...EVIDENCE, traits: { ...TRAITS, sex: 'I' } }, 'TDU-ID-015'],
    ['name not normalised', { ...EVIDENCE, traits: { ...TRAITS, birthName: 'Pat-Trois' } }, 'TDU-ID-012'],
    ['list not normalised', { ...EVIDENCE, traits: { ...TRAITS, birthGivenNames: 'DOMINIQUE 2' } }, 'TDU-ID-012'],
    ['first name', { ...EVIDENCE, traits: { ...TRAITS, firstGivenName: 'DOMI' } }, 'TDU-ID-014'],
    ['lunar', { ...EVIDENCE, traits: { ...TRAITS, birthDate: '1979-00-00' as CivilDate } }, 'TDU-ID-016'],
  ];
  for (const [name, evidence, rule] of cases) assert.equal(outcome(evidence), rule, name);
});

test('the INS under which a document left survives a round trip through the record', () => {
  const qualified = qualify(EVIDENCE);
  assert.ok(qualified.ok);
  const frozen = freezeSentIdentity(qualified.value);
  assert.deepEqual(sentIdentityFromRecord({ matricule: frozen.ins.matricule, oid: frozen.ins.oid }), {
    ok: true,
    value: { ins: EVIDENCE.ins },
  });
  assert.equal(sentIdentityFromRecord({ matricule: '123', oid: '1.2' }).ok, false);
  assert.equal(sentIdentityFromRecord({ matricule: '279035121518989', oid: 'x' }).ok, false);
});
