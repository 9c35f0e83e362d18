import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { authorSpecialties, authorSpecialty, specialtyValue } from './author-specialties.ts';
import { confidentialityCode } from './confidentiality-codes.ts';
import { contentType, contentTypeOfPatientClass } from './content-types.ts';
import { documentClass, documentType, documentTypes } from './document-types.ts';
import { formatCodeSystem, levelOneFormat } from './format-codes.ts';
import { healthcareFacilityType } from './healthcare-facility-types.ts';
import { IDENTITY_DEVICES, identityDevice } from './identity-devices.ts';
import {
  finessOfStructureId,
  hasRppsKey,
  nationalPersonId,
  personIdOfRpps,
  structureIdOfFiness,
} from './national-ids.ts';
import { practiceSetting } from './practice-settings.ts';

const VALUE_SETS = new URL('../../../shared/conformance/value-sets/', import.meta.url);

test('the document types most used in hospitals have their class', () => {
  const classes: readonly [string, string][] = [
    ['11490-0', '10'],
    ['34112-3', '10'],
    ['34874-8', '10'],
    ['18748-4', '31'],
    ['IMG-KOS', '31'],
    ['11502-2', '10'],
    ['57833-6', '42'],
    ['18761-7', '11'],
    ['80565-5', '45'],
    ['77604-7', '44'],
    ['89601-9', '52'],
    ['60593-1', '43'],
    ['SYNTH', '11'],
  ];
  for (const [code, classCode] of classes) {
    const type = documentType(code);
    assert.equal(type?.documentClass?.code, classCode, code);
    assert.equal(type?.feedable, true, code);
  }
  assert.equal(documentType('PIECE-IDENTITE')?.feedable, false);
  assert.equal(documentType('101881-1')?.documentClass, undefined);
  assert.equal(documentType('00000-0'), undefined);
  assert.equal(documentType('SYNTH', '2.16.840.1.113883.6.1'), undefined);
  assert.equal(documentType('SYNTH', '1.2.250.1.213.1.1.4.12')?.label, 'Synthèse');
  assert.equal(documentClass('toString'), undefined);
});

interface Row {
  readonly typeCode: string;
  readonly codeSystem: string;
  readonly display: string | null;
  readonly inJ07_2024_09: boolean;
  readonly inJ66_DMP: boolean;
  readonly classCode: string | null;
  readonly classDisplay: string | null;
}

test('the table agrees with the public value sets, row by row', (t) => {
  const file = new URL('type-class-j07-j66.json', VALUE_SETS);
  if (!existsSync(file)) return t.skip('conformance value sets are absent');
  const { rows } = JSON.parse(readFileSync(file, 'utf8')) as { rows: readonly Row[] };
  const expected = rows.filter((row) => row.inJ07_2024_09 && row.typeCode !== 'E1762');
  assert.equal(documentTypes().length, expected.length);
  for (const row of expected) {
    const type = documentType(row.typeCode, row.codeSystem);
    assert.equal(type?.label, row.display, row.typeCode);
    assert.equal(type?.feedable, row.inJ66_DMP, row.typeCode);
    assert.equal(type?.documentClass?.code ?? null, row.classCode, row.typeCode);
    assert.equal(type?.documentClass?.label ?? null, row.classDisplay, row.typeCode);
  }
});

test('facility types and practice settings agree with the public value sets', (t) => {
  const sources: readonly [string, RegExp, (code: string) => { label: string; system: string } | undefined][] = [
    ['JDV_J02_XdsHealthcareFacilityTypeCode_CISIS.xml', /^SA/, healthcareFacilityType],
    ['JDV_J04_XdsPracticeSettingCode_CISIS.xml', /^(?!EXP_PATIENT|SNR)/, practiceSetting],
    ['JDV_J08_XdsConfidentialityCode_CISIS.xml', /./, confidentialityCode],
  ];
  for (const [name, ours, lookup] of sources) {
    const file = new URL(name, VALUE_SETS);
    if (!existsSync(file)) return t.skip('conformance value sets are absent');
    const concepts = readFileSync(file, 'utf8').matchAll(
      /<Concept code="(?<code>[^"]+)"\s+codeSystem="(?<system>[^"]+)"\s+displayName="(?<label>[^"]+)"/g,
    );
    const seen = [...concepts].flatMap(({ groups }) => (groups && ours.test(groups.code ?? '') ? [groups] : []));
    assert.ok(seen.length >= 6, name);
    for (const { code, system, label } of seen) {
      const known = lookup(code ?? '');
      assert.deepEqual([known?.system, known?.label], [system, label], code);
    }
  }
});

test('content type follows the patient class', () => {
  const mapped = ['I', 'O', 'R', 'N', 'E', 'P'].map((c) => contentTypeOfPatientClass(c)?.code);
  assert.deepEqual(mapped, ['03', '07', '19', '97', '07', undefined]);
  assert.equal(contentType('03')?.system, '1.2.250.1.213.2.2');
  assert.equal(contentType('99'), undefined);
});

test('format codes', () => {
  assert.equal(levelOneFormat('application/pdf')?.code, 'urn:ihe:iti:xds-sd:pdf:2008');
  assert.equal(levelOneFormat('text/html'), undefined);
  assert.equal(formatCodeSystem('urn:ihe:lab:xd-lab:2008'), '1.3.6.1.4.1.19376.1.2.3');
  assert.equal(formatCodeSystem('urn:ans:ci-sis:img-da:2022'), '1.2.250.1.213.1.1.4.2.282');
  assert.equal(formatCodeSystem('urn:other'), undefined);
});

test('practice settings of the DMP are a subset', () => {
  assert.equal(practiceSetting('ETABLISSEMENT')?.dmp, true);
  assert.equal(practiceSetting('ESSMS')?.dmp, false);
  assert.equal(practiceSetting('AUTRE'), undefined);
});

test('national identifiers of professionals and structures', () => {
  assert.equal(personIdOfRpps('10100000001'), '810100000001');
  assert.equal(personIdOfRpps('123'), undefined);
  assert.equal(structureIdOfFiness('0B0152872'), '10B0152872');
  assert.equal(finessOfStructureId('1120459876'), '120459876');
  assert.equal(finessOfStructureId('3120459876'), undefined);
  assert.equal(structureIdOfFiness('12045987'), undefined);
});

test('only high-trust devices validate alone, former codes are understood, unknown ones are not trusted', () => {
  assert.deepEqual(
    IDENTITY_DEVICES.filter((device) => device.trust === 'high').map((device) => device.code),
    ['CN', 'PA', 'CS', 'eCN', 'IN', 'AV', 'IE'],
  );
  assert.equal(identityDevice('PC')?.trust, 'low');
  assert.equal(identityDevice('CE')?.code, 'CN');
  assert.equal(identityDevice('AN')?.trust, 'under-condition');
  for (const name of ['cn', 'CNI', "Carte nationale d'identité", 'ID_CARD'])
    assert.equal(identityDevice(name)?.code, 'CN');
  assert.equal(identityDevice('titre de séjour')?.code, 'CS');
  assert.equal(identityDevice('Permis de conduire')?.trust, 'low');
  assert.equal(identityDevice('??'), undefined);
  assert.equal(identityDevice(''), undefined);
  assert.equal(identityDevice('CN', [{ code: 'PA', label: 'Passeport', trust: 'high' }]), undefined);
});

test('an RPPS is known by its key, and a number that its sender does not call national by nothing less', () => {
  assert.equal(hasRppsKey('801234567897'), true);
  assert.equal(hasRppsKey('899700218896'), true);
  for (const wrong of ['801234567890', '01234567897', '8', '8012345678970', '901234567897'])
    assert.equal(hasRppsKey(wrong), false, wrong);
  assert.equal(nationalPersonId('01234567897', false), '801234567897');
  assert.equal(nationalPersonId('01234567890', false), undefined);
  assert.equal(nationalPersonId('01234567890', true), '801234567890');
  assert.equal(nationalPersonId('3990000028/INT12', true), '3990000028/INT12');
  assert.equal(nationalPersonId('3990000028/INT12', false), undefined);
  assert.equal(nationalPersonId('DR12', true), undefined);
});

test('professions and specialties agree with the public value set, automata apart', (t) => {
  assert.equal(authorSpecialty('G15_10/SM26')?.label, 'Médecin - Qualifié en Médecine Générale (SM)');
  assert.equal(authorSpecialty('toString'), undefined);
  assert.equal(specialtyValue('93', undefined).system, '1.2.250.1.213.1.6.1.109');
  assert.equal(specialtyValue('G15_10/SM26', 'Généraliste').label, 'Généraliste');
  const file = new URL('JDV_J01_XdsAuthorSpecialty_CISIS.xml', VALUE_SETS);
  if (!existsSync(file)) return t.skip('conformance value sets are absent');
  const listed = readFileSync(file, 'utf8').matchAll(
    /<Concept code="(?<code>[^"]+)"\s+codeSystem="(?<system>[^"]+)"\s+displayName="(?<label>[^"]+)"/g,
  );
  const expected = [...listed].flatMap(({ groups = {} }) => {
    const { code = '', system = '', label = '' } = groups;
    return system === '1.2.250.1.213.1.1.4.6' ? [] : [`${code} ${system} ${label}`];
  });
  assert.ok(expected.length > 300);
  const known = authorSpecialties().map(({ code, system, label }) => `${code} ${system} ${label}`);
  assert.deepEqual(known.toSorted(), expected.toSorted());
});
