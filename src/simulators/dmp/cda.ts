/** The header of a CDA R2 document, read as found. Source: cda-cisis.md 3. */

import { element, elements, text, withXml, type XmlElement, XmlRefused } from '../../wire/xml/xml.ts';
import { attribute } from './xml-signature.ts';

const NS = { c: 'urn:hl7-org:v3' };

export interface Id {
  readonly root: string;
  readonly extension: string;
}

export interface NamePart {
  readonly qualifier: string;
  readonly value: string;
}

export interface CdaHeader {
  /** Labels of the mandatory elements that are absent or null. */
  readonly missing: readonly string[];
  readonly templateIds: readonly string[];
  readonly id: Id;
  readonly code: { readonly code: string; readonly system: string };
  readonly title: string;
  readonly effectiveTime: string;
  readonly confidentiality: { readonly code: string; readonly system: string };
  readonly language: string;
  readonly setId: Id;
  readonly versionNumber: string;
  readonly patientIds: readonly Id[];
  readonly families: readonly NamePart[];
  readonly givens: readonly NamePart[];
  readonly gender: string;
  readonly birthTime: string;
  readonly birthPlace: string;
  readonly authorIds: readonly string[];
  /** Structures that the authors represent. */
  readonly authorStructures: readonly string[];
  readonly legalAuthenticatorId: string;
  readonly serviceStart: string;
  readonly serviceStop: string;
  readonly practice: string;
  readonly facility: string;
  /** Ids of the documents replaced. */
  readonly replaced: readonly Id[];
  readonly body: CdaBody;
}

export type CdaBody =
  | { readonly kind: 'structured' }
  | { readonly kind: 'none' }
  | { readonly kind: 'level-1'; readonly mediaType: string; readonly representation: string; readonly base64: string };

/** Mandatory elements (M in cda-cisis.md 3) and what they are called in a refusal. */
const MANDATORY: readonly (readonly [xpath: string, label: string])[] = [
  ['c:realmCode[@code="FR"]', 'realmCode FR'],
  ['c:typeId[@root="2.16.840.1.113883.1.3" and @extension="POCD_HD000040"]', 'typeId'],
  ['c:templateId[@root="2.16.840.1.113883.2.8.2.1"]', 'templateId HL7 France'],
  ['c:templateId[@root="1.2.250.1.213.1.1.1.1"]', 'templateId CI-SIS'],
  ['c:id[@root]', 'id'],
  ['c:code[@code and @codeSystem and @displayName]', 'code'],
  ['c:title[normalize-space()]', 'title'],
  ['c:effectiveTime[@value]', 'effectiveTime'],
  ['c:confidentialityCode[@code and @displayName]', 'confidentialityCode'],
  ['c:languageCode[@code]', 'languageCode'],
  ['c:setId[@root]', 'setId'],
  ['c:versionNumber[@value]', 'versionNumber'],
  ['c:recordTarget/c:patientRole/c:id[@root and @extension]', 'recordTarget/patientRole/id'],
  ['c:recordTarget/c:patientRole/c:patient/c:name', 'nom du patient'],
  ['c:recordTarget/c:patientRole/c:patient/c:administrativeGenderCode[@code]', 'sexe du patient'],
  ['c:recordTarget/c:patientRole/c:patient/c:birthTime[@value]', 'date de naissance du patient'],
  ['c:author/c:time[@value]', 'author/time'],
  ['c:author/c:assignedAuthor/c:id[@root and @extension]', 'author/assignedAuthor/id'],
  ['c:author/c:assignedAuthor[c:assignedAuthoringDevice or c:code[@code]]', 'author/assignedAuthor/code'],
  ['c:custodian/c:assignedCustodian/c:representedCustodianOrganization/c:id[@root]', 'custodian/id'],
  ['c:legalAuthenticator/c:time[@value]', 'legalAuthenticator/time'],
  ['c:legalAuthenticator/c:signatureCode[@code="S"]', 'legalAuthenticator/signatureCode S'],
  ['c:legalAuthenticator/c:assignedEntity/c:id[@root and @extension]', 'legalAuthenticator/assignedEntity/id'],
  ['c:legalAuthenticator/c:assignedEntity/c:assignedPerson/c:name/c:family', 'nom du responsable du document'],
  ['c:documentationOf/c:serviceEvent/c:effectiveTime/c:low[@value]', 'serviceEvent/effectiveTime/low'],
  [
    'c:documentationOf/c:serviceEvent/c:performer[@typeCode="PRF"]/c:assignedEntity/c:representedOrganization/c:standardIndustryClassCode[@code]',
    'serviceEvent/performer/standardIndustryClassCode',
  ],
  ['c:componentOf/c:encompassingEncounter/c:effectiveTime', 'encompassingEncounter/effectiveTime'],
  [
    'c:componentOf/c:encompassingEncounter/c:location/c:healthCareFacility/c:code[@code]',
    'encompassingEncounter/location/healthCareFacility/code',
  ],
];

/** Undefined when the bytes hold no ClinicalDocument (a self-displaying one stands inside a stylesheet). */
export function readCda(bytes: Buffer): CdaHeader | undefined {
  try {
    return withXml(bytes, (root) => {
      const documents = elements(root, '/c:ClinicalDocument|/*[local-name()="stylesheet"]//c:ClinicalDocument', NS);
      const [document] = documents;
      return document === undefined || documents.length > 1 ? undefined : readHeader(document);
    });
  } catch (error) {
    if (error instanceof XmlRefused) return undefined;
    throw error;
  }
}

function readHeader(cda: XmlElement): CdaHeader {
  const get = (xpath: string): string => text(cda, xpath, NS) ?? '';
  const patient = 'c:recordTarget/c:patientRole/c:patient';
  const service = mainService(cda);
  const inService = (xpath: string): string => (service === undefined ? '' : (text(service, xpath, NS) ?? ''));
  return {
    missing: MANDATORY.filter(([xpath]) => elements(cda, `${xpath}[not(@nullFlavor)]`, NS).length === 0).map(
      ([, label]) => label,
    ),
    templateIds: elements(cda, 'c:templateId', NS).map((node) => attribute(node, 'root')),
    id: idOf(element(cda, 'c:id', NS)),
    code: { code: get('c:code/@code'), system: get('c:code/@codeSystem') },
    title: get('c:title'),
    effectiveTime: get('c:effectiveTime/@value'),
    confidentiality: { code: get('c:confidentialityCode/@code'), system: get('c:confidentialityCode/@codeSystem') },
    language: get('c:languageCode/@code'),
    setId: idOf(element(cda, 'c:setId', NS)),
    versionNumber: get('c:versionNumber/@value'),
    patientIds: elements(cda, 'c:recordTarget/c:patientRole/c:id', NS).map(idOf),
    families: nameParts(cda, `${patient}/c:name/c:family`),
    givens: nameParts(cda, `${patient}/c:name/c:given`),
    gender: get(`${patient}/c:administrativeGenderCode/@code`),
    birthTime: get(`${patient}/c:birthTime/@value`),
    birthPlace: get(`${patient}/c:birthplace/c:place/c:addr/c:county`),
    authorIds: elements(cda, 'c:author/c:assignedAuthor/c:id[1]', NS).map((node) => attribute(node, 'extension')),
    authorStructures: elements(cda, 'c:author/c:assignedAuthor/c:representedOrganization/c:id', NS).map((node) =>
      attribute(node, 'extension'),
    ),
    legalAuthenticatorId: get('c:legalAuthenticator/c:assignedEntity/c:id/@extension'),
    serviceStart: inService('c:effectiveTime/c:low/@value'),
    serviceStop: inService('c:effectiveTime/c:high/@value'),
    practice: inService('c:performer/c:assignedEntity/c:representedOrganization/c:standardIndustryClassCode/@code'),
    facility: get('c:componentOf/c:encompassingEncounter/c:location/c:healthCareFacility/c:code/@code'),
    replaced: elements(cda, 'c:relatedDocument[@typeCode="RPLC"]/c:parentDocument/c:id', NS).map(idOf),
    body: readBody(cda),
  };
}

/** The main act is the serviceEvent whose performer carries the practice setting (cda-cisis.md 3). */
function mainService(cda: XmlElement): XmlElement | undefined {
  const events = 'c:documentationOf/c:serviceEvent';
  return element(cda, `${events}[c:performer//c:standardIndustryClassCode]`, NS) ?? element(cda, events, NS);
}

function idOf(node: XmlElement | undefined): Id {
  return { root: attribute(node, 'root'), extension: attribute(node, 'extension') };
}

function nameParts(cda: XmlElement, xpath: string): NamePart[] {
  return elements(cda, xpath, NS).map((node) => ({
    qualifier: attribute(node, 'qualifier'),
    value: node.content.trim(),
  }));
}

function readBody(cda: XmlElement): CdaBody {
  const body = element(cda, 'c:component/c:nonXMLBody/c:text', NS);
  if (body !== undefined) {
    return {
      kind: 'level-1',
      mediaType: attribute(body, 'mediaType'),
      representation: attribute(body, 'representation'),
      base64: body.content.replace(/\s+/g, ''),
    };
  }
  return { kind: element(cda, 'c:component/c:structuredBody', NS) === undefined ? 'none' : 'structured' };
}
