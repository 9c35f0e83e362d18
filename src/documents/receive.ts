/** A document enters: from an MDM already stored, or by REST. It is described, recorded, and handed to the queue. */
import { createHash } from 'node:crypto';
import { documentType } from '../codes/document-types.ts';
import { personIdOfRpps } from '../codes/national-ids.ts';
import { type DomainIpp, establishmentOf, ippsOf, ippsOfCall, sourceOfEstablishment } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { feedRules } from '../rules/feed.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { insertDelivery } from '../store/deliveries.ts';
import {
  addDocumentEvent,
  type DocumentDeclaration,
  type DocumentRecord,
  documentIdOfMessage,
  insertDocument,
} from '../store/documents.ts';
import { identityByIdentifier } from '../store/identities.ts';
import { type StoredMessage, sameMessage, settleMessage, storeMessage } from '../store/messages.ts';
import { readCdaHeader } from '../wire/cda/header.ts';
import type { InstanceId } from '../wire/cda/nodes.ts';
import { deriveDocumentUniqueId } from '../wire/cda/unique-id.ts';
import { decodeBase64 } from '../wire/hl7v2/base64.ts';
import type { DocumentNotice } from '../wire/hl7v2/document-notice.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import { rawFault } from '../wire/raw/check.ts';
import { declarationOf, periodOf } from './declaration.ts';
import { mimeTypeOf, REST_KIND, treatmentOf } from './original.ts';
import { hl7Time } from './times.ts';

/** Records the document of an accepted message. The refusal, when there is one, is already on the document. */
export async function receiveDocument(
  tx: Db,
  context: UseCaseContext,
  message: StoredMessage,
  notice: DocumentNotice,
  source: Source,
): Promise<Result<string>> {
  const ipps = ippsOf(context.config, source, notice.patient.ipps);
  // A sender that names its patient by INS alone: the document is matched by it, and carries no local number of its own.
  const first = ipps[0] ?? (notice.patient.ins === undefined ? undefined : { value: '', domain: '' });
  if (first === undefined) return refuse(hl7Rules.ippMissing, { location: 'PID-3' });
  const content = notice.body.content();
  if (!content.ok) return content;
  const known = await patientOf(tx, ipps);
  const ipp = (known.ok ? known.value : undefined) ?? first;
  const type = notice.observed ?? notice.requested ?? notice.document?.type;
  const { timeZone } = establishmentOf(context.config, source.eg).geographic;
  return record(tx, context, {
    message,
    part: notice.part,
    action: notice.kind,
    eg: source.eg,
    kind: notice.format === 'cda' ? 'cda' : 'raw',
    mimeType: mimeTypeOf(notice.format),
    bytes: content.value,
    ipp: ipp.value,
    ippDomain: ipp.domain,
    typeCode: type?.code ?? '',
    title: notice.document?.title ?? type?.label ?? documentType(type?.code ?? '')?.label ?? 'Document',
    declaration: declarationOf(notice, source, message.receivedAt, timeZone),
    ...(known.ok ? {} : { refusal: known.refusal }),
  });
}

/** Of several local numbers, the one under which the patient is known here; two patients are a conflict. */
async function patientOf(tx: Db, ipps: readonly DomainIpp[]): Promise<Result<DomainIpp | undefined>> {
  if (ipps.length <= 1) return ok(ipps[0]);
  const found = new Map<string, DomainIpp>();
  for (const ipp of ipps) {
    const identity = await identityByIdentifier(tx, ipp.domain, ipp.value);
    if (identity !== undefined && !found.has(identity.id)) found.set(identity.id, ipp);
  }
  if (found.size > 1) return refuse(identityRules.ippConflict, { location: 'PID-3' });
  return ok([...found.values()][0]);
}

/** Characters of a title that the lists show and the submission set carries (XDS: 128). */
const TITLE_LENGTH = 128;

interface Incoming {
  readonly message: StoredMessage;
  readonly part: number;
  readonly action: DocumentRecord['action'];
  readonly eg: string;
  readonly kind: 'cda' | 'raw';
  readonly mimeType: string;
  readonly bytes: Buffer;
  readonly ipp: string;
  readonly ippDomain: string;
  readonly typeCode: string;
  readonly title: string;
  readonly declaration: DocumentDeclaration;
  /** Already decided: the document is kept, refused, and answered. */
  readonly refusal?: Refusal;
}

async function record(tx: Db, context: UseCaseContext, incoming: Incoming): Promise<Result<string>> {
  const { message, declaration } = incoming;
  const { legal } = establishmentOf(context.config, incoming.eg);
  const described = describe(legal.documentRoot, incoming);
  const designates = described.designates ?? declaration.designates;
  const stopped = described.refusal ?? incoming.refusal ?? requestFault(incoming.action, designates);
  const state = described.refusal !== undefined ? 'unreadable' : stopped !== undefined ? 'refused' : 'received';
  const document: DocumentRecord = {
    id: context.newUuid(),
    messageId: message.id,
    part: incoming.part,
    receivedAt: message.receivedAt,
    eg: incoming.eg,
    ej: legal.finess,
    sender: message.sender,
    controlId: message.controlId,
    kind: incoming.kind,
    action: incoming.action,
    mimeType: incoming.mimeType,
    ipp: incoming.ipp,
    ippDomain: incoming.ippDomain,
    identityId: null,
    uniqueId: described.uniqueId,
    typeCode: described.typeCode,
    title: Array.from(described.title).slice(0, TITLE_LENGTH).join(''),
    notice: designates === undefined ? declaration : { ...declaration, designates },
    state,
    ruleId: stopped?.rule.id ?? null,
    detail: stopped?.detail ?? null,
    updatedAt: context.now(),
  };
  const inserted = await insertDocument(tx, document);
  // The uniqueId lives already under another message: this one is kept, refused, and answered.
  const refusal: Refusal | undefined = inserted ? stopped : { rule: feedRules.uniqueIdInUse };
  if (!inserted) await insertDocument(tx, { ...document, state: 'refused', ruleId: feedRules.uniqueIdInUse.id });
  await addDocumentEvent(tx, document.id, { at: message.receivedAt, step: 'received' });
  await insertDelivery(tx, { id: context.newUuid(), documentId: document.id, destination: 'DMP', at: context.now() });
  if (refusal !== undefined) {
    await addDocumentEvent(tx, document.id, {
      at: context.now(),
      step: 'refused',
      ruleId: refusal.rule.id,
      detail: refusal.detail ?? null,
    });
  }
  // Refused documents go to the queue as well: there they are answered.
  await addTask(tx, { kind: 'document', subject: document.id, orderKey: `document:${document.uniqueId}` });
  return ok(document.id);
}

interface Described {
  readonly uniqueId: string;
  readonly typeCode: string;
  readonly title: string;
  /** What the CDA says that the request is about. */
  readonly designates?: string | undefined;
  readonly refusal?: Refusal;
}

/**
 * A received CDA names itself; a raw document gets a uniqueId derived from its message (design 7). So does a deletion: it
 * is a request about a document, whose uniqueId that document keeps.
 */
function describe(root: string, incoming: Incoming): Described {
  const { message, ipp, ippDomain, part, action } = incoming;
  // The patient counts: two patients get the same form under a MSH-10 that a sender uses twice.
  const { oid = '', matricule = '' } = incoming.declaration.patient;
  const patient = ipp === '' ? `${oid}|${matricule}` : `${ippDomain}|${ipp}`;
  const digest = createHash('sha256').update(`${patient}|`);
  // So does the place in the message: a report and its copy may be the same bytes.
  if (part > 1) digest.update(`${part}|`);
  const contentDigest = digest.update(incoming.bytes).digest('hex');
  const derived = deriveDocumentUniqueId(root, { sender: message.sender, controlId: message.controlId, contentDigest });
  const fallback = { uniqueId: derived.ok ? derived.value : '', typeCode: incoming.typeCode, title: incoming.title };
  if (!derived.ok) return { ...fallback, refusal: derived.refusal };
  if (incoming.kind === 'raw') {
    const fault = action === 'delete' ? undefined : rawFault(incoming.mimeType, incoming.bytes);
    return fault === undefined ? fallback : { ...fallback, refusal: fault };
  }
  const header = readCdaHeader(incoming.bytes);
  // To delete a document it is enough to name it: what comes with the request is not sent.
  if (!header.ok) return action === 'delete' ? fallback : { ...fallback, refusal: header.refusal };
  const { id, code, title, relatedDocument } = header.value;
  const replaced = relatedDocument?.typeCode === 'RPLC' ? relatedDocument.parentId : undefined;
  return {
    uniqueId: action === 'delete' ? fallback.uniqueId : (id?.root ?? fallback.uniqueId),
    typeCode: code?.code ?? fallback.typeCode,
    title: title ?? fallback.title,
    designates: action === 'create' ? undefined : uniqueIdText(action === 'delete' ? id : replaced),
  };
}

/** The form that a message gives an identifier (TXA-12): an OID, or its extension before it. */
function uniqueIdText(id: InstanceId | undefined): string | undefined {
  if (id?.root === undefined) return undefined;
  return id.extension === undefined ? id.root : `${id.extension}^^${id.root}^ISO`;
}

/** A request about another document has to name it, and is never sent as if it were a new one. */
function requestFault(action: DocumentRecord['action'], designates: string | undefined): Refusal | undefined {
  if (action === 'create') return undefined;
  return { rule: designates === undefined ? hl7Rules.nothingDesignated : feedRules.versionsNotSent };
}

/** What a caller of `POST /documents` gives. Times as `hl7Time` reads them. */
export interface Submitted {
  readonly content: string;
  readonly mimeType: string;
  readonly typeCode: string;
  readonly title: string;
  readonly ipp: string;
  readonly ippDomain?: string | undefined;
  readonly establishment?: string | undefined;
  readonly author?:
    | { id: string; family: string; given: string; specialty?: string | undefined; specialtyLabel?: string | undefined }
    | undefined;
  readonly createdAt?: string | undefined;
  readonly serviceStart?: string | undefined;
  readonly serviceStop?: string | undefined;
  readonly visitNumber?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Stores the submission like a message, then the document: 202 means durable. The same request is the same document. */
export async function submitDocument(
  context: UseCaseContext,
  submitted: Submitted,
  actor: string,
): Promise<Result<string>> {
  const bytes = decodeBase64(Buffer.from(submitted.content, 'latin1'));
  if (bytes === undefined) return refuse(apiRules.invalidBase64, { location: 'content' });
  if (documentType(submitted.typeCode) === undefined) return refuse(feedRules.typeUnknown, { location: 'typeCode' });
  const source = sourceOfEstablishment(context.config, submitted.establishment);
  if (source === undefined) return refuse(apiRules.invalidRequest, { detail: 'establishment', location: 'corps' });
  if (treatmentOf(source, submitted.mimeType) === 'refuse')
    return refuse(hl7Rules.formatNotExpected, { location: 'mimeType' });
  const [ipp = { value: submitted.ipp, domain: source.ippDomain }] = ippsOfCall(context.config, source, [
    { value: submitted.ipp, domain: submitted.ippDomain },
  ]);
  const body = Buffer.from(JSON.stringify(submitted), 'utf8');
  const digest = createHash('sha256').update(body).digest();
  const key = { sender: `REST|${actor}`, controlId: submitted.requestId ?? context.newUuid(), digest };
  return transaction(context.pool, async (tx) => {
    const receivedAt = context.now();
    const common = { ...key, receivedAt, kind: REST_KIND, body };
    const id = await storeMessage(tx, { ...common, transport: 'http', peer: actor, eg: source.eg });
    if (id === undefined) {
      const known = await documentIdOfMessage(tx, await sameMessage(tx, key));
      return known === undefined ? refuse(apiRules.notFound) : ok(known);
    }
    await settleMessage(tx, id, receivedAt);
    return record(tx, context, {
      message: { ...common, id, state: 'processed', prunedAt: null, prunedRule: null },
      part: 1,
      action: 'create',
      eg: source.eg,
      kind: submitted.mimeType === 'text/xml' ? 'cda' : 'raw',
      mimeType: submitted.mimeType,
      bytes,
      ipp: ipp.value,
      ippDomain: ipp.domain,
      typeCode: submitted.typeCode,
      title: submitted.title,
      declaration: declarationOfSubmission(context, submitted, source, receivedAt),
    });
  });
}

function declarationOfSubmission(
  { config }: UseCaseContext,
  submitted: Submitted,
  source: Source,
  receivedAt: Date,
): DocumentDeclaration {
  const { timeZone } = establishmentOf(config, source.eg).geographic;
  const createdAt = hl7Time(submitted.createdAt, timeZone) ?? hl7Timestamp(receivedAt, timeZone);
  const author = authorOfSubmission(submitted.author, source.defaultAuthor);
  return {
    // A REST caller names the patient by IPP alone: there are no traits to compare.
    patient: { birthName: '', firstGivenName: '', sex: '', birthDate: '' },
    ...(author === undefined ? {} : { author }),
    createdAt,
    ...periodOf(hl7Time(submitted.serviceStart, timeZone) ?? createdAt, hl7Time(submitted.serviceStop, timeZone)),
    ...(submitted.visitNumber === undefined ? {} : { visitNumber: submitted.visitNumber }),
    visibility: { maskedFromProfessionals: false, invisibleToPatient: false, invisibleToRepresentatives: false },
    toDmp: true,
  };
}

function authorOfSubmission(
  given: Submitted['author'],
  fallback: Source['defaultAuthor'],
): DocumentDeclaration['author'] {
  if (given === undefined) return fallback;
  const specialty = given.specialty ?? fallback?.specialty;
  const specialtyLabel = given.specialtyLabel ?? fallback?.specialtyLabel;
  return {
    id: personIdOfRpps(given.id) ?? given.id,
    family: given.family,
    given: given.given,
    ...(specialty === undefined ? {} : { specialty }),
    ...(specialtyLabel === undefined ? {} : { specialtyLabel }),
  };
}
