import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { elements, text, withXml } from '../xml/xml.ts';
import { retrieveRequest } from './retrieve.ts';
import {
  findDocumentsRequest,
  findSubmissionSetsRequest,
  getAssociationsRequest,
  getDocumentsAndAssociationsRequest,
  getDocumentsRequest,
} from './stored-query.ts';
import { MATRICULE, qualifiedPatient } from './submission.fixture.ts';

const XSD = fileURLToPath(new URL('../../../../shared/conformance/xds/xsd/', import.meta.url));
const NS = { r: 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0' };
const LOINC = '2.16.840.1.113883.6.1';
const { ins } = qualifiedPatient();

/** False, and the test skipped, where the schemas or xmllint are not there. */
function schemaAccepts(t: TestContext, schema: string, input: string): boolean | undefined {
  if (!existsSync(XSD)) {
    t.skip('conformance data is absent');
    return undefined;
  }
  const judge = spawnSync('xmllint', ['--noout', '--nonet', '--schema', `${XSD}${schema}`, '-'], { input });
  if (judge.error === undefined) return judge.status === 0;
  t.skip('xmllint is not installed');
  return undefined;
}

function slotsOf(request: string): Readonly<Record<string, string | undefined>> {
  return withXml(Buffer.from(request), (root) =>
    Object.fromEntries(
      elements(root, '//r:Slot', NS).map((slot) => [slot.attr('name')?.value ?? '', text(slot, './/r:Value', NS)]),
    ),
  );
}

const everything = findDocumentsRequest(
  ins,
  {
    statuses: ['Approved', 'Archived'],
    classCodes: [{ code: '10', system: '1.2.250.1.213.1.1.4.1' }],
    typeCodes: [
      { code: '18748-4', system: LOINC },
      { code: '11502-2', system: LOINC },
    ],
    practiceSettingCodes: [{ code: 'AMBULATOIRE', system: '1.2.250.1.213.1.1.4.9' }],
    healthcareFacilityTypeCodes: [{ code: 'SA01', system: '1.2.250.1.71.4.2.4' }],
    confidentialityCodes: [{ code: 'N', system: '2.16.840.1.113883.5.25' }],
    formatCodes: [{ code: 'urn:ihe:iti:xds-sd:pdf:2008', system: '1.3.6.1.4.1.19376.1.2.3' }],
    eventCodes: [{ code: 'ZCQM001', system: '1.2.250.1.213.2.5' }],
    authorPersons: ["%^D'ALEMBERT^%"],
    creationTime: { from: new Date('2024-11-23T00:00:00Z'), to: new Date('2026-11-24T00:00:00Z') },
    serviceStartTime: { from: new Date('2025-01-01T00:00:00Z') },
    serviceStopTime: { to: new Date('2026-01-01T00:00:00Z') },
  },
  'LeafClass',
);

describe('stored queries', () => {
  it('say every criterion in the form that ITI-18 asks for', () => {
    assert.deepEqual(slotsOf(everything), {
      $XDSDocumentEntryPatientId: `'${MATRICULE}^^^&1.2.250.1.213.1.4.10&ISO^NH'`,
      $XDSDocumentEntryStatus:
        "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved','urn:asip:ci-sis:2010:StatusType:Archived')",
      $XDSDocumentEntryClassCode: "('10^^1.2.250.1.213.1.1.4.1')",
      $XDSDocumentEntryTypeCode: `('18748-4^^${LOINC}','11502-2^^${LOINC}')`,
      $XDSDocumentEntryFormatCode: "('urn:ihe:iti:xds-sd:pdf:2008^^1.3.6.1.4.1.19376.1.2.3')",
      $XDSDocumentEntryPracticeSettingCode: "('AMBULATOIRE^^1.2.250.1.213.1.1.4.9')",
      $XDSDocumentEntryHealthcareFacilityTypeCode: "('SA01^^1.2.250.1.71.4.2.4')",
      $XDSDocumentEntryConfidentialityCode: "('N^^2.16.840.1.113883.5.25')",
      $XDSDocumentEntryEventCodeList: "('ZCQM001^^1.2.250.1.213.2.5')",
      $XDSDocumentEntryAuthorPerson: "('%^D''ALEMBERT^%')",
      $XDSDocumentEntryCreationTimeFrom: '20241123000000',
      $XDSDocumentEntryCreationTimeTo: '20261124000000',
      $XDSDocumentEntryServiceStartTimeFrom: '20250101000000',
      $XDSDocumentEntryServiceStopTimeTo: '20260101000000',
    });
  });

  it('ask by reference with the query made for it', () => {
    const referenceIds = ['A1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession'];
    const request = findDocumentsRequest(ins, { statuses: ['Approved'], referenceIds }, 'LeafClass');
    assert.match(request, /id="urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492"/);
    assert.equal(slotsOf(request).$XDSDocumentEntryReferenceIdList, `('${referenceIds[0]}')`);
  });

  it('find submission sets by the date on which they were fed', () => {
    const submissionTime = { from: new Date('2026-11-01T00:00:00Z') };
    const request = findSubmissionSetsRequest(ins, { statuses: ['Approved'], submissionTime }, 'LeafClass');
    assert.equal(slotsOf(request).$XDSSubmissionSetSubmissionTimeFrom, '20261101000000');
    assert.equal(slotsOf(request).$XDSSubmissionSetSubmissionTimeTo, undefined);
  });

  it('are what the schema accepts, each of them, and nothing else is', (t) => {
    const uuids = ['urn:uuid:1', 'urn:uuid:2'];
    const set = findSubmissionSetsRequest(ins, { statuses: ['Approved'], sourceIds: ['1.2.3'] }, 'ObjectRef');
    const requests = [
      everything,
      set,
      getDocumentsRequest('EntryUUID', uuids, 'LeafClass'),
      getAssociationsRequest(uuids),
      getDocumentsAndAssociationsRequest('UniqueId', ['1.2.3']),
    ];
    for (const request of requests) {
      const verdict = schemaAccepts(t, 'query.xsd', request);
      if (verdict === undefined) return;
      assert.equal(verdict, true, request);
    }
    assert.equal(schemaAccepts(t, 'query.xsd', set.replace('<query:ResponseOption', '<query:Response')), false);
  });
});

describe('RetrieveDocumentSet request', () => {
  it('names each document by repository and uniqueId, as the schema wants it', (t) => {
    const address = { uniqueId: '1.2.250.1.999.1', repositoryUniqueId: '1.2.250.1.213.4.1.1.1.2' };
    const request = retrieveRequest([address, { ...address, homeCommunityId: 'urn:oid:1.2' }]);
    const verdict = schemaAccepts(t, 'XDS.b_DocumentRepository.xsd', request);
    if (verdict === undefined) return;
    assert.equal(verdict, true);
    const without = request.replace(/<RepositoryUniqueId>[^<]*<\/RepositoryUniqueId>/, '');
    assert.equal(schemaAccepts(t, 'XDS.b_DocumentRepository.xsd', without), false);
  });
});
