/** What a connector asks besides feeding, and what it reads in the answers. Source: dmp.md 1.1, 1.4, 6 and 7. */
import { elements, escapeXml, text } from '../../wire/xml/xml.ts';
import { REPOSITORY } from '../dmp/registry-writer.ts';
import type { PatientId } from '../dmp/values.ts';
import { APPROVED, DELETED, ENTRY, UPDATE_STATUS } from '../dmp/xds-vocabulary.ts';
import { association, type Described, describeSet, slot } from './metadata.ts';
import type { ConnectorPatient } from './model.ts';
import type { Answered } from './soap.ts';
import { cxOf } from './vihf.ts';

const RIM = 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0';
const NS = {
  p: 'urn:si-dmp-patients',
  h: 'urn:hl7-org:v3',
  rim: RIM,
  x: 'urn:ihe:iti:xds-b:2007',
  xop: 'http://www.w3.org/2004/08/xop/include',
};

export const CERTIFY = 'urn:si-dmp-patients:PatientCertificationEndPoint:identityCertification';
export const EXISTS = 'urn:hl7-org:v3:PRPA_IN201307UV02';
export const FEED = 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b';
export const SEARCH = 'urn:ihe:iti:2007:RegistryStoredQuery';
export const RETRIEVE = 'urn:ihe:iti:2007:RetrieveDocumentSet';
export const UPDATE = 'urn:ihe:iti:2010:UpdateDocumentSet';

export interface CertifiedIdentity {
  readonly nir: string;
  readonly firstGivenName: string;
  readonly birthName: string;
}

export function certification({ card, birthDate }: ConnectorPatient): string {
  return (
    `<identityCertification xmlns="${NS.p}"><nirOD>${card.nir}</nirOD><dateNaissance>${birthDate}</dateNaissance>` +
    `<rangNaissance>${card.birthRank}</rangNaissance></identityCertification>`
  );
}

export function readCertified({ payload }: Answered): CertifiedIdentity | undefined {
  const of = (name: string): string => text(payload, `p:output/p:${name}`, NS) ?? '';
  if (of('status').toLowerCase() !== 'dmpok') return undefined;
  return { nir: of('nirIndividu'), firstGivenName: of('prenom'), birthName: of('nomPatronymique') };
}

export function existence({ value, oid }: PatientId, sender: string, uuid: string, at: Date): string {
  const device = (tag: string, type: string, root: string): string =>
    `<${tag} typeCode="${type}"><device classCode="DEV" determinerCode="INSTANCE"><id root="${root}"/></device></${tag}>`;
  return (
    `<PRPA_IN201307UV02 xmlns="${NS.h}" ITSVersion="XML_1.0"><id root="${uuid}"/>` +
    `<creationTime value="${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}"/>` +
    `<interactionId root="2.16.840.1.113883.1.6" extension="PRPA_IN201307UV02"/><processingCode code="P"/>` +
    `<processingModeCode code="T"/><acceptAckCode code="AL"/>${device('receiver', 'RCV', '1.2.250.1.213.4.1.1.1')}` +
    `${device('sender', 'SND', sender)}<controlActProcess classCode="CACT" moodCode="EVN">` +
    `<reasonCode code="TEST_EXST" codeSystem="1.2.250.1.213.1.1.4.11"/><queryByParameter><queryId root="${uuid}"/>` +
    `<statusCode code="new"/><parameterList><patientIdentifier><value root="${oid}" extension="${value}"/>` +
    `<semanticsText>Patient.id</semanticsText></patientIdentifier></parameterList></queryByParameter></controlActProcess>` +
    `</PRPA_IN201307UV02>`
  );
}

export type Existence = 'open' | 'closed' | 'none';

export function readExistence({ payload }: Answered): Existence | undefined {
  const act = 'h:controlActProcess';
  const code = text(payload, `${act}/h:queryAck/h:queryResponseCode/@code`, NS);
  if (code === 'NF') return 'none';
  if (code !== 'OK') return undefined;
  const status = text(payload, `${act}//h:patient/h:statusCode/@code`, NS);
  return status === 'terminated' ? 'closed' : 'open';
}

function storedQuery(id: string, slots: string): string {
  return (
    `<q:AdhocQueryRequest xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" xmlns:rim="${RIM}">` +
    `<q:ResponseOption returnComposedObjects="true" returnType="LeafClass"/><rim:AdhocQuery id="${id}">${slots}` +
    `</rim:AdhocQuery></q:AdhocQueryRequest>`
  );
}

/** TD3.1b: the technical reference of a document whose uniqueId is known. */
export function findReference(uniqueId: string): string {
  const wanted = slot('$XDSDocumentEntryUniqueId', `('${uniqueId}')`);
  return storedQuery('urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4', wanted);
}

/** TD3.1a. */
export function listDocuments(patient: PatientId): string {
  const slots =
    slot('$XDSDocumentEntryPatientId', `'${cxOf(patient)}'`) + slot('$XDSDocumentEntryStatus', `('${APPROVED}')`);
  return storedQuery('urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d', slots);
}

export interface ListedEntry {
  readonly entryUuid: string;
  readonly uniqueId: string;
}

export function readEntries({ payload }: Answered): ListedEntry[] | undefined {
  if (payload.name !== 'AdhocQueryResponse') return undefined;
  return elements(payload, './/rim:ExtrinsicObject', NS).map((entry) => ({
    entryUuid: entry.attr('id')?.value ?? '',
    uniqueId: text(entry, `rim:ExternalIdentifier[@identificationScheme="${ENTRY.uniqueId}"]/@value`, NS) ?? '',
  }));
}

export function retrieval(uniqueId: string): string {
  return (
    `<RetrieveDocumentSetRequest xmlns="${NS.x}"><DocumentRequest><RepositoryUniqueId>${REPOSITORY}</RepositoryUniqueId>` +
    `<DocumentUniqueId>${escapeXml(uniqueId)}</DocumentUniqueId></DocumentRequest></RetrieveDocumentSetRequest>`
  );
}

export function readContent({ payload, parts }: Answered): Buffer | undefined {
  const href = text(payload, './/xop:Include/@href', NS) ?? '';
  return parts.get(decodeURIComponent(href.replace(/^cid:/, '')))?.body;
}

/** TD3.3c. */
export function deletion(entryUuid: string, described: Described): string {
  const link = association(
    'suppression',
    UPDATE_STATUS,
    'SubmissionSet01',
    entryUuid,
    slot('OriginalStatus', APPROVED) + slot('NewStatus', DELETED),
  );
  return (
    `<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"><rim:RegistryObjectList xmlns:rim="${RIM}">` +
    `${describeSet(described)}${link}</rim:RegistryObjectList></lcm:SubmitObjectsRequest>`
  );
}
