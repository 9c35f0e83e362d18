/**
 * TD2.1 of an old connector: the ebXML set and the documents that came with it, as they were sent. Nothing is corrected here;
 * what the gateway makes of it under API V2 is `src/legacy/receive.ts`. Source: dmp.md 2.2, 3.1 to 3.4.
 */
import { legacyRules } from '../../rules/legacy.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import {
  type ListedAssociation,
  type ListedDocument,
  listedAssociation,
  listedDocument,
} from '../xds/listed-document.ts';
import type { Code } from '../xds/metadata.ts';
import {
  identifierOf,
  isDocumentEntry,
  type RegistryObject,
  readRegistryObject,
  slotValues,
} from '../xds/registry-object.ts';
import { documentEntryScheme, LCM, RIM, submissionSetScheme, XDSB } from '../xds/schemes.ts';
import { children, element, elements, type XmlElement } from '../xml/xml.ts';
import { type LegacyIdentifier, type LegacyPatientInfo, readCx, readPatientInfo } from './patient-info.ts';
import type { LegacyVihf } from './vihf.ts';

/** Of the VIHF: who speaks, for whom, and by which software. */
export type LegacyCaller = Pick<LegacyVihf, 'mode' | 'lps' | 'user' | 'structure'>;

export interface LegacySubmission extends LegacyCaller {
  readonly api: LegacyApi;
  /** Of the set: an INS-C under 1.2.250.1.213.1.4.2 (V1), a matricule under .4.8 to .4.11 (V2). Never trusted alone. */
  readonly patientId: LegacyIdentifier;
  readonly setUniqueId: string;
  readonly setSourceId: string;
  /** submissionTime, UTC, as sent. */
  readonly submittedAt: string;
  /** Without the signature document, which cannot be re-used. */
  readonly documents: readonly LegacyDocument[];
}

export type LegacyApi = 'V1' | 'V2';

export interface LegacyDocument {
  /** The symbolic id that ties entry, associations and part together (`Document01`). */
  readonly entryId: string;
  readonly uniqueId: string;
  readonly mimeType: string;
  readonly typeCode: Code | undefined;
  readonly formatCode: Code | undefined;
  readonly title: string;
  /** UTC, as sent. */
  readonly creationTime: string;
  readonly confidentialityCodes: readonly Code[];
  /** The local number (IPP), or the INS-C repeated where the connector sends none. */
  readonly sourcePatient: LegacyIdentifier | undefined;
  /** PID-3, PID-5, PID-7 and PID-8 of sourcePatientInfo. */
  readonly sourcePatientInfo: LegacyPatientInfo;
  readonly authors: ListedDocument['authors'];
  /** Every other metadata of the entry, as `TD3.1` would list it. */
  readonly entry: ListedDocument;
  /** XCN of each author, in their order, and of the person responsible, as written. */
  readonly people: { readonly authors: readonly string[]; readonly legalAuthenticator: string };
  /** What it replaces (RPLC), as sent: an entryUUID, or a uniqueId from connectors that know no other. */
  readonly replaces: string | undefined;
  readonly bytes: Buffer;
}

const NS = { rim: RIM, lcm: LCM, xdsb: XDSB };
const SIGNATURE_CLASS = 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1';
const SIGNATURE_FORMAT = 'http://www.w3.org/2000/09/xmldsig#';
/** Associations of a set that change nothing about its documents. */
const NEUTRAL = ['HasMember', 'signs'];

/** Reads the body of an ITI-41 with the parts of its message. `parts`: by Content-ID. */
export function readSubmission(
  request: XmlElement,
  parts: ReadonlyMap<string, Buffer>,
  caller: LegacyCaller & { readonly api: LegacyApi },
): Result<LegacySubmission> {
  const list = element(request, 'lcm:SubmitObjectsRequest/rim:RegistryObjectList', NS);
  const objects = list === undefined ? [] : children(list);
  const set = onlySet(objects);
  if (set === undefined) return refuse(legacyRules.metadataUnreadable, { location: 'RegistryPackage' });
  const read = objects.filter(isDocumentEntry).map(readRegistryObject);
  const entries = read.filter((entry) => !isSignature(entry));
  if (entries.length === 0) return refuse(legacyRules.metadataUnreadable, { location: 'ExtrinsicObject' });
  const links = objects.filter((each) => each.name === 'Association').map(listedAssociation);
  const strange = links.find((link) => !NEUTRAL.includes(link.type) && link.type !== 'RPLC');
  if (strange !== undefined) return refuse(legacyRules.associationRefused, { detail: strange.type });
  const patientCx = identifierOf(set, submissionSetScheme.patientId);
  const patientId = readCx(patientCx ?? '');
  const setUniqueId = identifierOf(set, submissionSetScheme.uniqueId);
  if (patientId === undefined || setUniqueId === undefined)
    return refuse(legacyRules.metadataUnreadable, { location: 'SubmissionSet.patientId, SubmissionSet.uniqueId' });
  const documents: LegacyDocument[] = [];
  const contents = contentsById(request, parts);
  for (const entry of entries) {
    const document = readDocument(entry, links, patientId, contents);
    if (!document.ok) return document;
    documents.push(document.value);
  }
  const { api, mode, lps, user, structure } = caller;
  return ok({
    ...{ api, mode, lps, user, structure, patientId, setUniqueId, documents },
    setSourceId: identifierOf(set, submissionSetScheme.sourceId) ?? '',
    submittedAt: slotValues(set, 'submissionTime')[0] ?? '',
  });
}

function onlySet(objects: readonly XmlElement[]): RegistryObject | undefined {
  const sets = objects.filter((each) => each.name === 'RegistryPackage' && each.namespaceUri === RIM);
  return sets.length === 1 && sets[0] !== undefined ? readRegistryObject(sets[0]) : undefined;
}

function isSignature({ classifications }: RegistryObject): boolean {
  const { classCode, formatCode } = documentEntryScheme;
  return classifications.some(
    ({ scheme, code }) =>
      (scheme === classCode && code === SIGNATURE_CLASS) || (scheme === formatCode && code === SIGNATURE_FORMAT),
  );
}

function readDocument(
  object: RegistryObject,
  links: readonly ListedAssociation[],
  patientId: LegacyIdentifier,
  contents: ReadonlyMap<string, Buffer>,
): Result<LegacyDocument> {
  const scheme = documentEntryScheme;
  const entry = listedDocument(object);
  const { uniqueId } = entry;
  if (uniqueId === undefined) return refuse(legacyRules.metadataUnreadable, { location: 'DocumentEntry.uniqueId' });
  const own = readCx(identifierOf(object, scheme.patientId) ?? '');
  if (own?.value !== patientId.value || own.oid !== patientId.oid) return refuse(legacyRules.patientsDiffer);
  const bytes = contents.get(object.id);
  if (bytes === undefined || bytes.length === 0) return refuse(legacyRules.documentMissing, { detail: object.id });
  const replaced = links.filter((link) => link.type === 'RPLC' && link.source === object.id);
  if (replaced.length > 1) return refuse(legacyRules.associationRefused, { detail: 'RPLC' });
  return ok({
    entryId: object.id,
    uniqueId,
    mimeType: entry.mimeType ?? '',
    typeCode: entry.typeCode,
    formatCode: entry.formatCode,
    title: entry.title ?? '',
    creationTime: entry.creationTime ?? '',
    confidentialityCodes: entry.confidentialityCodes,
    sourcePatient: readCx(slotValues(object, 'sourcePatientId')[0] ?? ''),
    sourcePatientInfo: readPatientInfo(slotValues(object, 'sourcePatientInfo')),
    authors: entry.authors,
    entry,
    people: {
      authors: object.classifications
        .filter(({ scheme: of }) => of === scheme.author)
        .map(({ slots }) => slots.find(({ name }) => name === 'authorPerson')?.values[0] ?? ''),
      legalAuthenticator: slotValues(object, 'legalAuthenticator')[0] ?? '',
    },
    replaces: replaced[0]?.target,
    bytes,
  });
}

/** Each Document element: the part that it includes, or the Base64 that a connector without MTOM writes in it. */
function contentsById(request: XmlElement, parts: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const document of elements(request, 'xdsb:Document', NS)) {
    const id = document.attr('id')?.value ?? '';
    const href = element(document, '*[local-name()="Include"]')?.attr('href')?.value;
    const bytes = href === undefined ? inline(document.content) : parts.get(contentIdOf(href));
    if (bytes !== undefined && !found.has(id)) found.set(id, bytes);
  }
  return found;
}

function inline(text: string): Buffer | undefined {
  const packed = text.replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(packed) ? Buffer.from(packed, 'base64') : undefined;
}

function contentIdOf(href: string): string {
  const id = href.replace(/^cid:/i, '');
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
