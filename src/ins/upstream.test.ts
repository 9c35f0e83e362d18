import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INS_OIDS } from './oids.ts';
import type { CivilDate, CogCode, Matricule } from './types.ts';
import { mirroredState, type UpstreamAssertion } from './upstream.ts';

const ASSERTION: UpstreamAssertion = {
  fromAuthority: true,
  reliability: 'VALI',
  codes: [],
  traits: {
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    birthGivenNames: 'DOMINIQUE',
    sex: 'F',
    birthDate: '1979-03-28' as CivilDate,
    birthPlace: '63220' as CogCode,
  },
  ins: { matricule: '279035121518989' as Matricule, oid: INS_OIDS.nirTest, type: 'INS' },
};

test('an upstream identity is qualified for us only when its authority says so completely', () => {
  const { ins, ...withoutIns } = ASSERTION;
  const { birthPlace: _, ...withoutPlace } = ASSERTION.traits;
  assert.ok(ins);
  const cases: readonly [string, UpstreamAssertion, string, string | undefined][] = [
    ['complete', ASSERTION, 'QUAL', undefined],
    ['no INS', withoutIns, 'VALI', undefined],
    ['PROV without INS', { ...withoutIns, reliability: 'PROV' }, 'PROV', undefined],
    ['retrieved only', { ...ASSERTION, reliability: 'PROV' }, 'PROV', 'TDU-ID-040'],
    ['other sender', { ...ASSERTION, fromAuthority: false }, 'PROV', 'TDU-ID-042'],
    ['billing NIR under the same OID', { ...ASSERTION, ins: { ...ins, type: 'NH' } }, 'VALI', 'TDU-ID-043'],
    ['DOUT', { ...ASSERTION, codes: ['DOUT'] }, 'PROV', 'TDU-ID-033'],
    ['ANOM', { ...ASSERTION, codes: ['ANOM'] }, 'PROV', 'TDU-ID-033'],
    ['trait missing', { ...ASSERTION, traits: withoutPlace }, 'VALI', 'TDU-ID-010'],
    ['homonym', { ...ASSERTION, codes: ['HOMA'] }, 'QUAL', undefined],
  ];
  for (const [name, assertion, status, obstacle] of cases) {
    const decision = mirroredState(assertion);
    assert.equal(decision.state.status, status, name);
    assert.equal(decision.state.ins !== undefined, status === 'QUAL', name);
    assert.equal(decision.state.authority, 'upstream');
    assert.equal(decision.obstacle?.id, obstacle, name);
  }
  assert.deepEqual(mirroredState({ ...ASSERTION, codes: ['HOMA', 'HOMD'] }).state.attributes, ['homonyme']);
});
