/**
 * Reads the header of any CDA R2 document, exactly as received: nothing is normalised, completed or judged here
 * (see `check.ts`). Source of the French meaning: cda-cisis.md 3.
 */
import { documentRules } from '../../rules/document.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { canonicalForm } from '../xml/canonical-document.ts';
import { type CanonicalElement, canonicalTree, elementsNamed } from '../xml/canonical-tree.ts';
import { DEFAULT_XML_LIMITS, type XmlLimits, XmlRefused } from '../xml/xml.ts';
import { type CdaBody, readBody } from './body.ts';
import {
  attribute,
  type CodeValue,
  childrenNamed,
  codeOf,
  descend,
  firstId,
  type InstanceId,
  idsOf,
  instanceId,
  namesOf,
  type Organization,
  organizationOf,
  type Period,
  periodOf,
  type QualifiedName,
  textOf,
  valueAttribute,
} from './nodes.ts';
import { DICOM_NAMESPACE, HL7_NAMESPACE } from './oids.ts';

export interface CdaHeader {
  /** True when the CDA travels inside an XSL style sheet that displays it. */
  readonly selfPresentable: boolean;
  /** XPaths of elements met more than once where one is allowed: two readers could take a different one. */
  readonly repeated: readonly string[];
  readonly realmCode: string | undefined;
  readonly typeId: InstanceId | undefined;
  readonly templateIds: readonly InstanceId[];
  readonly id: InstanceId | undefined;
  readonly setId: InstanceId | undefined;
  readonly versionNumber: string | undefined;
  readonly code: CodeValue | undefined;
  readonly title: string | undefined;
  /** HL7 time stamp, local with offset. */
  readonly effectiveTime: string | undefined;
  readonly confidentiality: CodeValue | undefined;
  readonly languageCode: string | undefined;
  readonly patient: CdaPatient;
  readonly authors: readonly CdaAuthor[];
  readonly custodian: Organization | undefined;
  readonly legalAuthenticator: CdaLegalAuthenticator | undefined;
  /** Orders that the document fulfils. */
  readonly orders: readonly CdaOrder[];
  /** documentationOf, in document order: the first one is the main act. */
  readonly serviceEvents: readonly CdaServiceEvent[];
  readonly encounter: CdaEncounter | undefined;
  readonly relatedDocument: CdaRelatedDocument | undefined;
  readonly body: CdaBody;
}

export interface CdaPatient {
  readonly ids: readonly InstanceId[];
  readonly families: readonly QualifiedName[];
  readonly givens: readonly QualifiedName[];
  readonly gender: CodeValue | undefined;
  /** AAAAMMJJ when well formed. */
  readonly birthTime: string | undefined;
  /** INSEE code of the place of birth (birthplace/place/addr/county). */
  readonly birthPlace: string | undefined;
}

export interface CdaPerson {
  readonly ids: readonly InstanceId[];
  readonly code: CodeValue | undefined;
  readonly family: string | undefined;
  readonly given: string | undefined;
  readonly organization: Organization | undefined;
}

export interface CdaAuthor extends CdaPerson {
  readonly time: string | undefined;
  readonly functionCode: CodeValue | undefined;
  /** assignedPerson, or the authoring device. */
  readonly device: { readonly model: string | undefined; readonly software: string | undefined } | undefined;
}

export interface CdaLegalAuthenticator extends CdaPerson {
  readonly time: string | undefined;
  readonly signatureCode: string | undefined;
}

export interface CdaOrder {
  readonly ids: readonly InstanceId[];
  readonly accession: InstanceId | undefined;
}

export interface CdaServiceEvent {
  readonly ids: readonly InstanceId[];
  readonly code: CodeValue | undefined;
  readonly period: Period | undefined;
  readonly performer: (CdaPerson & { readonly typeCode: string | undefined }) | undefined;
}

export interface CdaEncounter {
  readonly ids: readonly InstanceId[];
  readonly code: CodeValue | undefined;
  readonly period: Period | undefined;
  readonly facilityCode: CodeValue | undefined;
}

export interface CdaRelatedDocument {
  readonly typeCode: string | undefined;
  readonly parentId: InstanceId | undefined;
}

export const XSL_NAMESPACE = 'http://www.w3.org/1999/XSL/Transform';

/** By the bytes themselves, for as long as somebody holds them: each step of a document asks for its header. */
const headers = new WeakMap<Uint8Array, Result<CdaHeader>>();

/**
 * Reads the header of a CDA, self-presentable or not. Refused: malformed, DOCTYPE, too large, or not one CDA. The bytes
 * must not change afterwards: the same ones are read once.
 */
export function readCdaHeader(bytes: Uint8Array, limits: XmlLimits = DEFAULT_XML_LIMITS): Result<CdaHeader> {
  const known = limits === DEFAULT_XML_LIMITS ? headers.get(bytes) : undefined;
  const header = known ?? parseCdaHeader(bytes, limits);
  if (limits === DEFAULT_XML_LIMITS) headers.set(bytes, header);
  return header;
}

function parseCdaHeader(bytes: Uint8Array, limits: XmlLimits): Result<CdaHeader> {
  try {
    const root = rootOf(bytes, limits);
    const document = clinicalDocument(root);
    return document === undefined
      ? refuse(documentRules.cdaNotClinicalDocument)
      : ok(readHeader(document, root.namespace === XSL_NAMESPACE));
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error;
    return refuse(UNREADABLE_CDA[error.reason]);
  }
}

/** The rule for each reason why the XML stack does not accept a document. */
export const UNREADABLE_CDA = {
  malformed: documentRules.cdaUnreadable,
  doctype: documentRules.cdaDoctype,
  'too-large': documentRules.cdaTooLarge,
} as const;

/**
 * The elements of the ClinicalDocument, its structured body as if it were empty; undefined when there is not one document.
 * Throws XmlRefused for what is not XML.
 */
export function cdaElements(bytes: Uint8Array): CanonicalElement | undefined {
  return clinicalDocument(rootOf(bytes, DEFAULT_XML_LIMITS));
}

/** The same with its structured body. A tree costs several times its text: for what is shown, not for what is sent. */
export function wholeCda(bytes: Uint8Array): CanonicalElement | undefined {
  return clinicalDocument(canonicalTree(canonicalForm(bytes, DEFAULT_XML_LIMITS)));
}

function rootOf(bytes: Uint8Array, limits: XmlLimits): CanonicalElement {
  return canonicalTree(canonicalForm(bytes, limits), isNarrative);
}

/** A level 3 body: nothing of the header is in it, and it may be of a megabyte. */
function isNarrative(name: string, namespace: string): boolean {
  return name === 'structuredBody' && namespace === HL7_NAMESPACE;
}

/** The ClinicalDocument: the root, or the only one held by the style sheet of a self-presentable document. */
function clinicalDocument(root: CanonicalElement): CanonicalElement | undefined {
  if (root.name === 'ClinicalDocument' && root.namespace === HL7_NAMESPACE) return root;
  if (root.namespace !== XSL_NAMESPACE) return undefined;
  const found = elementsNamed(root, 'ClinicalDocument', HL7_NAMESPACE);
  return found.length === 1 ? found[0] : undefined;
}

function readHeader(document: CanonicalElement, selfPresentable: boolean): CdaHeader {
  const custodian = descend(document, 'custodian', 'assignedCustodian', 'representedCustodianOrganization');
  return {
    selfPresentable,
    repeated: repeatedElements(document),
    realmCode: attribute(descend(document, 'realmCode'), 'code'),
    typeId: firstId(document, 'typeId'),
    templateIds: idsOf(document, 'templateId'),
    id: firstId(document),
    setId: firstId(document, 'setId'),
    versionNumber: valueAttribute(descend(document, 'versionNumber')),
    code: codeOf(document),
    title: textOf(descend(document, 'title')),
    effectiveTime: valueAttribute(descend(document, 'effectiveTime')),
    confidentiality: codeOf(document, 'confidentialityCode'),
    languageCode: attribute(descend(document, 'languageCode'), 'code'),
    patient: readPatient(descend(document, 'recordTarget', 'patientRole')),
    authors: childrenNamed(document, 'author').map(readAuthor),
    custodian: organizationOf(custodian),
    legalAuthenticator: readLegalAuthenticator(descend(document, 'legalAuthenticator')),
    orders: childrenNamed(document, 'inFulfillmentOf').map(readOrder),
    serviceEvents: childrenNamed(document, 'documentationOf').map(readServiceEvent),
    encounter: readEncounter(descend(document, 'componentOf', 'encompassingEncounter')),
    relatedDocument: readRelated(descend(document, 'relatedDocument')),
    body: readBody(document),
  };
}

/** Elements that the French header holds at most once, by the path of their parent. */
const SINGLE: ReadonlyArray<readonly [parent: readonly string[], names: readonly string[]]> = [
  [[], ['typeId', 'id', 'code', 'title', 'effectiveTime', 'confidentialityCode', 'languageCode', 'setId']],
  [
    [],
    ['versionNumber', 'recordTarget', 'custodian', 'legalAuthenticator', 'relatedDocument', 'componentOf', 'component'],
  ],
  [['recordTarget'], ['patientRole']],
  [['recordTarget', 'patientRole'], ['patient']],
  [
    ['recordTarget', 'patientRole', 'patient'],
    ['name', 'administrativeGenderCode', 'birthTime', 'birthplace'],
  ],
];

function repeatedElements(document: CanonicalElement): string[] {
  return SINGLE.flatMap(([parent, names]) =>
    names
      .filter((name) => childrenNamed(descend(document, ...parent), name).length > 1)
      .map((name) => ['/ClinicalDocument', ...parent, name].join('/')),
  );
}

function readPatient(role: CanonicalElement | undefined): CdaPatient {
  const patient = descend(role, 'patient');
  const name = descend(patient, 'name');
  return {
    ids: idsOf(role),
    families: namesOf(name, 'family'),
    givens: namesOf(name, 'given'),
    gender: codeOf(patient, 'administrativeGenderCode'),
    birthTime: valueAttribute(descend(patient, 'birthTime')),
    birthPlace: textOf(descend(patient, 'birthplace', 'place', 'addr', 'county')),
  };
}

function readPerson(node: CanonicalElement | undefined): CdaPerson {
  const name = descend(node, 'assignedPerson', 'name');
  return {
    ids: idsOf(node),
    code: codeOf(node),
    family: textOf(descend(name, 'family')),
    given: textOf(descend(name, 'given')),
    organization: organizationOf(descend(node, 'representedOrganization')),
  };
}

function readAuthor(node: CanonicalElement): CdaAuthor {
  const assigned = descend(node, 'assignedAuthor');
  const device = descend(assigned, 'assignedAuthoringDevice');
  return {
    ...readPerson(assigned),
    time: valueAttribute(descend(node, 'time')),
    functionCode: codeOf(node, 'functionCode'),
    device:
      device === undefined
        ? undefined
        : {
            model: textOf(descend(device, 'manufacturerModelName')),
            software: textOf(descend(device, 'softwareName')),
          },
  };
}

function readLegalAuthenticator(node: CanonicalElement | undefined): CdaLegalAuthenticator | undefined {
  if (node === undefined) return undefined;
  return {
    ...readPerson(descend(node, 'assignedEntity')),
    time: valueAttribute(descend(node, 'time')),
    signatureCode: attribute(descend(node, 'signatureCode'), 'code'),
  };
}

function readOrder(node: CanonicalElement): CdaOrder {
  const order = descend(node, 'order');
  const accession = childrenNamed(order, 'accessionNumber', DICOM_NAMESPACE)[0];
  return { ids: idsOf(order), accession: accession === undefined ? undefined : instanceId(accession) };
}

function readServiceEvent(node: CanonicalElement): CdaServiceEvent {
  const event = descend(node, 'serviceEvent');
  const performer = descend(event, 'performer');
  return {
    ids: idsOf(event),
    code: codeOf(event),
    period: periodOf(descend(event, 'effectiveTime')),
    performer:
      performer === undefined
        ? undefined
        : { ...readPerson(descend(performer, 'assignedEntity')), typeCode: attribute(performer, 'typeCode') },
  };
}

function readEncounter(node: CanonicalElement | undefined): CdaEncounter | undefined {
  if (node === undefined) return undefined;
  return {
    ids: idsOf(node),
    code: codeOf(node),
    period: periodOf(descend(node, 'effectiveTime')),
    facilityCode: codeOf(descend(node, 'location', 'healthCareFacility')),
  };
}

function readRelated(node: CanonicalElement | undefined): CdaRelatedDocument | undefined {
  if (node === undefined) return undefined;
  return { typeCode: attribute(node, 'typeCode'), parentId: firstId(descend(node, 'parentDocument')) };
}
