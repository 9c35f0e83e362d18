/** Requests to the DMP built independently of the product's client; every stage can be edited to make it wrong. */
import { randomUUID } from 'node:crypto';
import type { SimRequest } from '../common/service.ts';
import { INS_OID, IPP_DOMAIN, MATRICULE, TITLE, writeCda } from './cda.fixture.ts';
import { certificates, EG, EJ, type TestCertificate } from './certificates.fixture.ts';
import { type Edit, signAssertion, writeLotSignature } from './signatures.fixture.ts';

export const NOW = new Date('2026-11-23T10:00:00Z');
const BASE = '/si-dmp-server/v2/services';

/** What a test changes. Each edit gets the text of one stage, before what signs or digests it. */
export interface Recipe {
  readonly assertion?: Edit;
  /** SignedInfo of the assertion, before it is signed. */
  readonly signedInfo?: Edit;
  /** The assertion once signed. */
  readonly token?: Edit;
  readonly cda?: Edit;
  /** The RegistryObjectList. */
  readonly metadata?: Edit;
  /** The submission's signature document, before it is signed; and after. */
  readonly xades?: Edit;
  readonly signedXades?: Edit;
  readonly envelope?: Edit;
  readonly contentType?: Edit;
  /** The whole MIME package, as latin1 text. */
  readonly mime?: Edit;
  readonly path?: string;
  readonly signer?: TestCertificate;
  readonly lotSigner?: TestCertificate;
  readonly hash?: 'sha1' | 'sha256';
  readonly tlsUnits?: string[];
  /** The certificate of the connection; that of the legal entity unless told. */
  readonly client?: TestCertificate & { readonly commonName: string };
  readonly messageId?: string;
  readonly document?: {
    readonly setId: string;
    readonly version: number;
    readonly replaces?: string;
    readonly target?: string;
  };
  /** uniqueId of the document; the set and the signature add `.1` and `.2`. */
  readonly uniqueId?: string;
  /** Other first versions in the same set, as `Document02` and so on. */
  readonly others?: readonly { readonly uniqueId: string; readonly setId?: string; readonly cda?: Edit }[];
}

const same: Edit = (xml) => xml;

/** Replaces every occurrence, and fails the test when there is none. */
export function swap(from: string | RegExp, to: string): Edit {
  return (xml) => {
    const edited = typeof from === 'string' ? xml.replaceAll(from, to) : xml.replace(from, to);
    if (edited === xml) throw new Error(`nothing to replace: ${String(from)}`);
    return edited;
  };
}

export const PATIENT_CX = `${MATRICULE}^^^&amp;${INS_OID}&amp;ISO^NH`;

function attribute(name: string, value: string): string {
  return `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`;
}

function coded(tag: string, code: string, system: string): string {
  return `<${tag} xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CE" code="${code}" codeSystem="${system}" displayName="x"/>`;
}

export function writeToken(recipe: Recipe): string {
  const signer = recipe.signer ?? certificates().sign;
  const assertion =
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0" ID="_${randomUUID()}" ` +
    `IssueInstant="${NOW.toISOString()}"><saml:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">` +
    `${signer.subject}</saml:Issuer><saml:Subject><saml:NameID>801234567897</saml:NameID></saml:Subject>` +
    `<saml:AuthnStatement AuthnInstant="2026-11-23T08:00:00Z"><saml:AuthnContext><saml:AuthnContextClassRef>` +
    `urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${attribute('VIHF_Version', '3.0')}${attribute('Authentification_Mode', 'INDIRECTE')}` +
    `${attribute('Identifiant_Structure', `1${EG}`)}${attribute('Secteur_Activite', 'SA01^1.2.250.1.71.4.2.4')}` +
    `${attribute('urn:oasis:names:tc:xspa:1.0:subject:subject-id', 'Gateway')}` +
    `${attribute('urn:oasis:names:tc:xacml:2.0:subject:role', coded('Role', '10', '1.2.250.1.71.1.2.7'))}`.replace(
      '</saml:AttributeValue></saml:Attribute>',
      `</saml:AttributeValue><saml:AttributeValue>${coded('Role', 'SM26', '1.2.250.1.71.4.2.5')}</saml:AttributeValue></saml:Attribute>`,
    ) +
    `${attribute('urn:oasis:names:tc:xacml:2.0:resource:resource-id', PATIENT_CX)}${attribute('Ressource_URN', 'urn:dmp')}` +
    `${attribute('urn:oasis:names:tc:xspa:1.0:subject:purposeofuse', coded('PurposeOfUse', 'normal', '1.2.250.1.213.1.1.4.248'))}` +
    `${attribute('LPS_Nom', 'Test')}${attribute('LPS_Version', '1')}${attribute('LPS_ID_HOMOLOGATION_DMP', 'TEST')}` +
    `</saml:AttributeStatement></saml:Assertion>`;
  const signed = signAssertion((recipe.assertion ?? same)(assertion), {
    certificate: signer,
    hash: recipe.hash ?? 'sha256',
    signedInfo: recipe.signedInfo ?? same,
  });
  return (recipe.token ?? same)(signed);
}

/** A plain SOAP request, or the root part of an MTOM one. */
function writeEnvelope(action: string, body: string, recipe: Recipe): string {
  const envelope =
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>` +
    `<Action xmlns="http://www.w3.org/2005/08/addressing" s:mustUnderstand="true">${action}</Action>` +
    `<MessageID xmlns="http://www.w3.org/2005/08/addressing">${recipe.messageId ?? `urn:uuid:${randomUUID()}`}</MessageID>` +
    `<To xmlns="http://www.w3.org/2005/08/addressing"/>` +
    `<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">` +
    `${writeToken(recipe)}</wsse:Security></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
  return (recipe.envelope ?? same)(envelope);
}

export function soapRequest(service: string, action: string, body: string, recipe: Recipe = {}): SimRequest {
  return request(
    recipe.path ?? `${BASE}/${service}`,
    (recipe.contentType ?? same)(`application/soap+xml; charset=UTF-8; action="${action}"`),
    Buffer.from(writeEnvelope(action, body, recipe)),
    recipe,
  );
}

function request(path: string, contentType: string, body: Buffer, recipe: Recipe): SimRequest {
  const { client } = certificates();
  const peer = recipe.client ?? { ...client, commonName: 'AUTH_CLI' };
  return {
    method: 'POST',
    path,
    headers: { 'content-type': contentType },
    body,
    peer: {
      commonName: peer.commonName,
      organizationalUnits: recipe.tlsUnits ?? (recipe.client === undefined ? [`1${EJ}`] : []),
      subject: peer.subject,
      certificate: peer.der,
    },
  };
}

let sequenceNumber = 0;

/** A uniqueId not used yet. */
export function freshUniqueId(): string {
  sequenceNumber += 1;
  return `1.2.250.1.999.1.${sequenceNumber}`;
}

const FEED = 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b';

/** A TD2.1 request, of one document unless told. */
export function feedRequest(recipe: Recipe = {}): SimRequest {
  const uniqueId = recipe.uniqueId ?? freshUniqueId();
  const { setId, version, replaces, target } = recipe.document ?? { setId: `${uniqueId}.9`, version: 1 };
  const first = (recipe.cda ?? same)(
    writeCda({ uniqueId, setId, version, ...(replaces === undefined ? {} : { replaces }) }),
  );
  const others = (recipe.others ?? []).map(({ cda = same, ...other }) => {
    const text = cda(writeCda({ setId: `${other.uniqueId}.9`, version: 1, ...other }));
    return { uniqueId: other.uniqueId, bytes: Buffer.from(text) };
  });
  const contents = [{ uniqueId, bytes: Buffer.from(first) }, ...others];
  const ids = contents.map((_, i) => `Document0${i + 1}`);
  const xades = (recipe.signedXades ?? same)(
    writeLotSignature({
      certificate: recipe.lotSigner ?? recipe.signer ?? certificates().sign,
      setUniqueId: `${uniqueId}.1`,
      documents: contents,
      edit: recipe.xades ?? same,
    }),
  );
  const metadata = (recipe.metadata ?? same)(
    writeMetadata(
      contents.map((content) => content.uniqueId),
      target,
    ),
  );
  const documents = [...ids, 'Signature01'].map(
    (id) =>
      `<xdsb:Document id="${id}"><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:${id}@test"/></xdsb:Document>`,
  );
  const body =
    `<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb="urn:ihe:iti:xds-b:2007"><lcm:SubmitObjectsRequest ` +
    `xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0">${metadata}</lcm:SubmitObjectsRequest>` +
    `${documents.join('')}</xdsb:ProvideAndRegisterDocumentSetRequest>`;
  const root = Buffer.from(writeEnvelope(FEED, body, recipe));
  const boundary = 'frontiere_42';
  const part = (id: string, type: string, bytes: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(
        `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <${id}>\r\n\r\n`,
      ),
      bytes,
    ]);
  const mime = Buffer.concat([
    part('root@test', `application/xop+xml; charset=UTF-8; type="application/soap+xml"; action="${FEED}"`, root),
    ...contents.map(({ bytes }, i) => part(`${ids[i]}@test`, 'text/xml', bytes)),
    part('Signature01@test', 'text/xml', Buffer.from(xades)),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return request(
    recipe.path ?? `${BASE}/repository`,
    (recipe.contentType ?? same)(
      `multipart/related; boundary="${boundary}"; type="application/xop+xml"; start="<root@test>"; start-info="application/soap+xml"; action="${FEED}"`,
    ),
    recipe.mime === undefined ? mime : Buffer.from(recipe.mime(mime.toString('latin1')), 'latin1'),
    recipe,
  );
}

function slot(name: string, value: string): string {
  return `<Slot name="${name}"><ValueList><Value>${value}</Value></ValueList></Slot>`;
}

function label(value: string): string {
  return `<Name><LocalizedString charset="UTF8" xml:lang="FR" value="${value}"/></Name>`;
}

function classification(object: string, scheme: string, code: string, system: string): string {
  return `<Classification id="c${scheme.slice(0, 4)}${code.length}" classificationScheme="urn:uuid:${scheme}" classifiedObject="${object}" nodeRepresentation="${code}">${slot('codingScheme', system)}${label('libellé')}</Classification>`;
}

function identifier(object: string, scheme: string, value: string): string {
  return `<ExternalIdentifier id="i${scheme.slice(0, 4)}" identificationScheme="urn:uuid:${scheme}" registryObject="${object}" value="${value}">${label('id')}</ExternalIdentifier>`;
}

const PERSON = '801234567897^DAVID^Charles^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS';

function author(object: string, scheme: string): string {
  return (
    `<Classification id="a${object}" classificationScheme="urn:uuid:${scheme}" classifiedObject="${object}" nodeRepresentation="">` +
    `${slot('authorPerson', PERSON)}${slot('authorInstitution', `Hôpital fictif^^^^^&amp;1.2.250.1.71.4.2.2&amp;ISO^IDNST^^^1${EG}`)}</Classification>`
  );
}

export function writeSubmissionSet(uniqueId: string): string {
  return (
    `<RegistryPackage id="SubmissionSet01">${slot('submissionTime', '20261123100000')}` +
    `${author('SubmissionSet01', 'a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d')}` +
    `${classification('SubmissionSet01', 'aa543740-bdda-424e-8c96-df4873be8500', '03', '1.2.250.1.213.2.2')}` +
    `<Classification id="node" classificationNode="urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd" classifiedObject="SubmissionSet01"/>` +
    `${identifier('SubmissionSet01', '6b5aea1a-874d-4603-a4bc-96a0a7b38446', PATIENT_CX)}` +
    `${identifier('SubmissionSet01', '554ac39e-e3fe-47fe-b233-965d2a147832', '1.2.250.1.999.2')}` +
    `${identifier('SubmissionSet01', '96fdda7c-d067-4183-912e-bf5ee74998a8', uniqueId)}</RegistryPackage>`
  );
}

interface EntryCodes {
  readonly id: string;
  readonly uniqueId: string;
  readonly title: string;
  readonly language: string;
  readonly source: string;
  readonly times: readonly [created: string, started: string];
  readonly codes: readonly (readonly [scheme: string, code: string, system: string])[];
}

function writeEntry({ id, uniqueId, title, language, source, times, codes }: EntryCodes): string {
  return (
    `<ExtrinsicObject id="${id}" mimeType="text/xml" objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">` +
    `${slot('creationTime', times[0])}${slot('languageCode', language)}${slot('legalAuthenticator', PERSON)}` +
    `${slot('serviceStartTime', times[1])}${slot('sourcePatientId', source)}${label(title)}` +
    `${author(id, '93606bcf-9494-43ec-9b4e-a7748d1a838d')}` +
    `${codes.map(([scheme, code, system]) => classification(id, scheme, code, system)).join('')}` +
    `${classification(id, 'f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1', 'SA01', '1.2.250.1.71.4.2.4')}` +
    `${classification(id, 'cccf5598-8b07-4b77-a05e-ae952c785ead', 'ETABLISSEMENT', '1.2.250.1.213.1.1.4.9')}` +
    `${identifier(id, '58a6f841-87b3-4a3e-92fd-a8ffeff98427', PATIENT_CX)}` +
    `${identifier(id, '2e82c1f6-a085-4c72-9da3-8640a32e42ab', uniqueId)}</ExtrinsicObject>`
  );
}

const CLASS = '41a5887f-8865-4c09-adf7-e362475b143a';
const TYPE = 'f0306f51-975f-434e-a61c-c59651d33983';
const FORMAT = 'a09d5840-386c-46f2-b5ad-9c3699a4309d';
const CONFIDENTIALITY = 'f4f85eac-e6cb-4883-b524-f2705394840f';
const EVENT = '2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4';
const NORMAL = [CONFIDENTIALITY, 'N', '2.16.840.1.113883.5.25'] as const;
const VISIBILITY = '1.2.250.1.213.1.1.4.13';

function writeMetadata(uniqueIds: readonly string[], target: string | undefined): string {
  const documents = uniqueIds.map((uniqueId, i) =>
    writeEntry({
      id: `Document0${i + 1}`,
      uniqueId,
      title: TITLE,
      language: 'fr-FR',
      source: `IPP42^^^&amp;${IPP_DOMAIN}&amp;ISO^PI`,
      times: ['20261120091500', '20261118070000'],
      codes: [
        [CLASS, '10', '1.2.250.1.213.1.1.4.1'],
        [TYPE, '34112-3', '2.16.840.1.113883.6.1'],
        [FORMAT, 'urn:ihe:iti:xds-sd:pdf:2008', '1.3.6.1.4.1.19376.1.2.3'],
        NORMAL,
      ],
    }),
  );
  const [uniqueId = ''] = uniqueIds;
  const signature = writeEntry({
    id: 'Signature01',
    uniqueId: `${uniqueId}.2`,
    title: 'Source',
    language: 'art',
    source: PATIENT_CX,
    times: ['20261123100000', '20261123100000'],
    codes: [
      [CLASS, 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1', 'URN'],
      [TYPE, 'E1762', 'ASTM'],
      [FORMAT, 'http://www.w3.org/2000/09/xmldsig#', 'URN'],
      [EVENT, '1.2.840.10065.1.12.1.14', '1.2.840.10065.1.12'],
      NORMAL,
      [CONFIDENTIALITY, 'MASQUE_PS', VISIBILITY],
      [CONFIDENTIALITY, 'INVISIBLE_PATIENT', VISIBILITY],
    ],
  });
  const member = (id: string): string =>
    `<Association id="m${id}" associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember" sourceObject="SubmissionSet01" targetObject="${id}">${slot('SubmissionSetStatus', 'Original')}</Association>`;
  const replacement =
    target === undefined
      ? ''
      : `<Association id="r1" associationType="urn:ihe:iti:2007:AssociationType:RPLC" sourceObject="Document01" targetObject="${target}"/>`;
  return (
    `<RegistryObjectList xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">${writeSubmissionSet(`${uniqueId}.1`)}${documents.join('')}${signature}` +
    `${documents.map((_, i) => member(`Document0${i + 1}`)).join('')}${member('Signature01')}<Association id="s1" associationType="urn:ihe:iti:2007:AssociationType:signs" sourceObject="Signature01" targetObject="SubmissionSet01"/>` +
    `${replacement}</RegistryObjectList>`
  );
}
