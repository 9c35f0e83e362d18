/** A document enters: from an MDM already stored, or by REST. It is described, recorded, and handed to the queue. */
import { createHash } from 'node:crypto';
import { documentType } from '../codes/document-types.ts';
import { domainOf, establishmentOf } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { feedRules } from '../rules/feed.ts';
import { hl7Rules } from '../rules/hl7.ts';
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
import { type StoredMessage, sameMessage, storeMessage } from '../store/messages.ts';
import { readCdaHeader } from '../wire/cda/header.ts';
import { deriveDocumentUniqueId } from '../wire/cda/unique-id.ts';
import { decodeBase64 } from '../wire/hl7v2/base64.ts';
import type { DocumentNotice } from '../wire/hl7v2/document-notice.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import { declarationOf } from './declaration.ts';
import { mimeTypeOf, REST_KIND } from './original.ts';
import { hl7Time } from './times.ts';

/** Records the document of an accepted message. The refusal, when there is one, is already on the document. */
export async function receiveDocument(
  tx: Db,
  context: UseCaseContext,
  message: StoredMessage,
  notice: DocumentNotice,
  source: Source,
): Promise<Result<string>> {
  const [ipp] = notice.patient.ipps;
  if (ipp === undefined) return refuse(hl7Rules.ippMissing, { location: 'PID-3' });
  const content = notice.body.content();
  if (!content.ok) return content;
  const type = notice.observed ?? notice.requested ?? notice.document?.type;
  return record(tx, context, {
    message,
    eg: source.eg,
    kind: notice.format === 'cda' ? 'cda' : 'raw',
    mimeType: mimeTypeOf(notice.format),
    bytes: content.value,
    ipp: ipp.value,
    ippDomain: domainOf(context.config, source, {
      namespace: ipp.authority.namespace ?? '',
      universalId: ipp.authority.universalId ?? '',
    }),
    typeCode: type?.code ?? '',
    title: notice.document?.title ?? type?.label ?? documentType(type?.code ?? '')?.label ?? 'Document',
    declaration: declarationOf(notice, source, message.receivedAt),
  });
}

interface Incoming {
  readonly message: StoredMessage;
  readonly eg: string;
  readonly kind: 'cda' | 'raw';
  readonly mimeType: string;
  readonly bytes: Buffer;
  readonly ipp: string;
  readonly ippDomain: string;
  readonly typeCode: string;
  readonly title: string;
  readonly declaration: DocumentDeclaration;
}

async function record(tx: Db, context: UseCaseContext, incoming: Incoming): Promise<Result<string>> {
  const { message, declaration } = incoming;
  const { legal } = establishmentOf(context.config, incoming.eg);
  const described = describe(legal.documentRoot, incoming);
  const document: DocumentRecord = {
    id: context.newUuid(),
    messageId: message.id,
    receivedAt: message.receivedAt,
    eg: incoming.eg,
    ej: legal.finess,
    sender: message.sender,
    controlId: message.controlId,
    kind: incoming.kind,
    action: 'create',
    mimeType: incoming.mimeType,
    ipp: incoming.ipp,
    ippDomain: incoming.ippDomain,
    identityId: null,
    uniqueId: described.uniqueId,
    typeCode: described.typeCode,
    title: described.title.slice(0, 128),
    notice: declaration,
    state: described.refusal === undefined ? 'received' : 'unreadable',
    ruleId: described.refusal?.rule.id ?? null,
    detail: described.refusal?.detail ?? null,
    updatedAt: context.now(),
  };
  const inserted = await insertDocument(tx, document);
  if (!inserted) {
    // The uniqueId lives already under another message: this one is kept, refused, and answered.
    await insertDocument(tx, { ...document, state: 'refused', ruleId: feedRules.uniqueIdInUse.id });
  }
  await addDocumentEvent(tx, document.id, { at: message.receivedAt, step: 'received' });
  await insertDelivery(tx, { id: context.newUuid(), documentId: document.id, destination: 'DMP', at: context.now() });
  const refusal: Refusal | undefined = described.refusal ?? (inserted ? undefined : { rule: feedRules.uniqueIdInUse });
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

/** A received CDA names itself; a raw document gets a uniqueId derived from its message (design 7). */
function describe(
  root: string,
  incoming: Incoming,
): { uniqueId: string; typeCode: string; title: string; refusal?: Refusal } {
  const { message } = incoming;
  const contentDigest = createHash('sha256').update(incoming.bytes).digest('hex');
  const derived = deriveDocumentUniqueId(root, { sender: message.sender, controlId: message.controlId, contentDigest });
  const fallback = { uniqueId: derived.ok ? derived.value : '', typeCode: incoming.typeCode, title: incoming.title };
  if (!derived.ok) return { ...fallback, refusal: derived.refusal };
  if (incoming.kind === 'raw') return fallback;
  const header = readCdaHeader(incoming.bytes);
  if (!header.ok) return { ...fallback, refusal: header.refusal };
  return {
    uniqueId: header.value.id?.root ?? fallback.uniqueId,
    typeCode: header.value.code?.code ?? fallback.typeCode,
    title: header.value.title ?? fallback.title,
  };
}

/** What a caller of `POST /documents` gives. Times are ISO 8601 with offset. */
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
  const source = sourceOfCaller(context, submitted.establishment);
  if (source === undefined) return refuse(apiRules.invalidRequest, { detail: 'establishment', location: 'corps' });
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
    await tx.query(`update inbound_message set state = 'processed', processed_at = $2 where id = $1`, [id, receivedAt]);
    return record(tx, context, {
      message: { ...common, id, state: 'processed' },
      eg: source.eg,
      kind: submitted.mimeType === 'text/xml' ? 'cda' : 'raw',
      mimeType: submitted.mimeType,
      bytes,
      ipp: submitted.ipp,
      ippDomain: submitted.ippDomain ?? source.ippDomain,
      typeCode: submitted.typeCode,
      title: submitted.title,
      declaration: declarationOfSubmission(submitted, source, receivedAt),
    });
  });
}

/** A REST caller is bound to an establishment, not to an MSH-3: the source declared for that EG rules its documents. */
function sourceOfCaller({ config }: UseCaseContext, establishment: string | undefined): Source | undefined {
  if (establishment === undefined) return config.sources[0];
  const declared = config.sources.find((source) => source.eg === establishment);
  if (declared !== undefined) return declared;
  const known = config.legalEntities.some((entity) =>
    entity.geographicEntities.some((eg) => eg.finess === establishment),
  );
  const [first] = config.sources;
  return known && first !== undefined ? { ...first, eg: establishment } : undefined;
}

function declarationOfSubmission(submitted: Submitted, source: Source, receivedAt: Date): DocumentDeclaration {
  const createdAt = hl7Time(submitted.createdAt) ?? hl7Timestamp(receivedAt);
  const fallback = source.defaultAuthor;
  const author = submitted.author ?? fallback;
  const serviceStop = hl7Time(submitted.serviceStop);
  return {
    // A REST caller names the patient by IPP alone: there are no traits to compare.
    patient: { birthName: '', firstGivenName: '', sex: '', birthDate: '' },
    ...(author === undefined
      ? {}
      : {
          author: {
            id: author.id,
            family: author.family,
            given: author.given,
            ...specialtyOf(author, fallback),
          },
        }),
    createdAt,
    serviceStart: hl7Time(submitted.serviceStart) ?? createdAt,
    ...(serviceStop === undefined ? {} : { serviceStop }),
    ...(submitted.visitNumber === undefined ? {} : { visitNumber: submitted.visitNumber }),
    visibility: { maskedFromProfessionals: false, invisibleToPatient: false, invisibleToRepresentatives: false },
    toDmp: true,
  };
}

function specialtyOf(
  author: { specialty?: string | undefined; specialtyLabel?: string | undefined },
  fallback: Source['defaultAuthor'],
) {
  const specialty = author.specialty ?? fallback?.specialty;
  const specialtyLabel = author.specialtyLabel ?? fallback?.specialtyLabel;
  return {
    ...(specialty === undefined ? {} : { specialty }),
    ...(specialtyLabel === undefined ? {} : { specialtyLabel }),
  };
}
