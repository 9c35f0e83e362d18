import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declaredIdentity } from '../../identity/declared.ts';
import type { CivilDate, CogCode } from '../../ins/types.ts';
import { readPatient } from './patient-read.ts';
import { namesMatricule, readSearch } from './patient-search.ts';
import { type FrCoreRelease, type OutgoingPatient, writePatient } from './patient-write.ts';
import { checkedPatient } from './structure.fixture.ts';

const CORE = 'https://hl7.fr/ig/fhir/core';
const RELIABILITY = `${CORE}/StructureDefinition/fr-core-identity-reliability`;

function given(parts: object = {}): object {
  return {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:oid:1.2.3.4.567.8.9.10', value: 'IPP-1', type: { coding: [{ code: 'PI' }] } }],
    name: [{ use: 'official', family: 'Dark', given: ['Jeanne'] }],
    gender: 'female',
    birthDate: '1960-05-30',
    ...parts,
  };
}

function read(parts: object) {
  const result = readPatient(given(parts));
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function reliability(...parts: object[]): object {
  return { url: RELIABILITY, extension: parts };
}

const coded = (url: string, system: string, code: string) => ({
  url,
  valueCoding: { system: `${CORE}/CodeSystem/${system}`, code },
});

test('The status is read in the spelling of every release', () => {
  const spellings: readonly (readonly [string, object[], string | undefined, string[]])[] = [
    ['2.1', [reliability(coded('identityStatus', 'fr-core-cs-v2-0445', 'VALI'))], 'VALI', []],
    [
      '2.1, the attribute beside',
      [
        reliability(coded('identityStatus', 'fr-core-cs-v2-0445', 'PROV')),
        reliability(coded('identityStatus', 'fr-core-cs-v2-0445', 'DOUT')),
      ],
      'PROV',
      ['douteuse'],
    ],
    [
      '2.1, the attribute alone',
      [reliability(coded('identityStatus', 'fr-core-cs-v2-0445', 'FICT'))],
      'PROV',
      ['fictive'],
    ],
    [
      '2.2',
      [
        reliability(
          coded('identityStatus', 'fr-core-cs-identity-status', 'RECUP'),
          coded('comment', 'fr-core-cs-identity-status-comment', 'HOMD'),
          { url: 'dateCollection', valueDate: '2026-01-02' },
        ),
      ],
      'RECUP',
      ['homonyme'],
    ],
    [
      '3.0.0-ballot',
      [
        reliability(coded('identityStatus', 'fr-core-cs-identity-status', 'QUAL'), {
          url: 'comment',
          valueCodeableConcept: { coding: [{ system: `${CORE}/x`, code: 'HOMA' }] },
        }),
      ],
      'QUAL',
      ['homonyme'],
    ],
    ['none', [], undefined, []],
  ];
  for (const [release, extension, status, attributes] of spellings) {
    const patient = read({ extension });
    assert.equal(patient.status, status, release);
    assert.deepEqual(patient.attributes, attributes, release);
  }
});

test('Of several dated reliabilities the last updated counts', () => {
  const dated = (at: string, code: string) =>
    reliability({ url: 'lastUpdated', valueDateTime: at }, coded('identityStatus', 'fr-core-cs-identity-status', code));
  const extension = [dated('2026-01-02T10:00:00+01:00', 'QUAL'), dated('2026-01-02T09:30:00Z', 'VALI')];
  assert.equal(read({ extension }).status, 'VALI');
});

test('The place of birth is read from the address, from each table of communes, and as former releases wrote it', () => {
  const modern = (table: string) => ({
    url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
    valueAddress: {
      city: 'Domrémy-la-Pucelle',
      extension: [
        {
          url: `${CORE}/StructureDefinition/fr-core-address-insee-code`,
          valueCoding: { system: `https://mos.esante.gouv.fr/NOS/${table}`, code: '88154' },
        },
      ],
    },
  });
  const former = {
    url: `${CORE}/StructureDefinition/fr-core-patient-birth-place`,
    valueAddress: { district: '88154' },
  };
  for (const extension of [
    modern('TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM'),
    modern('TRE_R13-Commune/FHIR/TRE-R13-Commune'),
    former,
  ])
    assert.equal(read({ extension: [extension] }).birthPlace, '88154');
});

test('An INS is told from a billing number by its type, and is never a local number', () => {
  const ins = (system: string, code: string, use = 'official') => ({
    use,
    type: { coding: [{ code }] },
    system: `urn:oid:1.2.250.1.213.1.4.${system}`,
    value: '279035121518989',
  });
  const of = (...identifier: object[]) => read({ identifier });
  assert.deepEqual(of(ins('10', 'INS-NIR-TEST')).ins, { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' });
  assert.equal(of(ins('8', 'NH')).ins, undefined);
  assert.equal(of(ins('8', 'INS-NIR', 'old')).ins, undefined);
  assert.equal(of(ins('2', 'INS-C', 'secondary')).ins, undefined);
  assert.deepEqual(of(ins('8', 'NH'), ins('9', 'INS-NIA', 'temp'), ins('2', 'INS-C')).identifiers, []);
});

test('Plain R4 is read too: several given names, one name without a use, a partial date', () => {
  const patient = read({ name: [{ family: 'Dark', given: ['Jeanne', 'Marie'] }], birthDate: '1960' });
  assert.deepEqual(
    [patient.birthName, patient.firstGivenName, patient.birthGivenNames, patient.usedName, patient.birthDate],
    ['Dark', 'Jeanne', 'Jeanne Marie', undefined, '1960-00-00'],
  );
});

test('What is not a Patient is refused by the path of its fault, without its value', () => {
  const faults: readonly (readonly [object, string])[] = [
    [given({ gender: 'F' }), 'Patient.gender'],
    [given({ birthDate: '30/05/1960' }), 'Patient.birthDate'],
    [given({ name: [{ use: 'official', family: 'Dark' }] }), 'Patient.name.given'],
    [
      given({ modifierExtension: [{ url: 'http://example.org/not', valueBoolean: true }] }),
      'Patient.modifierExtension',
    ],
    [{ resourceType: 'Observation' }, 'Patient.resourceType'],
  ];
  for (const [resource, path] of faults) {
    const result = readPatient(resource);
    assert.ok(!result.ok);
    assert.equal(result.refusal.rule.id, 'TDU-FHIR-004');
    assert.match(result.refusal.detail ?? '', new RegExp(path.replaceAll('.', '\\.')));
    assert.doesNotMatch(result.refusal.detail ?? '', /Dark|1960/);
  }
});

const TRAITS = {
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE MARIE-LOUISE',
  sex: 'F',
  birthDate: '1979-03-28' as CivilDate,
  birthPlace: '63220' as CogCode,
} as const;

function outgoing(parts: Partial<OutgoingPatient> = {}): OutgoingPatient {
  return {
    id: '7b5b1f6e-3f0c-4d52-8a53-0f1d9a5d8f10',
    versionId: '2-1-0',
    lastUpdated: '2026-11-23T08:00:00.000Z',
    active: true,
    replacedBy: null,
    traits: TRAITS,
    birthDateInterpreted: false,
    usedName: null,
    usedGivenName: null,
    identifiers: [{ value: 'IPP-1', domain: '1.2.3.4.567.8.9.10', kind: 'PI' }],
    status: 'PROV',
    attributes: [],
    qualified: undefined,
    deviceType: null,
    deviceCheckedOn: null,
    insiAskedOn: null,
    ...parts,
  };
}

function qualified(oid: string) {
  const identity = declaredIdentity({ ...TRAITS, status: 'QUAL', matricule: '279035121518989', oid });
  assert.ok(identity.ok);
  return identity.value;
}

const SAFE = { release: '2.2', statuses: 'prov-vali' } as const;
const RELEASES: readonly FrCoreRelease[] = ['2.1', '2.2', '3.0'];

test('Every status and attribute is written as a sound Patient of every release, and read back', () => {
  const qual = qualified('1.2.250.1.213.1.4.10');
  const cases: readonly [Partial<OutgoingPatient>, string, string][] = [
    [{ status: 'PROV' }, 'PROV', 'PROV'],
    [{ status: 'VALI', deviceType: 'CN', deviceCheckedOn: '2026-11-20' }, 'VALI', 'VALI'],
    [{ status: 'RECUP', insiAskedOn: '2026-11-21' }, 'PROV', 'RECUP'],
    [{ status: 'QUAL', qualified: qual, deviceType: 'LE', deviceCheckedOn: '2026-11-20' }, 'VALI', 'QUAL'],
    [{ attributes: ['homonyme', 'douteuse'] }, 'PROV', 'PROV'],
    [{ attributes: ['fictive'], birthDateInterpreted: true }, 'PROV', 'PROV'],
    [{ usedName: 'MARTIN', usedGivenName: 'DOMI', active: false, replacedBy: 'autre' }, 'PROV', 'PROV'],
  ];
  for (const release of RELEASES)
    for (const [parts, safe, exact] of cases)
      for (const statuses of ['prov-vali', 'four'] as const) {
        const patient = outgoing(parts);
        const back = readPatient(checkedPatient(writePatient(patient, { release, statuses })));
        assert.ok(back.ok, JSON.stringify(back));
        const expected = statuses === 'four' && release !== '2.1' ? exact : safe;
        assert.equal(back.value.status, expected, `${release} ${statuses} ${patient.status}`);
        assert.deepEqual([...back.value.attributes].sort(), [...patient.attributes].sort());
        assert.deepEqual(back.value.ins, patient.qualified?.ins);
        assert.equal(back.value.birthGivenNames, TRAITS.birthGivenNames);
        assert.equal(back.value.birthPlace, TRAITS.birthPlace);
      }
});

test('The INS is written for a qualified identity only, with the type and use of its OID', () => {
  for (const [oid, type, use] of [
    ['1.2.250.1.213.1.4.8', 'INS-NIR', 'official'],
    ['1.2.250.1.213.1.4.9', 'INS-NIA', 'temp'],
    ['1.2.250.1.213.1.4.10', 'INS-NIR-TEST', 'official'],
    ['1.2.250.1.213.1.4.11', 'INS-NIR-DEMO', 'official'],
  ] as const) {
    const patient = checkedPatient(writePatient(outgoing({ status: 'QUAL', qualified: qualified(oid) }), SAFE));
    assert.deepEqual(patient.meta.profile, [`${CORE}/StructureDefinition/fr-core-patient-ins`]);
    const ins = patient.identifier.find(({ system }) => system === `urn:oid:${oid}`);
    assert.deepEqual([ins?.type.coding[0]?.code, ins?.use, ins?.value], [type, use, '279035121518989']);
  }
  for (const status of ['PROV', 'VALI', 'RECUP', 'QUAL'] as const)
    assert.doesNotMatch(JSON.stringify(writePatient(outgoing({ status }), SAFE)), /279035121518989/);
});

test('A device outside the value set of FR Core is left out of the validation mode', () => {
  const text = JSON.stringify(
    writePatient(outgoing({ status: 'VALI', deviceType: 'DECL', deviceCheckedOn: '2026-11-20' }), SAFE),
  );
  assert.doesNotMatch(text, /validationMode/);
  assert.match(text, /"validationDate","valueDate":"2026-11-20"/);
});

test('A matricule in an address is found under an INS system, and by its shape without one', () => {
  const NIR = '279035121518989';
  for (const value of [
    `urn:oid:1.2.250.1.213.1.4.8|${NIR}`,
    `urn:oid:1.2.250.1.213.1.4.10|x`,
    NIR,
    `1,${NIR}`,
    '2 79 03 51 215 189 89',
  ])
    assert.ok(namesMatricule([['identifier', value]]), value);
  for (const value of [`urn:oid:1.2.3|${NIR}`, 'urn:oid:1.2.250.1.213.1.4.8|', '12345', 'DARK'])
    assert.ok(!namesMatricule([['identifier', value]]), value);
});

test('A search that is not understood whole is refused by the name of its parameter', () => {
  for (const name of ['telecom', 'family:exact', 'name', '_sort']) {
    const result = readSearch([[name, 'Dark']]);
    assert.ok(!result.ok);
    assert.equal(result.refusal.rule.id, 'TDU-FHIR-005');
    assert.equal(result.refusal.detail, `« ${name} »`);
  }
  for (const [name, value] of [
    ['birthdate', 'ap1960'],
    ['birthdate', '30/05/1960'],
    ['gender', 'F'],
    ['_count', '-1'],
    ['active', 'oui'],
  ] as const)
    assert.ok(!readSearch([[name, value]]).ok, `${name}=${value}`);
});

test('A date is a span: its prefixes compare with the whole of it', () => {
  const bounds = (value: string) => {
    const result = readSearch([['birthdate', value]]);
    assert.ok(result.ok);
    return result.value.birthDates[0]?.[0];
  };
  assert.deepEqual(bounds('1960'), { kind: 'inside', low: '1960-00-00', high: '1960-99-99' });
  assert.deepEqual(bounds('gt1960-05'), { kind: 'after', low: '1960-05-00', high: '1960-05-99' });
  assert.deepEqual(bounds('le1960-05-30'), { kind: 'until', low: '1960-05-30', high: '1960-05-30' });
});

test('A comma separates values and an escaped one belongs to its value', () => {
  const result = readSearch([['family', 'DARK,PAT\\,TROIS']]);
  assert.ok(result.ok);
  assert.deepEqual(result.value.families, [['DARK', 'PAT,TROIS']]);
});
