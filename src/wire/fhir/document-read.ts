/**
 * Reads what a FHIR client publishes: a set of documents (IHE MHD ITI-65, PDSm 3.1) or one with its content inside (ITI-105).
 * Source: cda-cisis.md 7 and the PDSm profiles. What XDS asks for and FHIR says twice (hash, size) must agree; codes are
 * for the use case to judge.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PERSON_ID_SYSTEM } from '../../codes/national-ids.ts';
import { fhirRules } from '../../rules/fhir.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { readCdaHeader } from '../cda/header.ts';
import { decodeBase64 } from '../hl7v2/base64.ts';
import { oidOfSystem } from './terms.ts';

/** One document, in our terms. */
export interface PublishedDocument {
  /** uniqueId of the caller: an OID without `urn:oid:`, else the value as it came. */
  readonly uniqueId: string;
  readonly typeCode: string;
  readonly title: string;
  readonly mimeType: string;
  /** Base64 of the whole document. */
  readonly content: string;
  readonly patient: PublishedPatient;
  readonly author: { readonly id: string; readonly family: string; readonly given: string } | undefined;
  readonly createdAt: string | undefined;
  readonly serviceStart: string | undefined;
  readonly serviceStop: string | undefined;
  /** Confidentiality and visibility codes of securityLabel. */
  readonly labels: readonly string[];
  /** What it replaces: our identifier of a document, or a uniqueId. */
  readonly replaces: string | undefined;
}

export interface PublishedPatient {
  /** `Patient/{id}` of this server. */
  readonly id?: string;
  readonly identifiers: readonly { readonly system: string; readonly value: string }[];
}

const identifier = z.object({ system: z.string().optional(), value: z.string().min(1).max(256) });
const name = z.object({ family: z.string().optional(), given: z.array(z.string()).optional() });
const contained = z.looseObject({
  resourceType: z.string(),
  id: z.string().optional(),
  identifier: z.array(identifier).optional(),
  name: z.unknown().optional(),
  practitioner: z.object({ reference: z.string().optional() }).optional(),
});
const reference = z.object({ reference: z.string().max(1000).optional(), identifier: identifier.optional() });
const concept = z.object({
  coding: z.array(z.object({ system: z.string().optional(), code: z.string().min(1) })).min(1),
});
const instant = z.string().min(4).max(40);

const documentReference = z.object({
  resourceType: z.literal('DocumentReference'),
  contained: z.array(contained).default([]),
  masterIdentifier: identifier.optional(),
  identifier: z.array(identifier).default([]),
  status: z.literal('current'),
  type: concept,
  subject: reference,
  date: instant.optional(),
  author: z.array(reference).default([]),
  description: z.string().optional(),
  securityLabel: z.array(concept).default([]),
  relatesTo: z.array(z.object({ code: z.string(), target: reference })).default([]),
  content: z
    .array(
      z.object({
        attachment: z.object({
          contentType: z.string().min(1),
          data: z.string().optional(),
          url: z.string().optional(),
          size: z.number().int().optional(),
          hash: z.string().optional(),
          title: z.string().optional(),
          creation: instant.optional(),
        }),
      }),
    )
    .length(1),
  context: z.object({ period: z.object({ start: instant.optional(), end: instant.optional() }).optional() }).optional(),
});
type DocumentReference = z.output<typeof documentReference>;

const binary = z.object({ resourceType: z.literal('Binary'), contentType: z.string(), data: z.string().min(1) });
const bundle = z.object({
  resourceType: z.literal('Bundle'),
  type: z.literal('transaction'),
  entry: z
    .array(z.object({ fullUrl: z.string().optional(), resource: z.looseObject({ resourceType: z.string() }) }))
    .min(1)
    .max(200),
});
/** PDSm: the set says which documents it brings. */
const submissionSet = z.object({ entry: z.array(z.object({ item: reference })).default([]) });

/** ITI-105: one DocumentReference with its content in `attachment.data`. */
export function readSimplifiedPublish(resource: unknown): Result<PublishedDocument> {
  const read = parsed(documentReference, resource, 'DocumentReference');
  if (!read.ok) return read;
  const data = read.value.content[0]?.attachment.data;
  if (data === undefined) return incorrect('DocumentReference.content.attachment.data est attendu');
  return publishedDocument(read.value, data, new Map());
}

/** ITI-65: a transaction Bundle of one SubmissionSet (List), its DocumentReferences and their Binaries, in the order of the set. */
export function readProvideBundle(resource: unknown): Result<PublishedDocument[]> {
  const read = parsed(bundle, resource, 'Bundle');
  if (!read.ok) return read;
  const entries = read.value.entry;
  const ofType = (type: string) => entries.filter((entry) => entry.resource.resourceType === type);
  const sets = ofType('List').filter(({ resource: list }) => JSON.stringify(list.code ?? '').includes('submissionset'));
  const [set] = sets;
  if (set === undefined || sets.length > 1) return incorrect('un seul List de code submissionset est attendu');
  const listed = parsed(submissionSet, set.resource, 'List');
  if (!listed.ok) return listed;
  const references = ofType('DocumentReference');
  const named = new Set(listed.value.entry.map(({ item }) => item.reference));
  if (references.length === 0 || references.some(({ fullUrl }) => fullUrl === undefined || !named.has(fullUrl)))
    return incorrect('chaque DocumentReference du Bundle est attendue dans List.entry, par son fullUrl');
  const binaries = new Map(ofType('Binary').map(({ fullUrl, resource: one }) => [fullUrl ?? '', one]));
  const known = new Map(references.map((entry) => [entry.fullUrl ?? '', entry.resource]));
  const documents: PublishedDocument[] = [];
  for (const entry of references) {
    const document = readProvided(entry.resource, binaries, known);
    if (!document.ok) return document;
    documents.push(document.value);
  }
  return ok(documents);
}

function readProvided(
  resource: unknown,
  binaries: ReadonlyMap<string, unknown>,
  known: ReadonlyMap<string, unknown>,
): Result<PublishedDocument> {
  const read = parsed(documentReference, resource, 'DocumentReference');
  if (!read.ok) return read;
  const { attachment } = read.value.content[0] ?? {};
  const found = parsed(binary, binaries.get(attachment?.url ?? ''), 'Binary (content.attachment.url)');
  return found.ok ? publishedDocument(read.value, found.value.data, known) : found;
}

function publishedDocument(
  document: DocumentReference,
  content: string,
  known: ReadonlyMap<string, unknown>,
): Result<PublishedDocument> {
  const { attachment } = document.content[0] ?? { attachment: { contentType: '' } };
  const bytes = decodeBase64(Buffer.from(content, 'latin1'));
  if (bytes === undefined) return incorrect('le contenu n’est pas du Base64');
  if (attachment.size !== undefined && attachment.size !== bytes.length)
    return incorrect(`attachment.size dit ${attachment.size} octets, le contenu en a ${bytes.length}`);
  if (attachment.hash !== undefined && attachment.hash !== createHash('sha1').update(bytes).digest('base64'))
    return incorrect('attachment.hash n’est pas le SHA-1 du contenu');
  const unique = document.masterIdentifier ?? document.identifier[0];
  if (unique === undefined) return incorrect('DocumentReference.masterIdentifier est attendu');
  const replaced = replacedBy(document, known);
  if (!replaced.ok) return replaced;
  const mimeType = mimeTypeOf(attachment.contentType);
  const uniqueId = bareOid(unique.value);
  // What cannot be read as a CDA is for the pipeline to say.
  const header = mimeType === 'text/xml' ? readCdaHeader(bytes) : undefined;
  const { root, extension } = (header?.ok === true ? header.value.id : undefined) ?? {};
  const own = extension === undefined ? root : `${root}^${extension}`;
  if (own !== undefined && own !== uniqueId) return incorrect('masterIdentifier n’est pas l’identifiant du CDA');
  const { period } = document.context ?? {};
  return ok({
    uniqueId,
    typeCode: document.type.coding[0]?.code ?? '',
    title: attachment.title ?? document.description ?? '',
    mimeType,
    content,
    patient: patientOf(document),
    author: authorOf(document),
    createdAt: attachment.creation ?? document.date,
    serviceStart: period?.start,
    serviceStop: period?.end,
    labels: document.securityLabel.flatMap(({ coding }) => coding.map(({ code }) => code)),
    replaces: replaced.value,
  });
}

function replacedBy({ relatesTo }: DocumentReference, known: ReadonlyMap<string, unknown>): Result<string | undefined> {
  if (relatesTo.length === 0) return ok(undefined);
  const [one] = relatesTo;
  if (relatesTo.length > 1 || one?.code !== 'replaces') return incorrect('relatesTo : un seul « replaces » est lu');
  const { reference: target = '', identifier: named } = one.target;
  if (known.has(target)) return incorrect('relatesTo désigne un document du même lot');
  const value = named?.value ?? /(?:^|\/)DocumentReference\/([\w.-]+)$/.exec(target)?.[1] ?? target;
  return value === '' ? incorrect('relatesTo.target ne désigne rien') : ok(bareOid(value));
}

/** By our address, by an identifier of the reference, by a conditional reference, or by the contained Patient. */
function patientOf({ subject, contained: inside }: DocumentReference): PublishedPatient {
  const { reference: target = '', identifier: named } = subject;
  const conditional = /^Patient\?identifier=(.+)\|(.+)$/.exec(target);
  const local = inside.find(({ resourceType, id }) => resourceType === 'Patient' && `#${id}` === target);
  const identifiers = [
    ...(named?.system === undefined ? [] : [{ system: named.system, value: named.value }]),
    ...(conditional === null
      ? []
      : [{ system: decodeURIComponent(conditional[1] ?? ''), value: conditional[2] ?? '' }]),
    ...(local?.identifier ?? []).flatMap(({ system, value }) => (system === undefined ? [] : [{ system, value }])),
  ];
  const id = /(?:^|\/)Patient\/([\w.-]+)$/.exec(target)?.[1];
  return { ...(id === undefined ? {} : { id }), identifiers };
}

/** A person only: a device signs nothing here. Undefined when the name or the number is missing. */
function authorOf({ author, contained: inside }: DocumentReference): PublishedDocument['author'] {
  const target = author[0]?.reference ?? '';
  const first = inside.find(({ id }) => `#${id}` === target);
  const person = inside.find(({ id }) => `#${id}` === first?.practitioner?.reference) ?? first;
  const id = person?.identifier?.find(({ system }) => oidOfSystem(system) === PERSON_ID_SYSTEM)?.value;
  const said = name.safeParse(Array.isArray(person?.name) ? person.name[0] : person?.name);
  const { family, given } = said.success ? said.data : {};
  if (id === undefined || family === undefined || given?.[0] === undefined) return undefined;
  return { id, family, given: given[0] };
}

function mimeTypeOf(contentType: string): string {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  return type === 'application/xml' || type === 'application/hl7-v3+xml' ? 'text/xml' : type;
}

function bareOid(value: string): string {
  return value.replace(/^urn:oid:/i, '');
}

function parsed<T>(schema: z.ZodType<T>, resource: unknown, place: string): Result<T> {
  const read = schema.safeParse(resource);
  if (read.success) return ok(read.data);
  // Paths only: a value may be that of a patient.
  const paths = read.error.issues.slice(0, 5).map(({ path }) => [place, ...path].join('.'));
  return refuse(fhirRules.invalidResource, { detail: paths.join(', ') });
}

function incorrect(detail: string): Result<never> {
  return refuse(fhirRules.invalidResource, { detail });
}
