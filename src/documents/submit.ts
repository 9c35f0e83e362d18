/** What callers of the API, and people at the console, ask for: a document to send, a version of one, its deletion. */
import { createHash } from 'node:crypto';
import type { VisibilityCode } from '../codes/confidentiality-codes.ts';
import { documentType } from '../codes/document-types.ts';
import { establishmentOf, ippsOfCall, senderOf, sourceOfEstablishment } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import { sameIns } from '../ins/broken-ins.ts';
import type { RecalledIdentity } from '../ins/types.ts';
import { observe } from '../observatory/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { feedRules } from '../rules/feed.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { recallRules } from '../rules/recall.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { versionRules } from '../rules/versions.ts';
import { deletionOf, documentByUniqueId, lastVersionOf } from '../store/chains.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  type DocumentDeclaration,
  type DocumentRecord,
  documentById,
  documentIdOfMessage,
  lockDocument,
} from '../store/documents.ts';
import { insOfSending } from '../store/emissions.ts';
import { identityById } from '../store/identities.ts';
import { sameMessage, settleMessage, storeMessage } from '../store/messages.ts';
import type { Observation } from '../store/observed.ts';
import { deriveDocumentUniqueId } from '../wire/cda/unique-id.ts';
import { decodeBase64 } from '../wire/hl7v2/base64.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import { authorFor, periodOf } from './declaration.ts';
import { localAuthor, localValuesOf } from './local-values.ts';
import { REST_KIND, treatmentOf } from './original.ts';
import { record } from './record.ts';
import { hl7Time } from './times.ts';
import { recordDeletion } from './versions.ts';

/** What a caller of `POST /documents` gives. Times as `hl7Time` reads them. */
export interface Submitted {
  readonly content: string;
  readonly mimeType: string;
  /** A code of JDV_J07, or for a raw document one of the caller's own. */
  readonly typeCode: string;
  readonly title: string;
  /** The caller's own code of the unit. */
  readonly unit?: string | undefined;
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
  /** Codes of JDV_J08 beside N, where the door can say them. */
  readonly visibility?: readonly VisibilityCode[] | undefined;
  readonly requestId?: string | undefined;
  /** What it replaces: our identifier of it, its uniqueId, or its set (setId, or uniqueId of its first version). */
  readonly replaces?: string | undefined;
}

/**
 * Stores the submission like a message, then the document: 202 means durable. The same request is the same document.
 * `declared`: the source whose door this is; a caller of the API is ruled by the source of its establishment.
 */
export async function submitDocument(
  context: UseCaseContext,
  submitted: Submitted,
  actor: string,
  declared?: Source,
): Promise<Result<string>> {
  const bytes = decodeBase64(Buffer.from(submitted.content, 'latin1'));
  if (bytes === undefined) return refuse(apiRules.invalidBase64, { location: 'content' });
  // A raw document may say its type by a local code: it waits for the mapping desk. A CDA says its own.
  if (submitted.mimeType === 'text/xml' && documentType(submitted.typeCode) === undefined)
    return refuse(feedRules.typeUnknown, { location: 'typeCode' });
  const source = declared ?? sourceOfEstablishment(context.config, submitted.establishment);
  if (source === undefined) return refuse(apiRules.invalidRequest, { detail: 'establishment', location: 'corps' });
  if (treatmentOf(source, submitted.mimeType) === 'refuse')
    return refuse(hl7Rules.formatNotExpected, { location: 'mimeType' });
  const [ipp = { value: submitted.ipp, domain: source.ippDomain }] = ippsOfCall(context.config, source, [
    { value: submitted.ipp, domain: submitted.ippDomain },
  ]);
  const body = Buffer.from(JSON.stringify(submitted), 'utf8');
  const digest = createHash('sha256').update(body).digest();
  const sender = declared === undefined ? `REST|${actor}` : senderOf(declared);
  const key = { sender, controlId: submitted.requestId ?? context.newUuid(), digest };
  const { replaces } = submitted;
  const ej = establishmentOf(context.config, source.eg).legal.finess;
  const target = replaces === undefined ? undefined : await replacedDocument(context.pool, ej, replaces);
  if (replaces !== undefined && UUID.test(replaces) && target?.ej !== ej)
    return refuse(apiRules.notFound, { location: 'replaces' });
  let isNew = false;
  const result: Result<string> = await transaction(context.pool, async (tx) => {
    const receivedAt = context.now();
    const common = { ...key, receivedAt, kind: REST_KIND, body };
    const id = await storeMessage(tx, { ...common, transport: 'http', peer: actor, eg: source.eg });
    if (id === undefined) {
      const known = await documentIdOfMessage(tx, await sameMessage(tx, key));
      return known === undefined ? refuse(apiRules.notFound) : ok(await answeredBy(tx, known));
    }
    isNew = true;
    await settleMessage(tx, id, receivedAt);
    const recorded = await record(tx, context, {
      message: { ...common, id, state: 'processed', prunedAt: null, prunedRule: null },
      part: 1,
      action: replaces === undefined ? 'create' : 'replace',
      eg: source.eg,
      kind: submitted.mimeType === 'text/xml' ? 'cda' : 'raw',
      mimeType: submitted.mimeType,
      bytes,
      charset: 'UTF-8',
      ipp: ipp.value,
      ippDomain: ipp.domain,
      typeCode: submitted.typeCode,
      title: submitted.title,
      declaration: declarationOfSubmission(context, submitted, source, receivedAt),
      ...(target === undefined ? {} : { target }),
    });
    return recorded.ok ? ok(await answeredBy(tx, recorded.value)) : recorded;
  });
  if (isNew) observe(context, seenOf(source, declared === undefined ? actor : undefined, result));
  return result;
}

/** For the observatory: a caller of the API is its token, a watched folder is its source. */
function seenOf(source: Source, caller: string | undefined, result: Result<string>): Observation {
  const names = { application: source.application, facility: source.facility };
  return {
    eg: source.eg,
    ...(caller === undefined ? { ...names, api: 'folder' } : { application: 'REST', facility: caller, api: 'REST' }),
    ...{ transaction: 'document', identityKind: 'IPP', basis: 'seen' },
    ...(result.ok ? { outcome: 'accepted' } : { outcome: 'refused', ruleId: result.refusal.rule.id }),
  };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The document that the caller names, undefined when it is not known here: the DMP is then asked by its uniqueId. */
async function replacedDocument(db: Db, ej: string, name: string): Promise<DocumentRecord | undefined> {
  if (UUID.test(name)) return documentById(db, name);
  return (await documentByUniqueId(db, name)) ?? lastVersionOf(db, ej, name);
}

/** The document whose state answers the caller: for one that repeats another, byte for byte, that other one. */
async function answeredBy(tx: Db, id: string): Promise<string> {
  const document = await documentById(tx, id);
  return document?.ruleId === versionRules.identicalCopy.id ? (document.targetId ?? id) : id;
}

/** Kind under which a request to delete is stored beside the messages. */
const REST_DELETION = 'REST^deletion';

/** Asks for a document to be taken out of the DMP: 202 means durable. One that is already asked for, or done, is the same. */
export async function requestDeletion(
  context: UseCaseContext,
  documentId: string,
  by: { readonly actor: string; readonly reason: string },
): Promise<Result<string>> {
  return transaction(context.pool, async (tx) => {
    const target = await documentById(tx, documentId);
    if (target === undefined) return refuse(apiRules.notFound);
    if (target.action === 'delete') return refuse(feedRules.notWaiting, { detail: target.state });
    await lockDocument(tx, target.id);
    const known = await deletionOf(tx, target.id);
    if (known !== undefined) return ok(known.id);
    if (await isInAnotherDmp(tx, target)) return refuse(recallRules.recallNeeded);
    return recordRequest(tx, context, target, by);
  });
}

/** Practice 23: it left under an INS that is not the one with which its patient is qualified now. */
async function isInAnotherDmp(tx: Db, { id, identityId }: DocumentRecord): Promise<boolean> {
  const sent = await insOfSending(tx, id);
  if (sent === undefined || identityId === null) return false;
  const own = await identityById(tx, identityId);
  const identity = own?.mergedInto == null ? own : await identityById(tx, own.mergedInto);
  const { status, matricule, oid } = identity ?? {};
  return status !== 'QUAL' || matricule !== sent.matricule || oid !== sent.oid;
}

/** Asked for by an approved recall, in its transaction: the type is the proof. One that is asked for already is the same. */
export async function requestRecalledDeletion(
  tx: Db,
  context: UseCaseContext,
  documentId: string,
  { recallId, preparedBy, approvedBy, ins }: RecalledIdentity,
): Promise<Result<string>> {
  const target = await lockDocument(tx, documentId);
  const sent = await insOfSending(tx, documentId);
  if (sent === undefined || !sameIns(sent, ins)) return refuse(recallRules.changedSince);
  const known = await deletionOf(tx, documentId);
  if (known !== undefined) return ok(known.id);
  const reason = `rappel ${recallId} préparé par ${preparedBy}, approuvé par ${approvedBy}`;
  return recordRequest(tx, context, target, { actor: `rappel:${recallId}`, reason });
}

async function recordRequest(
  tx: Db,
  context: UseCaseContext,
  target: DocumentRecord,
  by: { readonly actor: string; readonly reason: string },
): Promise<Result<string>> {
  const receivedAt = context.now();
  const body = Buffer.from(JSON.stringify({ document: target.id, reason: by.reason }), 'utf8');
  const digest = createHash('sha256').update(body).digest();
  const key = { sender: `REST|${by.actor}`, controlId: context.newUuid(), digest };
  const message = {
    ...key,
    receivedAt,
    kind: REST_DELETION,
    body,
    transport: 'http',
    peer: by.actor,
    eg: target.eg,
  } as const;
  const messageId = await storeMessage(tx, message);
  if (messageId === undefined) throw new Error('a message with a new identifier is already there');
  await settleMessage(tx, messageId, receivedAt);
  const root = establishmentOf(context.config, target.eg).legal.documentRoot;
  const uniqueId = deriveDocumentUniqueId(root, { ...key, contentDigest: digest.toString('hex') });
  if (!uniqueId.ok) return uniqueId;
  const { sender, controlId } = key;
  const request = { messageId, sender, controlId, uniqueId: uniqueId.value, reason: `${by.actor} : ${by.reason}` };
  return ok(await recordDeletion(tx, context, target, request, receivedAt));
}

function declarationOfSubmission(
  { config }: UseCaseContext,
  submitted: Submitted,
  source: Source,
  receivedAt: Date,
): DocumentDeclaration {
  const { timeZone } = establishmentOf(config, source.eg).geographic;
  const createdAt = hl7Time(submitted.createdAt, timeZone) ?? hl7Timestamp(receivedAt, timeZone);
  const raw = submitted.mimeType !== 'text/xml';
  const named = submitted.author && localAuthor(submitted.author, true);
  const author = named === undefined ? source.defaultAuthor : authorFor(named, source, submitted.author);
  const type = { code: submitted.typeCode };
  const unit = submitted.unit === undefined ? undefined : { code: submitted.unit };
  const local = raw ? localValuesOf({ type, unit, author: named }) : undefined;
  return {
    // A REST caller names the patient by IPP alone: there are no traits to compare.
    patient: { birthName: '', firstGivenName: '', sex: '', birthDate: '' },
    ...(author === undefined ? {} : { author }),
    ...(local === undefined ? {} : { local }),
    createdAt,
    ...periodOf(hl7Time(submitted.serviceStart, timeZone) ?? createdAt, hl7Time(submitted.serviceStop, timeZone)),
    ...(submitted.replaces === undefined ? {} : { designates: submitted.replaces }),
    ...(submitted.visitNumber === undefined ? {} : { visitNumber: submitted.visitNumber }),
    visibility: {
      maskedFromProfessionals: submitted.visibility?.includes('MASQUE_PS') === true,
      invisibleToPatient: submitted.visibility?.includes('INVISIBLE_PATIENT') === true,
      invisibleToRepresentatives: submitted.visibility?.includes('INVISIBLE_REPRESENTANTS_LEGAUX') === true,
    },
    toDmp: true,
  };
}
