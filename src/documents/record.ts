/** A document, whatever its door, becomes a row: described by itself, placed among its versions, handed to the queue. */
import { createHash } from 'node:crypto';
import { establishmentOf } from '../config/lookup.ts';
import { type Decided, decideLane, holdLane, type MigratingFlow, refusalOfClosed } from '../lanes/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask } from '../queue/document-tasks.ts';
import { feedRules } from '../rules/feed.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { versionRules } from '../rules/versions.ts';
import type { Db } from '../store/db.ts';
import {
  type DocumentDeclaration,
  type DocumentEvent,
  type DocumentRecord,
  insertWithDelivery,
  STANDS_ALONE,
  TO_THE_DMP_ALONE,
} from '../store/documents.ts';
import { putShadowResult } from '../store/lanes.ts';
import type { StoredMessage } from '../store/messages.ts';
import { type CdaHeader, readCdaHeader } from '../wire/cda/header.ts';
import { deriveDocumentUniqueId } from '../wire/cda/unique-id.ts';
import { rawFault } from '../wire/raw/check.ts';
import { recordMails } from './mails.ts';
import {
  type CdaVersion,
  identicalDocument,
  namingFault,
  type Placed,
  placeAmongVersions,
  uniqueIdText,
  versionOf,
} from './versions.ts';

/** Characters of a title that the lists show and the submission set carries (XDS: 128). */
const TITLE_LENGTH = 128;

export interface Incoming {
  readonly message: StoredMessage;
  readonly part: number;
  readonly action: DocumentRecord['action'];
  readonly eg: string;
  readonly kind: 'cda' | 'raw';
  readonly mimeType: string;
  readonly bytes: Buffer;
  /** Of a raw text, where the sender announces UTF-8. */
  readonly charset?: 'UTF-8' | undefined;
  readonly ipp: string;
  readonly ippDomain: string;
  readonly typeCode: string;
  readonly title: string;
  readonly declaration: DocumentDeclaration;
  /** What a caller of the API replaces, when it is known here. */
  readonly target?: DocumentRecord;
  /** Already decided: the document is kept, refused, and answered. */
  readonly refusal?: Refusal;
  /** Of a sender on its way to API V2: the lane of the document is decided as it is recorded. */
  readonly flow?: MigratingFlow;
}

/** A document before anything is written of it: what came, what it says of itself, and the row that it will be. */
export interface Draft {
  readonly incoming: Incoming;
  readonly described: Described;
  readonly document: DocumentRecord;
}

export function draftOf(context: UseCaseContext, incoming: Incoming): Draft {
  const { legal } = establishmentOf(context.config, incoming.eg);
  const described = describe(legal.documentRoot, incoming);
  return { incoming, described, document: recordOf(context, incoming, described) };
}

/** Stores what came. The refusal, when there is one, is already on the document. */
export function record(tx: Db, context: UseCaseContext, incoming: Incoming): Promise<Result<string>> {
  return recordDraft(tx, context, draftOf(context, incoming));
}

export async function recordDraft(tx: Db, context: UseCaseContext, draft: Draft): Promise<Result<string>> {
  const { incoming, described, document } = draft;
  const { flow } = incoming;
  // Before any lock of a document, as whoever changes the lane waits for all who decide.
  const held = flow && (await holdLane(tx, context, flow));
  const placed = await placeOf(tx, document.ej, draft);
  const stopped = described.refusal ?? incoming.refusal ?? (placed.ok ? undefined : placed.refusal);
  const state = described.refusal !== undefined ? 'unreadable' : stopped !== undefined ? 'refused' : 'received';
  const placedDocument = { ...document, ...(placed.ok ? placed.value : STANDS_ALONE), state } as const;
  if (flow === undefined || held === undefined) return keep(tx, context, incoming, placedDocument, stopped);
  const closed = stopped ?? refusalOfClosed(flow, held);
  const lane = await decideLane(tx, context, { flow, held }, placedDocument);
  const migrating = { ...placedDocument, notice: { ...document.notice, migrating: true as const } };
  if (lane.carrier === 'old') return keepForTheOldWay(tx, context, incoming, migrating, stopped, lane);
  const refused = closed !== undefined && stopped === undefined ? ({ state: 'refused' } as const) : {};
  return keep(tx, context, incoming, { ...migrating, ...refused }, closed);
}

/** A first version that nothing stops: it waits for no other, and no other for it. */
export function isSimple({ incoming, described }: Draft): boolean {
  const stopped = described.refusal ?? incoming.refusal;
  return described.action === 'create' && stopped === undefined && incoming.flow === undefined;
}

/**
 * Stores a simple draft as what it is about to become: matched, through the gate and prepared, without a task in between.
 * Gives its delivery; undefined, and nothing written, when its uniqueId is taken: `recordDraft` then says why.
 */
export async function recordReady(
  tx: Db,
  context: UseCaseContext,
  { incoming }: Draft,
  document: DocumentRecord & { readonly state: 'ready' },
  warnings: readonly Refusal[],
): Promise<string | undefined> {
  const at = context.now();
  const deliveryId = context.newUuid();
  const delivery = { id: deliveryId, destination: 'DMP', state: 'ready', at } as const;
  const inserted = await insertWithDelivery(tx, document, delivery, [
    receivedEvent(incoming),
    { at, step: 'matched', ...NO_REASON },
    ...warnings.map((warning) => ({ at, step: 'warning', ...reasonOf(warning) })),
    { at, step: 'prepared', ...NO_REASON },
  ]);
  if (inserted) await recordMails(tx, context, document);
  return inserted ? deliveryId : undefined;
}

const NO_REASON = { ruleId: null, detail: null };

function reasonOf({ rule, detail }: Refusal): { ruleId: string; detail: string | null } {
  return { ruleId: rule.id, detail: detail ?? null };
}

function receivedEvent({ message }: Incoming): DocumentEvent {
  return { at: message.receivedAt, step: 'received', ...NO_REASON };
}

function recordOf(context: UseCaseContext, incoming: Incoming, described: Described): DocumentRecord {
  const { message, declaration, part, eg, kind, mimeType, ipp, ippDomain } = incoming;
  const { uniqueId, typeCode, title, action, version } = described;
  const designates = described.designates ?? declaration.designates;
  return {
    ...STANDS_ALONE,
    ...TO_THE_DMP_ALONE,
    setId: version.setId ?? null,
    versionNumber: version.versionNumber ?? null,
    id: context.newUuid(),
    messageId: message.id,
    part,
    receivedAt: message.receivedAt,
    eg,
    ej: establishmentOf(context.config, eg).legal.finess,
    sender: message.sender,
    controlId: message.controlId,
    kind,
    action,
    mimeType,
    ipp,
    ippDomain,
    identityId: null,
    uniqueId,
    typeCode,
    title: Array.from(title).slice(0, TITLE_LENGTH).join(''),
    notice: designates === undefined ? declaration : { ...declaration, designates },
    state: 'received',
    ruleId: null,
    detail: null,
    updatedAt: context.now(),
  };
}

/** A first version stands alone; anything else takes its place behind what it is about. */
async function placeOf(tx: Db, ej: string, { incoming, described, document }: Draft): Promise<Result<Placed>> {
  const { version, designates, action } = described;
  const { setId, versionNumber } = document;
  const stopped = described.refusal ?? incoming.refusal;
  if (action === 'create' || stopped !== undefined) return ok({ ...STANDS_ALONE, setId, versionNumber });
  const { kind, declaration, target, eg, part, message } = incoming;
  const byMessage = target?.uniqueId ?? declaration.designates;
  const fault =
    kind === 'cda' && declaration.legacy?.entry === undefined ? namingFault(action, byMessage, designates) : undefined;
  if (fault !== undefined) return { ok: false, refusal: fault };
  const name = designates ?? byMessage;
  if (name === undefined) return refuse(hl7Rules.nothingDesignated);
  return placeAmongVersions(tx, { action, target: target ?? { name }, sender: message.sender, eg, ej, part, version });
}

/** Stores the document with its delivery and the task that will look at it, or answer it when it is already stopped. */
async function keep(
  tx: Db,
  context: UseCaseContext,
  incoming: Incoming,
  document: DocumentRecord,
  stopped: Refusal | undefined,
): Promise<Result<string>> {
  const at = context.now();
  const store = (row: DocumentRecord, refusal: Refusal | undefined, step: 'refused' | 'withdrawn') => {
    const reason = refusal === undefined ? NO_REASON : reasonOf(refusal);
    const delivery = { id: context.newUuid(), destination: 'DMP', state: 'waiting', at } as const;
    const refused = refusal === undefined ? [] : [{ at, step, ...reason }];
    return insertWithDelivery(tx, { ...row, ...reason }, delivery, [receivedEvent(incoming), ...refused]);
  };
  if (await store(document, stopped, 'refused')) {
    if (stopped === undefined) await recordMails(tx, context, document);
  } else {
    // The uniqueId is already that of another message's document: this one is kept, explained and answered.
    const same = await identicalDocument(tx, document, incoming.bytes);
    const refusal = { rule: same === undefined ? feedRules.uniqueIdInUse : versionRules.identicalCopy };
    const state = same === undefined ? 'refused' : 'withdrawn';
    await store({ ...document, ...STANDS_ALONE, targetId: same?.id ?? null, state }, refusal, state);
  }
  await addDocumentTask(tx, document);
  return ok(document.id);
}

/**
 * Somebody else feeds it: it is kept to be seen and checked, and nothing of ours leaves for it, no mail and no answer either.
 * That we would have refused it does not stop it, and is told in the report of the shadow.
 */
async function keepForTheOldWay(
  tx: Db,
  context: UseCaseContext,
  incoming: Incoming,
  document: DocumentRecord,
  stopped: Refusal | undefined,
  { flow, rule }: Decided,
): Promise<Result<string>> {
  const at = context.now();
  const { mail: _, ...notice } = document.notice;
  const reason = { ruleId: rule?.id ?? null, detail: null };
  const store = (row: DocumentRecord, state: 'waiting' | 'withdrawn') => {
    const delivery = { id: context.newUuid(), destination: 'DMP', state, at } as const;
    const kept = { ...row, ...reason, notice, state };
    return insertWithDelivery(tx, kept, delivery, [receivedEvent(incoming), { at, step: state, ...reason }]);
  };
  const goesOn = incoming.flow?.relayed === true;
  // One that bears the name of another goes on too: the old platform has always judged that.
  if (stopped !== undefined || !(await store(document, goesOn ? 'waiting' : 'withdrawn')))
    await store({ ...document, ...STANDS_ALONE }, 'withdrawn');
  if (stopped !== undefined) {
    const judged = { at, outcome: 'refused', ...reasonOf(stopped) } as const;
    await putShadowResult(tx, { ...judged, documentId: document.id, flowId: flow.id });
  } else await addDocumentTask(tx, document);
  return ok(document.id);
}

interface Described {
  readonly uniqueId: string;
  readonly typeCode: string;
  readonly title: string;
  readonly action: DocumentRecord['action'];
  /** What the CDA says that the request is about. */
  readonly designates?: string | undefined;
  readonly version: CdaVersion;
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
  const { typeCode, title } = incoming;
  const fallback = { uniqueId: derived.ok ? derived.value : '', typeCode, title, action, version: {} };
  if (!derived.ok) return { ...fallback, refusal: derived.refusal };
  const { legacy, claimed } = incoming.declaration;
  if (legacy?.entry !== undefined) return { ...fallback, uniqueId: claimed?.uniqueId ?? fallback.uniqueId };
  if (incoming.kind === 'raw') {
    const fault = action === 'delete' ? undefined : rawFault(incoming.mimeType, incoming.bytes, incoming.charset);
    return fault === undefined ? fallback : { ...fallback, refusal: fault };
  }
  const header = readCdaHeader(incoming.bytes);
  // To delete a document it is enough to name it: what comes with the request is not sent.
  if (!header.ok) return action === 'delete' ? fallback : { ...fallback, refusal: header.refusal };
  return { ...fallback, ...describeCda(header.value, action, fallback) };
}

/** A CDA that says what it replaces is a replacement, whatever its message says: the DMP reads the CDA. */
function describeCda(header: CdaHeader, action: DocumentRecord['action'], fallback: Described): Partial<Described> {
  const version = versionOf(header);
  const named = { typeCode: header.code?.code ?? fallback.typeCode, title: header.title ?? fallback.title };
  if (action === 'delete') return { ...named, designates: uniqueIdText(header.id) };
  return {
    ...named,
    version,
    uniqueId: header.id?.root ?? fallback.uniqueId,
    action: version.replaces === undefined ? action : 'replace',
    designates: version.replaces,
  };
}
