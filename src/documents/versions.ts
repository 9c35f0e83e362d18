/** Where a replacement or a deletion stands among the versions of the document that it is about. */
import { createHash } from 'node:crypto';
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask } from '../queue/document-tasks.ts';
import { documentRules } from '../rules/document.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { versionRules } from '../rules/versions.ts';
import { documentByNumber, documentByUniqueId, lastVersionOf, nextPlaceAfter, nextPlaceIn } from '../store/chains.ts';
import type { Db } from '../store/db.ts';
import {
  type DocumentRecord,
  insertWithDelivery,
  otherLivingDocument,
  type STANDS_ALONE,
  TO_THE_DMP_ALONE,
} from '../store/documents.ts';
import { loadMessage } from '../store/messages.ts';
import { acceptedSha1 } from '../store/proofs.ts';
import type { CdaHeader } from '../wire/cda/header.ts';
import type { InstanceId } from '../wire/cda/nodes.ts';
import { recordMails } from './mails.ts';
import { originalOf } from './original.ts';

/** What a CDA says of itself among its versions. */
export interface CdaVersion {
  /** What it replaces: the identifier of its RPLC parent, in the form of TXA-12. */
  readonly replaces?: string;
  readonly setId?: string;
  readonly versionNumber?: number;
}

export function versionOf({ relatedDocument, setId, versionNumber }: CdaHeader): CdaVersion {
  const replaces = relatedDocument?.typeCode === 'RPLC' ? uniqueIdText(relatedDocument.parentId) : undefined;
  const set = uniqueIdText(setId);
  return {
    ...(replaces === undefined ? {} : { replaces }),
    ...(set === undefined ? {} : { setId: set }),
    ...(/^[1-9]\d{0,5}$/.test(versionNumber ?? '') ? { versionNumber: Number(versionNumber) } : {}),
  };
}

/** The form that a message gives an identifier (TXA-12): an OID, or its extension before it. */
export function uniqueIdText(id: InstanceId | undefined): string | undefined {
  if (id?.root === undefined) return undefined;
  return id.extension === undefined ? id.root : `${id.extension}^^${id.root}^ISO`;
}

const OID = /^[012](\.(0|[1-9]\d*))+$/;

/** The message (TXA) and the CDA that it carries name one document; only OIDs can be compared. */
export function namingFault(
  action: DocumentRecord['action'],
  byMessage: string | undefined,
  byCda: string | undefined,
): Refusal | undefined {
  if (action === 'replace' && byCda === undefined)
    return { rule: documentRules.cdaReplacement, location: 'relatedDocument' };
  const comparable = byMessage !== undefined && OID.test(byMessage) && byCda !== undefined && OID.test(byCda);
  return comparable && byMessage !== byCda ? { rule: versionRules.parentsDiffer, location: 'TXA' } : undefined;
}

export type Placed = Pick<DocumentRecord, keyof typeof STANDS_ALONE> & Partial<Pick<DocumentRecord, 'eg'>>;

export interface Request {
  readonly action: 'replace' | 'delete';
  /** Document named by our own identifier, or what the sender calls it. */
  readonly target: DocumentRecord | { readonly name: string };
  readonly sender: string;
  readonly eg: string;
  readonly ej: string;
  readonly part: number;
  readonly version: CdaVersion;
}

/** Finds what the request is about and takes the next place in its chain. Not known here is no refusal: the DMP is asked. */
export async function placeAmongVersions(tx: Db, request: Request): Promise<Result<Placed>> {
  const { eg, ej, sender, version, action } = request;
  const target = 'id' in request.target ? request.target : await targetNamed(tx, request, request.target.name);
  // The entity of a version may still follow from its unit: it is compared once it is prepared (feed/versions.ts).
  const elsewhere = target !== undefined && target.eg !== eg && target.sender !== sender;
  if (target !== undefined && (target.ej !== ej || (action === 'delete' && elsewhere)))
    return refuse(versionRules.otherStructure);
  const relative = target ?? (version.setId === undefined ? undefined : await lastVersionOf(tx, ej, version.setId));
  const place = relative === undefined ? await nextPlaceIn(tx, nameOf(request)) : await nextPlaceAfter(tx, relative);
  return ok({
    chainKey: place.chainKey,
    chainPosition: place.chainPosition,
    targetId: target?.id ?? null,
    setId: version.setId ?? relative?.setId ?? null,
    // A deletion is asked for by the structure that fed the document (dmp.md 1.6).
    ...(action === 'delete' && target !== undefined ? { eg: target.eg } : {}),
    versionNumber: action === 'delete' ? null : (version.versionNumber ?? place.lastVersion + 1),
  });
}

async function targetNamed(tx: Db, { sender, ej, part }: Request, name: string): Promise<DocumentRecord | undefined> {
  const byUniqueId = OID.test(name) ? await documentByUniqueId(tx, name) : undefined;
  return byUniqueId ?? documentByNumber(tx, { sender, ej, number: name, part });
}

/** Chain of a document that is not known here. A number of the sender's own says nothing outside of it. */
function nameOf({ target, sender }: Request): string {
  const name = 'id' in target ? target.uniqueId : target.name;
  return OID.test(name) ? name : `${sender}|${name}`;
}

/**
 * The document that already bears this uniqueId, if it is this very CDA: the sender gave it again under a new message. It
 * is not sent twice, and its sender gets the answer of the first.
 */
export async function identicalDocument(
  tx: Db,
  received: DocumentRecord,
  bytes: Buffer,
): Promise<DocumentRecord | undefined> {
  const known = await otherLivingDocument(tx, received);
  if (known === undefined || known.kind !== 'cda' || received.kind !== 'cda') return undefined;
  if (known.state === 'deleted' || known.eg !== received.eg) return undefined;
  if (known.ipp !== received.ipp || known.ippDomain !== received.ippDomain) return undefined;
  if (!(await isSameContent(tx, known, bytes))) return undefined;
  // Marked as followed: its outcome has to be told to several.
  await nextPlaceAfter(tx, known);
  return known;
}

/** By the proof of its acceptance, as its bytes may be pruned since; else by the bytes, which are kept until then. */
async function isSameContent(tx: Db, known: DocumentRecord, bytes: Buffer): Promise<boolean> {
  // Its header may have been re-issued: what was accepted is then not what came.
  if (known.notice.legacy !== undefined)
    return known.notice.legacy.sha256 === createHash('sha256').update(bytes).digest('hex');
  const accepted = await acceptedSha1(tx, known.id);
  if (accepted !== undefined) return accepted === createHash('sha1').update(bytes).digest('hex');
  const original = originalOf(await loadMessage(tx, known.messageId), known.part);
  return original.ok && original.value.bytes.equals(bytes);
}

interface DeletionRequest {
  readonly messageId: number;
  readonly sender: string;
  readonly controlId: string;
  readonly uniqueId: string;
  /** Who asked, and why. */
  readonly reason: string;
}

/** Records the request of a person, or of a caller of the API, to delete a document. */
export async function recordDeletion(
  tx: Db,
  context: UseCaseContext,
  target: DocumentRecord,
  by: DeletionRequest,
  receivedAt: Date,
): Promise<string> {
  const { chainKey, chainPosition } = await nextPlaceAfter(tx, target);
  const { messageId, sender, controlId, uniqueId, reason } = by;
  // What is deleted left by API V2: so does its deletion, without a lane to ask for.
  const { migrating: _, ...notice } = target.notice;
  const request: DocumentRecord = {
    ...target,
    ...TO_THE_DMP_ALONE,
    id: context.newUuid(),
    messageId,
    part: 1,
    receivedAt,
    sender,
    controlId,
    action: 'delete',
    chainKey,
    chainPosition,
    targetId: target.id,
    uniqueId,
    notice: { ...notice, toDmp: true, designates: target.uniqueId },
    state: 'received',
    ruleId: null,
    detail: null,
    updatedAt: receivedAt,
  };
  const delivery = { id: context.newUuid(), destination: 'DMP', state: 'waiting', at: receivedAt } as const;
  const received = { at: receivedAt, step: 'received', ruleId: null, detail: reason };
  if (!(await insertWithDelivery(tx, request, delivery, [received])))
    throw new Error(`the uniqueId of the request ${request.id} is taken`);
  await recordMails(tx, context, request);
  await addDocumentTask(tx, request);
  return request.id;
}
