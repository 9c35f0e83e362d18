/** A connector of yesterday written by hand, request by request: what a test changes of it is the text that it sends. */
import { randomUUID } from 'node:crypto';
import { createTestAuthority, type TestAuthority, type TestCertificate } from '../wire/soap/certificates.fixture.ts';
import { type Attachment, mtomMessage, xopInclude } from '../wire/soap/mtom.ts';
import { signEnveloped } from '../wire/xml/signature.ts';
import { createSigner, type Signer } from '../wire/xml/signer.ts';
import { INS_C } from './submission.fixture.ts';

export const CONNECTOR_NAME = 'CONNECTEUR DMP AUTH_CLI';
export const SIGNER_NAME = 'CONNECTEUR DMP SIGN';
export const INS_C_CX = `${INS_C.value}^^^&${INS_C.oid}&ISO^INS-C`;
const IPP_DOMAIN = '1.2.3.4.567.8.9.10';
const STRUCTURE = '1990000028';

export interface Connector {
  readonly authority: TestAuthority;
  readonly client: TestCertificate;
  readonly signer: Signer;
  /** A signature certificate of the same authority, under another name. */
  signerNamed(name: string): Promise<Signer>;
}

export async function createConnector(): Promise<Connector> {
  const authority = await createTestAuthority('CN=AUTORITE DES ANCIENS');
  const signerNamed = async (name: string): Promise<Signer> => {
    const { cert, key } = await authority.issue(`CN=${name}`);
    return createSigner({ certPem: cert, keyPem: key });
  };
  return {
    authority,
    client: await authority.issue(`CN=${CONNECTOR_NAME}`),
    signer: await signerNamed(SIGNER_NAME),
    signerNamed,
  };
}

export interface VihfParts {
  readonly mode?: string;
  readonly structure?: string;
  readonly user?: string;
  readonly patient?: string;
  readonly issuedAt?: Date;
  readonly version?: string;
  readonly signer: Signer;
}

export function vihf({
  mode = 'INDIRECTE',
  structure = STRUCTURE,
  user = '801234567897',
  ...parts
}: VihfParts): Promise<string> {
  const id = `_${randomUUID()}`;
  const attribute = (name: string, value: string): string =>
    `<saml:Attribute Name="${name}"><saml:AttributeValue xsi:type="xs:string">${value}</saml:AttributeValue></saml:Attribute>`;
  const before =
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema" ` +
    `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="${id}" ` +
    `IssueInstant="${(parts.issuedAt ?? new Date()).toISOString()}" Version="2.0">` +
    `<saml:Issuer>${parts.signer.subject}</saml:Issuer>`;
  const after =
    `<saml:Subject><saml:NameID>${user}</saml:NameID></saml:Subject><saml:AttributeStatement>` +
    attribute('VIHF_Version', parts.version ?? '2.0') +
    attribute('Authentification_mode', mode) +
    attribute('Identifiant_Structure', structure) +
    attribute('urn:oasis:names:tc:xspa:1.0:subject:subject-id', 'MARTIN CLAIRE') +
    (parts.patient === undefined
      ? ''
      : attribute('urn:oasis:names:tc:xacml:2.0:resource:resource-id', parts.patient.replaceAll('&', '&amp;'))) +
    attribute('LPS_Nom', 'ENTREPOT DMP') +
    attribute('LPS_Version', '7') +
    attribute('LPS_ID_HOMOLOGATION_DMP', 'ABC-123') +
    '</saml:AttributeStatement></saml:Assertion>';
  return signEnveloped({ before, after }, id, parts.signer, 'rsa-sha1');
}

export interface Asked {
  readonly contentType: string;
  readonly body: Buffer;
}

export function envelope(assertion: string, content: string, soap: '1.1' | '1.2' = '1.2'): string {
  const uri = soap === '1.2' ? 'http://www.w3.org/2003/05/soap-envelope' : 'http://schemas.xmlsoap.org/soap/envelope/';
  return (
    `<env:Envelope xmlns:env="${uri}"><env:Header><MessageID xmlns="http://www.w3.org/2005/08/addressing">urn:uuid:${randomUUID()}</MessageID>` +
    `<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">${assertion}</wsse:Security>` +
    `</env:Header><env:Body>${content}</env:Body></env:Envelope>`
  );
}

export function plain(xml: string): Asked {
  return { contentType: 'application/soap+xml; charset=UTF-8', body: Buffer.from(xml, 'utf8') };
}

export function mtom(xml: string, attachments: readonly Attachment[]): Asked {
  const { contentType, body } = mtomMessage(
    xml,
    'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b',
    attachments,
    randomUUID(),
  );
  return { contentType, body: Buffer.concat(body) };
}

const ENTRY = 'urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1';
const RIM = 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0';
const slot = (name: string, ...values: string[]): string =>
  `<rim:Slot name="${name}"><rim:ValueList>${values.map((value) => `<rim:Value>${value.replaceAll('&', '&amp;')}</rim:Value>`).join('')}</rim:ValueList></rim:Slot>`;
const code = (scheme: string, value: string, system: string): string =>
  `<rim:Classification classificationScheme="urn:uuid:${scheme}" nodeRepresentation="${value}">${slot('codingScheme', system)}</rim:Classification>`;
const identifier = (scheme: string, value: string): string =>
  `<rim:ExternalIdentifier identificationScheme="urn:uuid:${scheme}" value="${value.replaceAll('&', '&amp;')}"/>`;

export interface SubmissionParts {
  readonly uniqueId?: string;
  readonly patient?: string;
  /** Of the entry, when it differs. */
  readonly entryPatient?: string;
  readonly ipp?: string;
  readonly bytes?: Buffer;
  readonly replaces?: string;
  /** More objects of the list. */
  readonly more?: string;
}

/** The body of a TD2.1, and its one part. */
export function submission({ uniqueId = '1.2.3.4.5.1', patient = INS_C_CX, ...parts }: SubmissionParts = {}): {
  readonly content: string;
  readonly attachments: readonly Attachment[];
} {
  const set =
    `<rim:RegistryPackage id="SubmissionSet01">${slot('submissionTime', '20261123075900')}` +
    identifier('6b5aea1a-874d-4603-a4bc-96a0a7b38446', patient) +
    identifier('554ac39e-e3fe-47fe-b233-965d2a147832', '1.2.3.4.5') +
    `${identifier('96fdda7c-d067-4183-912e-bf5ee74998a8', `${uniqueId}.99`)}</rim:RegistryPackage>`;
  const entry =
    `<rim:ExtrinsicObject id="Document01" mimeType="text/xml" objectType="${ENTRY}">` +
    slot('creationTime', '20261123074500') +
    slot('sourcePatientId', `${parts.ipp ?? 'P1'}^^^&${IPP_DOMAIN}&ISO^PI`) +
    slot('sourcePatientInfo', 'PID-5|PAT-TROIS^DOMINIQUE^^^^^L', 'PID-7|19790328', 'PID-8|F') +
    `<rim:Name><rim:LocalizedString value="Lettre de liaison"/></rim:Name>` +
    code('f0306f51-975f-434e-a61c-c59651d33983', '11490-0', '2.16.840.1.113883.6.1') +
    code('a09d5840-386c-46f2-b5ad-9c3699a4309d', 'urn:ihe:iti:xds-sd:pdf:2008', '1.3.6.1.4.1.19376.1.2.3') +
    code('f4f85eac-e6cb-4883-b524-f2705394840f', 'N', '2.16.840.1.113883.5.25') +
    identifier('58a6f841-87b3-4a3e-92fd-a8ffeff98427', parts.entryPatient ?? patient) +
    `${identifier('2e82c1f6-a085-4c72-9da3-8640a32e42ab', uniqueId)}</rim:ExtrinsicObject>`;
  const signature =
    `<rim:ExtrinsicObject id="Signature01" mimeType="text/xml" objectType="${ENTRY}">` +
    code('41a5887f-8865-4c09-adf7-e362475b143a', 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1', 'URN') +
    `${identifier('2e82c1f6-a085-4c72-9da3-8640a32e42ab', `${uniqueId}.98`)}</rim:ExtrinsicObject>`;
  const links =
    `<rim:Association associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember" sourceObject="SubmissionSet01" targetObject="Document01"/>` +
    `<rim:Association associationType="urn:ihe:iti:2007:AssociationType:signs" sourceObject="Signature01" targetObject="SubmissionSet01"/>` +
    (parts.replaces === undefined
      ? ''
      : `<rim:Association associationType="urn:ihe:iti:2007:AssociationType:RPLC" sourceObject="Document01" targetObject="${parts.replaces}"/>`);
  return {
    content:
      `<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb="urn:ihe:iti:xds-b:2007" xmlns:rim="${RIM}">` +
      `<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"><rim:RegistryObjectList>${set}${entry}${signature}${links}${parts.more ?? ''}` +
      `</rim:RegistryObjectList></lcm:SubmitObjectsRequest><xdsb:Document id="Document01">${xopInclude('doc1@connecteur')}</xdsb:Document>` +
      `<xdsb:Document id="Signature01">${xopInclude('sig1@connecteur')}</xdsb:Document></xdsb:ProvideAndRegisterDocumentSetRequest>`,
    attachments: [
      {
        contentId: 'doc1@connecteur',
        contentType: 'text/xml',
        bytes: parts.bytes ?? Buffer.from('<ClinicalDocument/>'),
      },
      { contentId: 'sig1@connecteur', contentType: 'text/xml', bytes: Buffer.from('<Signature/>') },
    ],
  };
}

/** TD0.2, or with another reason TD1.3a. */
export function existence(value: string, root: string, reason = 'TEST_EXST'): string {
  return (
    `<PRPA_IN201307UV02 xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0"><id root="1.2.3" extension="M1"/>` +
    `<sender><device><id root="1.2.3.4.5"/></device></sender><controlActProcess classCode="CACT" moodCode="EVN">` +
    `<reasonCode code="${reason}"/><queryByParameter><queryId root="1.2.3" extension="Q1"/><parameterList><patientIdentifier>` +
    `<value root="${root}" extension="${value}"/></patientIdentifier></parameterList></queryByParameter></controlActProcess></PRPA_IN201307UV02>`
  );
}

/** TD3.1b, or with another identifier of query TD3.1a. */
export function storedQuery(
  by: 'UniqueId' | 'EntryUUID',
  value: string,
  query = '5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4',
): string {
  return (
    `<query:AdhocQueryRequest xmlns:query="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" xmlns:rim="${RIM}">` +
    `<query:ResponseOption returnComposedObjects="true" returnType="LeafClass"/><rim:AdhocQuery id="urn:uuid:${query}">` +
    `${slot(`$XDSDocumentEntry${by}`, `('${value}')`)}</rim:AdhocQuery></query:AdhocQueryRequest>`
  );
}

/** TD3.3c, or with another status TD3.3d. */
export function statusUpdate(
  target: string,
  status = 'urn:asip:ci-sis:2010:StatusType:Deleted',
  patient = INS_C_CX,
): string {
  return (
    `<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" xmlns:rim="${RIM}"><rim:RegistryObjectList>` +
    `<rim:RegistryPackage id="S">${identifier('6b5aea1a-874d-4603-a4bc-96a0a7b38446', patient)}</rim:RegistryPackage>` +
    `<rim:Association associationType="urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus" sourceObject="S" targetObject="${target}">` +
    `${slot('OriginalStatus', 'urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')}${slot('NewStatus', status)}` +
    `</rim:Association></rim:RegistryObjectList></lcm:SubmitObjectsRequest>`
  );
}

export const CERTIFIED_IDENTITY =
  '<identityCertification xmlns="urn:si-dmp-patients"><nirOD>2790351215189</nirOD></identityCertification>';
export const RETRIEVE = '<RetrieveDocumentSetRequest xmlns="urn:ihe:iti:xds-b:2007"/>';
