/** A submission put together: its set, its documents with their bytes, its signature. Source: dmp.md 2.2, 4 and 9. */
import { children, elements, type XmlElement } from '../../wire/xml/xml.ts';
import { type Association, type RegistryObject, readSubmission, registryObjectList, type Submission } from './ebxml.ts';
import { codeOf, identifiersOf } from './metadata.ts';
import type { MimePart } from './mime.ts';
import { type RegistryError, type Report, reporter } from './problem.ts';
import { ENTRY, HAS_MEMBER, REPLACES, SIGNATURE_ENTRY, SIGNS, SUBMISSION_SET_NODE } from './xds-vocabulary.ts';
import { attribute } from './xml-signature.ts';

const XDSB = 'urn:ihe:iti:xds-b:2007';
const LCM = 'urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0';
const NS = { xdsb: XDSB, lcm: LCM, xop: 'http://www.w3.org/2004/08/xop/include' };

export interface DocumentReference {
  readonly id: string;
  /** Content-ID of the part; undefined when the element holds no xop:Include. */
  readonly contentId: string | undefined;
}

export interface ProvidedSet {
  readonly submission: Submission;
  readonly documents: readonly DocumentReference[];
}

/** Reads a ProvideAndRegisterDocumentSetRequest; undefined when the payload is something else. */
export function readProvidedSet(payload: XmlElement): ProvidedSet | undefined {
  if (payload.name !== 'ProvideAndRegisterDocumentSetRequest' || payload.namespaceUri !== XDSB) return undefined;
  const [request, ...rest] = children(payload);
  const list = request?.namespaceUri === LCM ? registryObjectList(request) : undefined;
  if (request?.name !== 'SubmitObjectsRequest' || list === undefined) return undefined;
  if (rest.some((node) => node.name !== 'Document' || node.namespaceUri !== XDSB)) return undefined;
  const documents = rest.map((node) => {
    const [include] = elements(node, 'xop:Include', NS);
    const href = attribute(include, 'href');
    return {
      id: attribute(node, 'id'),
      contentId: href.startsWith('cid:') ? decodeCid(href.slice(4)) : undefined,
    };
  });
  return { submission: readSubmission(list), documents };
}

function decodeCid(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}

export interface LotDocument {
  readonly entry: RegistryObject;
  readonly uniqueId: string;
  readonly bytes: Buffer;
  /** entryUUID of the document that this one replaces. */
  readonly replaces?: string;
}

export interface Lot {
  readonly set: RegistryObject;
  readonly setUniqueId: string;
  readonly documents: readonly LotDocument[];
  readonly signature: LotDocument;
}

/** The lot, or undefined with the reasons in `errors`. */
export function assembleLot(
  provided: ProvidedSet,
  parts: ReadonlyMap<string, MimePart>,
  setUniqueIdScheme: string,
  errors: RegistryError[],
): Lot | undefined {
  const { submission } = provided;
  const report = reporter(errors, 'XDSRegistryMetadataError');
  const sets = submission.packages.filter(isSubmissionSet);
  const [set] = sets;
  if (set === undefined || sets.length !== 1 || submission.packages.length !== 1) {
    report('Le lot doit contenir un et un seul SubmissionSet, et aucun autre RegistryPackage.');
    return undefined;
  }
  for (const other of submission.others) report(`Objet de registre non admis : ${other}.`);
  checkIds(submission, report);
  const signatures = submission.entries.filter((entry) => codeOf(entry, ENTRY.type) === SIGNATURE_ENTRY.type);
  const [signature] = signatures;
  if (signature === undefined || signatures.length > 1) {
    report('Le lot doit contenir une et une seule signature (typeCode E1762, ASTM).');
    return undefined;
  }
  if (submission.entries.length < 2) report('Le lot ne contient aucun document.');
  checkAssociations(submission, set, signature, report);
  const contents = matchDocuments(provided, parts, errors);
  const join = (entry: RegistryObject): LotDocument => ({
    entry,
    uniqueId: identifiersOf(entry, ENTRY.uniqueId)[0] ?? '',
    bytes: contents.get(entry.id) ?? Buffer.alloc(0),
    ...replacementOf(entry, submission.associations),
  });
  return {
    set,
    setUniqueId: identifiersOf(set, setUniqueIdScheme)[0] ?? '',
    documents: submission.entries.filter((entry) => entry !== signature).map(join),
    signature: join(signature),
  };
}

function isSubmissionSet(object: RegistryObject): boolean {
  return object.classifications.filter(({ node }) => node === SUBMISSION_SET_NODE).length === 1;
}

function checkIds({ packages, entries }: Submission, report: Report): void {
  const objects = [...packages, ...entries];
  for (const object of objects) {
    if (object.id === '') report('Objet de registre sans id.');
    for (const defect of object.defects) report(`${object.id} : ${defect}`);
  }
  if (new Set(objects.map(({ id }) => id)).size !== objects.length)
    report('Deux objets de registre portent le même id.');
}

function checkAssociations(
  { entries, associations }: Submission,
  set: RegistryObject,
  signature: RegistryObject,
  report: Report,
): void {
  for (const entry of entries) {
    const members = associations.filter(({ type, target }) => type === HAS_MEMBER && target === entry.id);
    const [member] = members;
    const original = member?.slots.SubmissionSetStatus?.join() === 'Original';
    if (members.length !== 1 || member?.source !== set.id || !original) {
      report(`${entry.id} : une association HasMember (SubmissionSetStatus Original) depuis le lot attendue.`);
    }
  }
  const signs = associations.filter(({ type }) => type === SIGNS);
  if (signs.length !== 1 || signs[0]?.source !== signature.id || signs[0].target !== set.id) {
    report('Une et une seule association signs, de la signature vers le SubmissionSet, attendue.');
  }
  const known = new Set([HAS_MEMBER, SIGNS, REPLACES]);
  for (const { type } of associations) if (!known.has(type)) report(`Type d’association non admis : ${type}.`);
  const ids = new Set(entries.map(({ id }) => id));
  for (const { source, target } of associations.filter(({ type }) => type === HAS_MEMBER)) {
    if (source !== set.id || !ids.has(target)) report('Association HasMember étrangère au lot.');
  }
  const replacements = associations.filter(({ type }) => type === REPLACES);
  for (const { source, target } of replacements) {
    if (!ids.has(source) || source === signature.id) report('RPLC : la source doit être un document du lot.');
    if (!/^urn:uuid:[0-9a-f-]{36}$/i.test(target)) report('RPLC : la cible doit être un entryUUID (urn:uuid).');
  }
  for (const end of ['source', 'target'] as const) {
    if (new Set(replacements.map((link) => link[end])).size !== replacements.length) report('RPLC en double.');
  }
}

function replacementOf(entry: RegistryObject, associations: readonly Association[]): { replaces?: string } {
  const link = associations.find(({ type, source }) => type === REPLACES && source === entry.id);
  return link === undefined ? {} : { replaces: link.target.toLowerCase() };
}

/** Every entry has its Document and its MIME part, and the other way round; ids compare case-sensitively. */
function matchDocuments(
  { submission, documents }: ProvidedSet,
  parts: ReadonlyMap<string, MimePart>,
  errors: RegistryError[],
): Map<string, Buffer> {
  const contents = new Map<string, Buffer>();
  const used = new Set<string>();
  for (const { id, contentId } of documents) {
    const missing = reporter(errors, 'XDSMissingDocument', id);
    const part = contentId === undefined ? undefined : parts.get(contentId);
    if (contentId === undefined) missing('Document sans xop:Include (MTOM attendu).');
    else if (part === undefined) missing(`Partie MIME « ${contentId} » absente.`);
    else if (used.has(contentId)) missing(`Partie MIME « ${contentId} » référencée deux fois.`);
    else if (contents.has(id)) missing('Deux éléments Document portent le même id.');
    else contents.set(id, part.body);
    if (contentId !== undefined) used.add(contentId);
    if (!submission.entries.some((entry) => entry.id === id)) {
      reporter(errors, 'XDSMissingDocumentMetadata', id)('Document sans ExtrinsicObject du même id.');
    }
  }
  for (const { id } of submission.entries) {
    if (!documents.some((document) => document.id === id)) {
      reporter(errors, 'XDSMissingDocument', id)('ExtrinsicObject sans élément Document du même id.');
    }
  }
  for (const id of parts.keys()) {
    if (!used.has(id)) reporter(errors, 'XDSMissingDocumentMetadata', id)('Partie MIME que rien ne référence.');
  }
  return contents;
}
