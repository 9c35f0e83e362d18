import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildLevelOneCda } from './build-level-one.ts';
import { cdaConformance, headerOf, levelOneDocument, NO_CONFORMANCE, xmlFiles } from './cda.fixture.ts';
import { checkCdaHeader } from './check.ts';

const CDA = buildLevelOneCda(levelOneDocument()).toString('utf8');

/** Rule ids and places that our own CDA breaks once changed; the change must take. */
function broken(from: string | RegExp, to: string): string[] {
  const changed = CDA.replace(from, to);
  assert.notEqual(changed, CDA);
  return checkCdaHeader(headerOf(Buffer.from(changed))).map(({ rule, location }) => `${rule.id} ${location}`);
}

const NAME = '/ClinicalDocument/recordTarget/patientRole/patient/name';
const ROLE_ID = '/ClinicalDocument/recordTarget/patientRole/id';

test('what we build breaks no rule', () => {
  assert.deepEqual(checkCdaHeader(headerOf(Buffer.from(CDA))), []);
});

test('the identifier of the document is one OID, without extension', () => {
  const id = '<id root="1.2.250.1.999.1.1.42"/>';
  assert.deepEqual(broken(id, '<id root="1.2.250.1.999.1.1" extension="42"/>'), [
    'TDU-DOC-011 /ClinicalDocument/id/@extension',
  ]);
  for (const root of ['D52DE737-001D-4031-B571-0A0ED7C42300', '1.2.0250.1', `1.2.${'3'.repeat(61)}`]) {
    assert.deepEqual(broken(id, `<id root="${root}"/>`), ['TDU-DOC-012 /ClinicalDocument/id/@root']);
  }
  assert.deepEqual(broken(id, '<id nullFlavor="UNK"/>'), ['TDU-DOC-006 /ClinicalDocument/id']);
});

test('a patient has exactly one INS, which is not an INS-C', () => {
  const ins = '<id root="1.2.250.1.213.1.4.10" extension="279035121518989"/>';
  assert.deepEqual(broken(ins, ''), [`TDU-DOC-020 ${ROLE_ID}`]);
  assert.deepEqual(broken(ins, `${ins}<id root="1.2.250.1.213.1.4.8" extension="277076322082910"/>`), [
    `TDU-DOC-021 ${ROLE_ID}`,
  ]);
  assert.deepEqual(broken(ins, `${ins}<id root="1.2.250.1.213.1.4.2" extension="1541187387477485562488"/>`), [
    `TDU-DOC-022 ${ROLE_ID}`,
  ]);
});

test('with an INS every trait is required', () => {
  const missing = (from: string | RegExp) => broken(from, '').filter((found) => found.startsWith('TDU-DOC-023'));
  assert.equal(missing('<family qualifier="BR">PAT-TROIS</family>').length, 1);
  assert.equal(missing('<given qualifier="BR">DOMINIQUE</given>').length, 1);
  assert.equal(missing('<given>DOMINIQUE MARIE-LOUISE</given>').length, 1);
  assert.equal(missing(/<administrativeGenderCode.*?\/>/).length, 1);
  assert.equal(missing(/<birthTime.*?\/>/).length, 1);
  assert.equal(missing(/<birthplace>.*?<\/birthplace>/).length, 1);
});

test('names carry the qualifiers of the RNIV, each birth name once', () => {
  const family = '<family qualifier="BR">PAT-TROIS</family>';
  assert.deepEqual(broken(family, `${family}<family qualifier="SP">DURAND</family>`), [`TDU-DOC-024 ${NAME}/family`]);
  assert.deepEqual(broken(family, `${family}<family>DURAND</family>`), [`TDU-DOC-024 ${NAME}/family`]);
  assert.deepEqual(broken(family, `${family}<family qualifier="BR">DURAND</family>`), [
    `TDU-DOC-036 ${NAME}/family[@qualifier='BR']`,
  ]);
  assert.deepEqual(broken('<given>', '<given qualifier="AC">X</given><given>'), [`TDU-DOC-024 ${NAME}/given`]);
});

test('a restricted document is recognised as not to be sent, an unknown level as wrong', () => {
  const place = '/ClinicalDocument/confidentialityCode';
  const level = 'confidentialityCode code="N"';
  assert.deepEqual(broken(level, 'confidentialityCode code="R"'), [`TDU-DOC-017 ${place}`]);
  assert.deepEqual(broken(level, 'confidentialityCode code="V"'), [`TDU-DOC-017 ${place}`]);
  assert.deepEqual(broken(level, 'confidentialityCode code="MASQUE_PS"'), [`TDU-DOC-016 ${place}`]);
});

test('a time of creation is an instant to the second', () => {
  for (const value of ['20260703143000', '202607031430+0200', '20260703']) {
    assert.deepEqual(broken('20260703143000+0200', value), ['TDU-DOC-015 /ClinicalDocument/effectiveTime'], value);
  }
});

test('an act may be dated to the day, but an hour needs its offset', () => {
  const low = '/ClinicalDocument/documentationOf[1]/serviceEvent/effectiveTime/low';
  const act = /(<serviceEvent>.*?<low value=")[^"]*/;
  assert.deepEqual(broken(act, '$120260629'), []);
  assert.deepEqual(broken(act, '$1202606290800'), [`TDU-DOC-015 ${low}`]);
});

test('version, language, title and type follow their forms', () => {
  assert.deepEqual(broken('<versionNumber value="1"/>', '<versionNumber value="0"/>'), [
    'TDU-DOC-019 /ClinicalDocument/versionNumber',
  ]);
  assert.deepEqual(broken('code="fr-FR"', 'code="fr"'), ['TDU-DOC-018 /ClinicalDocument/languageCode']);
  assert.deepEqual(broken(/<title>.*?<\/title>/, `<title>${'é'.repeat(129)}</title>`), [
    'TDU-DOC-014 /ClinicalDocument/title',
  ]);
  assert.deepEqual(broken('code="11490-0"', 'code="00000-0"'), ['TDU-DOC-013 /ClinicalDocument/code']);
});

test('the people behind the document are named and identified', () => {
  assert.deepEqual(broken(/<legalAuthenticator>.*<\/legalAuthenticator>/, ''), [
    'TDU-DOC-029 /ClinicalDocument/legalAuthenticator',
  ]);
  assert.deepEqual(broken('<signatureCode code="S"/>', '<signatureCode code="I"/>'), [
    'TDU-DOC-008 /ClinicalDocument/legalAuthenticator/signatureCode',
  ]);
  assert.deepEqual(broken(/<code code="G15_10[^>]*>/, ''), [
    'TDU-DOC-027 /ClinicalDocument/author[1]/assignedAuthor/code',
  ]);
  assert.deepEqual(broken(/(<representedCustodianOrganization><id root=")[^"]*/, '$11.2.3'), [
    'TDU-DOC-028 /ClinicalDocument/custodian/assignedCustodian/representedCustodianOrganization/id',
  ]);
});

test('a replacement names the document that it replaces', () => {
  const related = (inside: string) => broken('<componentOf>', `${inside}<componentOf>`);
  assert.deepEqual(
    related('<relatedDocument typeCode="APND"><parentDocument><id root="1.2.3"/></parentDocument></relatedDocument>'),
    ['TDU-DOC-032 /ClinicalDocument/relatedDocument/@typeCode'],
  );
  assert.deepEqual(
    related(
      '<relatedDocument typeCode="RPLC"><parentDocument><id nullFlavor="NA"/></parentDocument></relatedDocument>',
    ),
    ['TDU-DOC-032 /ClinicalDocument/relatedDocument/parentDocument/id'],
  );
});

test('a level 1 body is what it announces', () => {
  const text = '/ClinicalDocument/component/nonXMLBody/text';
  assert.deepEqual(broken('representation="B64"', 'representation="TXT"'), [`TDU-DOC-033 ${text}/@representation`]);
  assert.deepEqual(broken('mediaType="application/pdf"', 'mediaType="image/jpeg"'), [`TDU-DOC-034 ${text}`]);
  assert.deepEqual(broken(/(representation="B64">)[^<]*/, '$1'), [`TDU-DOC-034 ${text}`]);
  assert.deepEqual(broken(/<nonXMLBody>.*<\/nonXMLBody>/, ''), ['TDU-DOC-006 /ClinicalDocument/component']);
});

test('a finding never repeats what could be a NIR', () => {
  const changed = CDA.replace('code="fr-FR"', 'code="279035121518989"');
  const findings = checkCdaHeader(headerOf(Buffer.from(changed)));
  assert.equal(findings.length, 1);
  assert.doesNotMatch(JSON.stringify(findings), /279035/);
});

/** The official HL7 v2 sample: two faults of the ANS rules, and two of what the DMP asks (dmp.md 5). */
const OFFICIAL_SAMPLE = {
  'HL7v2_CR_Radio_CDAN1_v1.xml': [
    'TDU-DOC-015 /ClinicalDocument/effectiveTime',
    'TDU-DOC-006 /ClinicalDocument/setId',
    `TDU-DOC-024 ${NAME}/family`,
    'TDU-DOC-027 /ClinicalDocument/author[1]/assignedAuthor/code',
  ],
};

test('every valid example of the ANS passes, but one sample known to be wrong', (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  const files = xmlFiles(join(folder, 'examples'));
  assert.equal(files.length, 15);
  const expected: Readonly<Record<string, readonly string[]>> = OFFICIAL_SAMPLE;
  for (const { name, bytes } of files) {
    const found = checkCdaHeader(headerOf(bytes)).map(({ rule, location }) => `${rule.id} ${location}`);
    assert.deepEqual(found, expected[name] ?? [], name);
  }
});

/** What each invalid example breaks. `undefined`: the fault is not in the header, another gate finds it. */
const INVALID: Readonly<Record<string, string | undefined>> = {
  'gap-17': 'TDU-DOC-033',
  'inv-01': 'TDU-DOC-008',
  'inv-02': 'TDU-DOC-008',
  'inv-03': 'TDU-DOC-009',
  'inv-04': 'TDU-DOC-013',
  'inv-05': 'TDU-DOC-029',
  'inv-06': 'TDU-DOC-006',
  'inv-07': 'TDU-DOC-006',
  'inv-08': 'TDU-DOC-030',
  'inv-09': 'TDU-DOC-006',
  'inv-10': 'TDU-DOC-025',
  'inv-11': 'TDU-DOC-023',
  'inv-12': 'TDU-DOC-010',
  // Speciality outside JDV_J01, a value set of 500 codes: the schematron.
  'inv-13': undefined,
  // Order of elements: the schema (see xsd.test.ts).
  'inv-14': undefined,
  'inv-15': 'TDU-DOC-018',
  'inv-16': 'TDU-DOC-007',
  // Section of the LDL-SES model: the schematron of the model.
  'inv-18': undefined,
};

test('each invalid example breaks exactly the rule of its fault', (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  const files = xmlFiles(join(folder, 'invalid'));
  assert.deepEqual(files.map(({ name }) => name.slice(0, 6)).sort(), Object.keys(INVALID).sort());
  for (const { name, bytes } of files) {
    const found = checkCdaHeader(headerOf(bytes)).map(({ rule }) => rule.id);
    const expected = INVALID[name.slice(0, 6)];
    assert.deepEqual(found, expected === undefined ? [] : [expected], name);
  }
});
