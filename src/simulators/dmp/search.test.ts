import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { fed } from './feeder.fixture.ts';
import { feedRequest, freshUniqueId, PATIENT_CX, swap } from './message.fixture.ts';
import {
  APPROVED,
  FIND_BY_REFERENCE,
  FIND_SETS,
  find,
  found,
  GET_ASSOCIATIONS,
  GET_WITH_ASSOCIATIONS,
  listed,
  query,
  registry,
  setParameters,
} from './query.fixture.ts';

const DEPRECATED = 'urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated';
const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });
const REFERENCE = 'ACC42^^^&amp;1.2.250.1.999.9&amp;ISO^urn:ihe:iti:xds:2013:accession';

test('FindDocuments filters by code, time and author', async (t) => {
  const dmp = await openTestDmp(t);
  const { uniqueId } = await fed(dmp);
  const matching = {
    $XDSDocumentEntryTypeCode: "('57833-6^^2.16.840.1.113883.6.1','34112-3^^2.16.840.1.113883.6.1')",
    $XDSDocumentEntryClassCode: "('10^^1.2.250.1.213.1.1.4.1')",
    $XDSDocumentEntryFormatCode: "('urn:ihe:iti:xds-sd:pdf:2008^^1.3.6.1.4.1.19376.1.2.3')",
    $XDSDocumentEntryPracticeSettingCode: "('ETABLISSEMENT^^1.2.250.1.213.1.1.4.9')",
    $XDSDocumentEntryHealthcareFacilityTypeCode: "('SA01^^1.2.250.1.71.4.2.4')",
    $XDSDocumentEntryConfidentialityCode: "('N^^2.16.840.1.113883.5.25')",
    $XDSDocumentEntryAuthorPerson: "('%^DAVID^%')",
    $XDSDocumentEntryCreationTimeFrom: '20261120091500',
    $XDSDocumentEntryCreationTimeTo: '20261120091501',
    $XDSDocumentEntryServiceStartTimeFrom: "'2026'",
    $XDSDocumentEntryType: "('urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1')",
  };
  assert.deepEqual(await listed(dmp, AIR, matching), [uniqueId]);
  const others = {
    $XDSDocumentEntryTypeCode: "('57833-6^^2.16.840.1.113883.6.1')",
    $XDSDocumentEntryClassCode: "('10^^1.2.3')",
    $XDSDocumentEntryFormatCode: "('urn:ihe:iti:xds-sd:text:2008^^1.3.6.1.4.1.19376.1.2.3')",
    $XDSDocumentEntryPracticeSettingCode: "('AMBULATOIRE^^1.2.250.1.213.1.1.4.9')",
    $XDSDocumentEntryHealthcareFacilityTypeCode: "('SA07^^1.2.250.1.71.4.2.4')",
    $XDSDocumentEntryConfidentialityCode: "('R^^2.16.840.1.113883.5.25')",
    $XDSDocumentEntryEventCodeList: "('H33^^2.16.840.1.113883.6.3')",
    $XDSDocumentEntryAuthorPerson: "('DAVID')",
    $XDSDocumentEntryCreationTimeFrom: '20261120091501',
    $XDSDocumentEntryCreationTimeTo: '20261120091500',
    $XDSDocumentEntryServiceStartTimeTo: '2026',
    $XDSDocumentEntryServiceStopTimeFrom: '2000',
    $XDSDocumentEntryType: "('urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248')",
  };
  for (const [name, value] of Object.entries(others)) {
    assert.deepEqual(await listed(dmp, AIR, { [name]: value }), [], name);
  }
});

test('one slot offers alternatives, two slots of one name must both hold', async (t) => {
  const dmp = await openTestDmp(t);
  const name = '$XDSDocumentEntryConfidentialityCode';
  const [normal, masked] = ["('N^^2.16.840.1.113883.5.25')", "('MASQUE_PS^^1.2.250.1.213.1.1.4.13')"];
  const plain = await fed(dmp);
  const hidden = await fed(dmp, { visibilities: ['MASQUE_PS'] });
  assert.deepEqual(await listed(dmp, AIR, { [name]: normal }), [plain.uniqueId, hidden.uniqueId]);
  assert.deepEqual(await listed(dmp, AIR, { [name]: [normal, masked] }), [hidden.uniqueId]);
});

test('a parameter in another form than the DMP takes is refused, each by its name', async (t) => {
  const dmp = await openTestDmp(t);
  const wrong = {
    $XDSDocumentEntryPatientId: [`('${PATIENT_CX}')`, PATIENT_CX, "'42'"],
    $XDSDocumentEntryStatus: [`'${APPROVED}'`, '()', APPROVED],
    $XDSDocumentEntryTypeCode: ["('34112-3')", "'34112-3^^2.16.840.1.113883.6.1'"],
    $XDSDocumentEntryCreationTimeFrom: ['23/11/2026', '2026-11-23', '202611231'],
    $XDSDocumentEntryAuthorPerson: ['DAVID'],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const { status, body } = await registry(dmp, find({ [name]: value }), AIR);
      assert.equal(status, 200);
      assert.match(body, /ResponseStatusType:Failure/, `${name} ${value}`);
      assert.ok(body.includes(name), body);
    }
  }
  const unknown = await registry(dmp, query('urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83', {}), AIR);
  assert.match(unknown.body, /XDSRegistryError.*non disponible/);
});

test('a replaced document is found as Deprecated, its replacement as Approved', async (t) => {
  const dmp = await openTestDmp(t);
  const first = await fed(dmp);
  const uniqueId = freshUniqueId();
  const { body } = await dmp.send(
    feedRequest({
      uniqueId,
      document: { setId: `${first.uniqueId}.9`, version: 2, replaces: first.uniqueId, target: first.entryUUID },
    }),
  );
  assert.match(body, /ResponseStatusType:Success/, body);
  assert.deepEqual(await listed(dmp, AIR), [uniqueId]);
  assert.deepEqual(await listed(dmp, AIR, { $XDSDocumentEntryStatus: `('${DEPRECATED}')` }), [first.uniqueId]);
  assert.deepEqual(await listed(dmp, AIR, { $XDSDocumentEntryStatus: `('${APPROVED}','${DEPRECATED}')` }), [
    first.uniqueId,
    uniqueId,
  ]);
});

test('FindDocumentsByReferenceId finds by an accession number', async (t) => {
  const dmp = await openTestDmp(t);
  const slot = `<Slot name="urn:ihe:iti:xds:2013:referenceIdList"><ValueList><Value>${REFERENCE}</Value></ValueList></Slot>`;
  const metadata = swap(/(<ExtrinsicObject id="Document01".*?)(<Slot name="serviceStartTime">)/, `$1${slot}$2`);
  const { entryUUID } = await fed(dmp, { metadata });
  await fed(dmp);
  const slots = { $XDSDocumentEntryPatientId: `'${PATIENT_CX}'`, $XDSDocumentEntryStatus: `('${APPROVED}')` };
  const ask = (list?: string) =>
    registry(
      dmp,
      query(FIND_BY_REFERENCE, { ...slots, ...(list === undefined ? {} : { $XDSDocumentEntryReferenceIdList: list }) }),
      AIR,
    );
  assert.deepEqual(found((await ask(`('${REFERENCE}')`)).body, 'ExtrinsicObject'), [entryUUID]);
  assert.deepEqual(found((await ask(`('${REFERENCE.replace('42', '43')}')`)).body, 'ExtrinsicObject'), []);
  assert.match((await ask()).body, /ReferenceIdList attendu/);
});

test('from a submission set to its documents: FindSubmissionSets, GetAssociations, GetDocumentsAndAssociations', async (t) => {
  const dmp = await openTestDmp(t);
  const { entryUUID, uniqueId } = await fed(dmp);
  const sets = (slots: Record<string, string> = {}) => registry(dmp, query(FIND_SETS, setParameters(slots)), AIR);
  const all = await sets();
  const [set = ''] = found(all.body, 'RegistryPackage');
  assert.ok(all.body.includes(`value="${uniqueId}.1"`), all.body);
  for (const [name, hit, miss] of [
    ['$XDSSubmissionSetSubmissionTimeFrom', '20261123', '20261124'],
    ['$XDSSubmissionSetSourceId', "('1.2.250.1.999.2')", "('1.2.3')"],
    ['$XDSSubmissionSetContentType', "('03^^1.2.250.1.213.2.2')", "('04^^1.2.250.1.213.2.2')"],
    ['$XDSSubmissionSetAuthorPerson', "'801234567897^%'", "'8099%'"],
  ] as const) {
    assert.deepEqual(found((await sets({ [name]: hit })).body, 'RegistryPackage'), [set], name);
    assert.deepEqual(found((await sets({ [name]: miss })).body, 'RegistryPackage'), [], name);
  }
  assert.deepEqual(found((await sets({ $XDSSubmissionSetStatus: `('${DEPRECATED}')` })).body, 'RegistryPackage'), []);
  const links = await registry(dmp, query(GET_ASSOCIATIONS, { $uuid: `('${set}')` }), AIR);
  assert.equal(found(links.body, 'Association').length, 3, links.body);
  assert.ok(links.body.includes(`sourceObject="${set}" targetObject="${entryUUID}"`), links.body);
  assert.match((await registry(dmp, query(GET_ASSOCIATIONS, { $uuid: `'${set}'` }), AIR)).body, /\$uuid/);
  const both = await registry(
    dmp,
    query(GET_WITH_ASSOCIATIONS, { $XDSDocumentEntryEntryUUID: `('${entryUUID}')` }),
    AIR,
  );
  assert.deepEqual(found(both.body, 'ExtrinsicObject'), [entryUUID]);
  assert.equal(found(both.body, 'Association').length, 1);
});

test('references only: ObjectRef for documents, sets and associations', async (t) => {
  const dmp = await openTestDmp(t);
  const { entryUUID } = await fed(dmp);
  const { body } = await registry(
    dmp,
    query(GET_WITH_ASSOCIATIONS, { $XDSDocumentEntryEntryUUID: `('${entryUUID}')` }, 'ObjectRef'),
    AIR,
  );
  assert.equal(body.match(/<rim:ObjectRef /g)?.length, 2, body);
  assert.doesNotMatch(body, /ExtrinsicObject/);
});
