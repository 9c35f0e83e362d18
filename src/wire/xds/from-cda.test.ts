import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { QualifiedIdentity } from '../../ins/types.ts';
import { buildLevelOneCda } from '../cda/build-level-one.ts';
import {
  cdaConformance,
  headerOf,
  levelOneDocument,
  NO_CONFORMANCE,
  qualifiedIdentity,
  valueOfResult,
} from '../cda/cda.fixture.ts';
import { documentEntryFromCda } from './from-cda.ts';
import { insCx, ippCx, xcn, xon } from './identifiers.ts';
import type { Author, Code, DocumentEntry, Person } from './metadata.ts';

const CDA = buildLevelOneCda(levelOneDocument()).toString('utf8');
const PATIENT = qualifiedIdentity();

function entryOf(from: string | RegExp = '', to = ''): DocumentEntry {
  return valueOfResult(documentEntryFromCda(headerOf(Buffer.from(CDA.replace(from, to))), PATIENT, []));
}

function refusalOf(from: string | RegExp, to: string): string {
  const result = documentEntryFromCda(headerOf(Buffer.from(CDA.replace(from, to))), PATIENT, []);
  assert.ok(!result.ok);
  return `${result.refusal.rule.id} ${result.refusal.location}`;
}

test('the metadata of a document that we built repeat it', () => {
  const entry = entryOf();
  assert.equal(entry.uniqueId, '1.2.250.1.999.1.1.42');
  assert.equal(entry.creationTime, '20260703123000');
  assert.equal(entry.serviceStartTime, '20260629060000');
  assert.equal(entry.serviceStopTime, '20260703120000');
  assert.equal(entry.classCode.code, '10');
  assert.equal(entry.formatCode.code, 'urn:ihe:iti:xds-sd:pdf:2008');
  assert.deepEqual(entry.sourcePatientId, { value: 'IPP0042', domain: '1.2.250.1.999.2' });
  assert.equal(entry.patient, PATIENT);
});

test('visibility follows the level of the CDA, each code once', () => {
  const result = documentEntryFromCda(headerOf(Buffer.from(CDA)), PATIENT, [
    'INVISIBLE_PATIENT',
    'INVISIBLE_REPRESENTANTS_LEGAUX',
    'INVISIBLE_PATIENT',
  ]);
  assert.deepEqual(
    valueOfResult(result).confidentialityCodes.map(({ code, system }) => [code, system]),
    [
      ['N', '2.16.840.1.113883.5.25'],
      ['INVISIBLE_PATIENT', '1.2.250.1.213.1.1.4.13'],
      ['INVISIBLE_REPRESENTANTS_LEGAUX', '1.2.250.1.213.1.1.4.13'],
    ],
  );
});

test('the metadata never name another patient than the document', () => {
  const header = headerOf(Buffer.from(CDA));
  for (const traits of [{ matricule: '277076322082910' }, { oid: '1.2.250.1.213.1.4.8' }]) {
    const result = documentEntryFromCda(header, qualifiedIdentity(traits), []);
    assert.equal(!result.ok && result.refusal.rule.id, 'TDU-DOC-040');
  }
  assert.match(refusalOf(/<id root="1.2.250.1.213.1.4.10"[^>]*>/, ''), /^TDU-DOC-040/);
});

test('the formats of level 1 follow the media type', () => {
  const format = (mediaType: string) => entryOf('application/pdf', mediaType).formatCode.code;
  assert.equal(format('text/plain'), 'urn:ihe:iti:xds-sd:text:2008');
  assert.equal(format('text/rtf'), 'urn:ihe:iti-fr:xds-sd:rtf:2010');
  assert.equal(format('image/jpeg'), 'urn:ihe:iti-fr:xds-sd:jpeg:2010');
  assert.equal(format('image/tiff'), 'urn:ihe:iti-fr:xds-sd:tiff:2010');
  for (const other of ['application/msword', 'constructor']) {
    assert.match(refusalOf('application/pdf', other), /^TDU-DOC-033/);
  }
});

test('an author that is a device has the name of its software', () => {
  const device =
    '<assignedAuthoringDevice><manufacturerModelName>M1</manufacturerModelName><softwareName>Robot</softwareName></assignedAuthoringDevice>';
  const entry = entryOf(/(<assignedAuthor>.*?)<assignedPerson>.*?<\/assignedPerson>/, `$1${device}`);
  assert.equal(
    entry.authors[0] && xcn(entry.authors[0].person),
    '801234567897^Robot^M1^^^^^^&1.2.250.1.71.4.2.1&ISO^U^^^EI',
  );
});

test('what the CDA leaves empty stays empty in the institution', () => {
  const organization = /(<assignedAuthor>.*?<representedOrganization>).*?(<\/representedOrganization>)/;
  const institution = (inside: string) => entryOf(organization, `$1${inside}$2`).authors[0]?.institution;
  assert.deepEqual(institution('<id nullFlavor="UNK"/><name>Service</name>'), { id: '', name: 'Service' });
  assert.deepEqual(institution('<id root="1.2.3" extension="7"/><name>Service</name>'), { id: '', name: 'Service' });
  assert.equal(institution('<id nullFlavor="UNK"/><name nullFlavor="UNK"/>'), undefined);
});

test('what the header does not say is a refusal, never a default', () => {
  assert.equal(refusalOf(/<title>.*?<\/title>/, ''), 'TDU-DOC-006 /ClinicalDocument/title');
  assert.equal(refusalOf('20260703143000+0200', '20260703143000'), 'TDU-DOC-015 /ClinicalDocument/effectiveTime');
  assert.equal(refusalOf('20260703143000+0200', '20260703'), 'TDU-DOC-015 /ClinicalDocument/effectiveTime');
  assert.equal(refusalOf('code="11490-0"', 'code="101881-1"'), 'TDU-DOC-037 /ClinicalDocument/code');
  assert.match(refusalOf(/<author>.*<\/author>/, ''), /^TDU-DOC-006 \/ClinicalDocument\/author/);
  assert.match(refusalOf('<id root="1.2.250.1.999.1.1.42"/>', '<id root="1.2" extension="3"/>'), /^TDU-DOC-011/);
});

test('an act dated to the day stays dated to the day', () => {
  assert.equal(entryOf(/(<serviceEvent>.*?<low value=")[^"]*/, '$120260629').serviceStartTime, '20260629');
});

test('a structured document of an unknown model needs the format that the operator chose', () => {
  const body = '<structuredBody/>';
  const header = headerOf(Buffer.from(CDA.replace(/<nonXMLBody>.*<\/nonXMLBody>/, body)));
  const refused = documentEntryFromCda(header, PATIENT, []);
  assert.equal(!refused.ok && refused.refusal.rule.id, 'TDU-DOC-035');
  const otherModelFormat = { code: 'urn:x', system: '1.2.3', label: 'x' };
  const entry = valueOfResult(documentEntryFromCda(header, PATIENT, [], { otherModelFormat }));
  assert.equal(entry.formatCode, otherModelFormat);
});

/** What `xds-metadata-expected.json` says of one example; only what a DocumentEntry also says. */
interface Expected {
  readonly file: string;
  readonly uniqueId: string;
  readonly title: string;
  readonly typeCode: ExpectedCode;
  readonly classCode: ExpectedCode;
  readonly creationTimeUtc: string;
  readonly confidentialityCodes: readonly ExpectedCode[];
  readonly languageCode: string;
  readonly patientIds: ReadonlyArray<{ readonly root: string; readonly extension: string }>;
  readonly patientIdCx: string;
  readonly sourcePatientIdCx: string;
  readonly authors: readonly ExpectedAuthor[];
  readonly legalAuthenticator: { readonly xcn: string };
  readonly eventCodeList: readonly ExpectedCode[];
  readonly serviceStartTimeUtc: string;
  readonly serviceStopTimeUtc: string | null;
  readonly practiceSettingCode: ExpectedCode;
  readonly healthcareFacilityTypeCode: ExpectedCode;
  readonly formatCode: string | null;
  readonly mimeType: string;
}

interface ExpectedCode {
  readonly code: string;
  readonly codeSystem: string;
  readonly display: string;
}

interface ExpectedAuthor {
  readonly person: { readonly xcn: string };
  readonly specialty: ExpectedCode | null;
  readonly role: string | null;
  readonly institution: { readonly xon: string } | null;
}

/** The one example whose metadata we refuse to make: its time of creation has no offset, so no UTC exists. */
const WITHOUT_UTC = 'HL7v2_CR_Radio_CDAN1_v1.xml';
/** The one model that ASS_A11, as read, does not know: no format expected, and none invented. */
const WITHOUT_FORMAT = 'BIO-TROD_2024.01_Angine.xml';
const OPERATOR_FORMAT = { code: 'urn:test:format', system: '1.2.3', label: 'test' };

test('the metadata of every valid example are those expected', (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  const all = JSON.parse(readFileSync(join(folder, 'expected/xds-metadata-expected.json'), 'utf8')) as Expected[];
  assert.equal(all.length, 14);
  for (const expected of all) {
    const header = headerOf(readFileSync(join(folder, 'examples', expected.file)));
    const [ins] = expected.patientIds;
    const patient = qualifiedIdentity({ matricule: ins?.extension ?? '', oid: ins?.root ?? '' });
    const options = expected.file === WITHOUT_FORMAT ? { otherModelFormat: OPERATOR_FORMAT } : {};
    const result = documentEntryFromCda(header, patient, [], options);
    if (expected.file === WITHOUT_UTC) {
      assert.equal(!result.ok && result.refusal.rule.id, 'TDU-DOC-015');
    } else {
      assert.deepEqual(comparable(valueOfResult(result), patient), comparableExpectation(expected), expected.file);
    }
  }
});

function comparable(entry: DocumentEntry, { ins }: QualifiedIdentity) {
  return {
    uniqueId: entry.uniqueId,
    title: entry.title,
    typeCode: plain(entry.typeCode),
    classCode: plain(entry.classCode),
    creationTime: entry.creationTime,
    confidentialityCodes: entry.confidentialityCodes.map(plain),
    languageCode: entry.languageCode,
    patientId: insCx(entry.patient.ins),
    sourcePatientId: entry.sourcePatientId === undefined ? insCx(ins) : ippCx(entry.sourcePatientId),
    authors: entry.authors.map(plainAuthor),
    legalAuthenticator: xcn(entry.legalAuthenticator satisfies Person),
    eventCodes: entry.eventCodes.map(plain),
    serviceStartTime: entry.serviceStartTime,
    serviceStopTime: entry.serviceStopTime ?? null,
    practiceSettingCode: plain(entry.practiceSettingCode),
    healthcareFacilityTypeCode: plain(entry.healthcareFacilityTypeCode),
    formatCode: entry.formatCode.code,
    mimeType: entry.mimeType,
  };
}

function comparableExpectation(expected: Expected): ReturnType<typeof comparable> {
  return {
    uniqueId: expected.uniqueId as DocumentEntry['uniqueId'],
    title: expected.title,
    typeCode: expected.typeCode,
    classCode: expected.classCode,
    creationTime: expected.creationTimeUtc,
    confidentialityCodes: [...expected.confidentialityCodes],
    languageCode: expected.languageCode,
    patientId: expected.patientIdCx,
    sourcePatientId: expected.sourcePatientIdCx,
    authors: expected.authors.map(({ person, specialty, role, institution }) => ({
      person: person.xcn,
      specialty,
      role,
      institution: institution?.xon ?? null,
    })),
    legalAuthenticator: expected.legalAuthenticator.xcn,
    eventCodes: [...expected.eventCodeList],
    serviceStartTime: expected.serviceStartTimeUtc,
    serviceStopTime: expected.serviceStopTimeUtc,
    practiceSettingCode: expected.practiceSettingCode,
    healthcareFacilityTypeCode: expected.healthcareFacilityTypeCode,
    formatCode: expected.formatCode ?? OPERATOR_FORMAT.code,
    mimeType: expected.mimeType,
  };
}

function plain({ code, system, label }: Code): ExpectedCode {
  return { code, codeSystem: system, display: label };
}

function plainAuthor({ person, specialty, role, institution }: Author) {
  return {
    person: xcn(person),
    specialty: specialty === undefined ? null : plain(specialty),
    role: role ?? null,
    institution: institution === undefined ? null : xon(institution),
  };
}

test('imaging reports refer to their orders, accessions and studies', (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  const bytes = readFileSync(join(folder, 'examples/RIS_CR-IMG_N1_transmission_initiale.xml'));
  const entry = valueOfResult(documentEntryFromCda(headerOf(bytes), PATIENT, []));
  assert.deepEqual(entry.referenceIds, [
    'OPN102^^^&1.2.250.1.213.4.5.2.6&ISO^urn:ihe:iti:xds:2013:order',
    'ACN102^^^&1.2.250.1.213.4.5.2.5&ISO^urn:ihe:iti:xds:2013:accession',
    '1.2.250.1.213.4.5.2.1.102^^^^urn:ihe:iti:xds:2016:studyInstanceUID',
  ]);
});

test('a self-presentable CDA has the MIME type of its style sheet', (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  const bytes = readFileSync(join(folder, 'examples/BIO-CR-BIO_2021.01_Auto-Presentable.xml'));
  const entry = valueOfResult(documentEntryFromCda(headerOf(bytes), PATIENT, []));
  assert.equal(entry.mimeType, 'application/xslt+xml');
  assert.equal(entry.formatCode.code, 'urn:ihe:lab:xd-lab:2008');
});
