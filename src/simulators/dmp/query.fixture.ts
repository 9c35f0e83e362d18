/** Requests of TD3.1 and TD3.2, built by the tests' own hand, and what their answers say. */
import assert from 'node:assert/strict';
import { elements, withXml } from '../../wire/xml/xml.ts';
import type { TestAnswer, TestDmp } from './bench.fixture.ts';
import { PATIENT_CX, type Recipe, soapRequest } from './message.fixture.ts';
import { type MimePackage, readMimePackage } from './mime.ts';

export const FIND = 'urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d';
export const GET = 'urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4';
export const FIND_SETS = 'urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9';
export const GET_ASSOCIATIONS = 'urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155';
export const FIND_BY_REFERENCE = 'urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492';
export const GET_WITH_ASSOCIATIONS = 'urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a';
export const APPROVED = 'urn:oasis:names:tc:ebxml-regrep:StatusType:Approved';
const NS = { rim: 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0' };

/** A value given as a list makes one slot for each. */
export type QuerySlots = Readonly<Record<string, string | readonly string[]>>;

export function query(id: string, slots: QuerySlots, returnType = 'LeafClass'): string {
  const list = Object.entries(slots).flatMap(([name, value]) =>
    [value].flat().map((one) => `<Slot name="${name}"><ValueList><Value>${one}</Value></ValueList></Slot>`),
  );
  return (
    `<q:AdhocQueryRequest xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">` +
    `<q:ResponseOption returnComposedObjects="true" returnType="${returnType}"/><AdhocQuery id="${id}">${list.join('')}</AdhocQuery></q:AdhocQueryRequest>`
  );
}

export function find(slots: QuerySlots = {}): string {
  return query(FIND, {
    $XDSDocumentEntryPatientId: `'${PATIENT_CX}'`,
    $XDSDocumentEntryStatus: `('${APPROVED}')`,
    ...slots,
  });
}

export function setParameters(slots: QuerySlots = {}): QuerySlots {
  return { $XDSSubmissionSetPatientId: `'${PATIENT_CX}'`, $XDSSubmissionSetStatus: `('${APPROVED}')`, ...slots };
}

export function registry(dmp: TestDmp, body: string, recipe: Recipe = {}): Promise<TestAnswer> {
  return dmp.send(soapRequest('registry', 'urn:ihe:iti:2007:RegistryStoredQuery', body, recipe));
}

/** Ids of the objects of one kind, in the order of the answer. */
export function found(body: string, kind: 'ExtrinsicObject' | 'RegistryPackage' | 'Association'): string[] {
  return withXml(Buffer.from(body), (root) =>
    elements(root, `//rim:RegistryObjectList/rim:${kind}`, NS).map((node) => node.attr('id')?.value ?? ''),
  );
}

/** The documents of a successful search by their unique ids, signatures left out. */
export async function listed(dmp: TestDmp, recipe: Recipe, slots: QuerySlots = {}): Promise<string[]> {
  const { status, body } = await registry(dmp, find(slots), recipe);
  assert.equal(status, 200, body);
  assert.match(body, /ResponseStatusType:Success/, body);
  return found(body, 'ExtrinsicObject').flatMap((id) => {
    const document = dmp.holdings.byEntryUUID(id);
    return document?.kind === 'document' ? [document.uniqueId] : [];
  });
}

export const RETRIEVE = 'urn:ihe:iti:2007:RetrieveDocumentSet';

export function retrieveBody(uniqueIds: readonly string[], repository = '1.2.250.1.213.4.1.1.1.2'): string {
  const requests = uniqueIds.map(
    (id) =>
      `<DocumentRequest><RepositoryUniqueId>${repository}</RepositoryUniqueId><DocumentUniqueId>${id}</DocumentUniqueId></DocumentRequest>`,
  );
  return `<RetrieveDocumentSetRequest xmlns="urn:ihe:iti:xds-b:2007">${requests.join('')}</RetrieveDocumentSetRequest>`;
}

export function retrieve(dmp: TestDmp, uniqueIds: readonly string[], recipe: Recipe = {}): Promise<TestAnswer> {
  return dmp.send(soapRequest('repository', RETRIEVE, retrieveBody(uniqueIds), recipe));
}

/** The MTOM package that the answer must be. */
export function packageOf({ contentType, bytes }: TestAnswer): MimePackage & { readonly envelope: string } {
  const read = readMimePackage(contentType, bytes);
  assert.ok(read.ok, contentType);
  return { ...read.value, envelope: read.value.root.body.toString('utf8') };
}
