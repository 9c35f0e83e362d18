/**
 * A TD2.1 of an old connector, once read: stored whole, each of its documents recorded, and handed to the usual feed, which
 * sends it under API V2 in the gateway's own name (practice 17, 18, 22). Durable when it resolves.
 */
import { createHash } from 'node:crypto';
import { senderOf } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import { LEGACY_KIND, record } from '../documents/index.ts';
import { decidedBy } from '../feed/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask } from '../queue/document-tasks.ts';
import { policyRules } from '../rules/policy.ts';
import { reissueRules } from '../rules/reissue.ts';
import { versionRules } from '../rules/versions.ts';
import { type Db, transaction } from '../store/db.ts';
import { addDocumentEvent } from '../store/documents.ts';
import { documentIdsOfMessage, type KnownLegacyDocument, knownLegacyDocuments } from '../store/legacy-documents.ts';
import {
  type ReceivedMessage,
  type StoredMessage,
  sameMessage,
  settleMessage,
  storeMessage,
} from '../store/messages.ts';
import { packSubmission, type RawRequest } from '../wire/legacy/stored-submission.ts';
import type { LegacyDocument, LegacySubmission } from '../wire/legacy/submission.ts';
import { incomingOf } from './incoming.ts';

/** Longest key of a message, characters. */
const KEY_LENGTH = 199;

/** Nothing brings these back: a later version, or a deletion, settled the matter while their connector was told to come again. */
const OVERTAKEN = [versionRules.superseded.id, versionRules.deletedBeforeSending.id, policyRules.unchanged.id];

/** The request as it came: its bytes, from whom (common name of the certificate, or address), its WS-Addressing MessageID. */
export interface RawSubmission extends RawRequest {
  readonly peer: string;
  readonly messageId: string;
}

/**
 * The identifiers of its documents, in their order: whatever stops one of them stands on it. The same documents submitted
 * again, whatever wraps them, are the same: nothing is stored, and their state answers.
 */
export async function receiveSubmission(
  context: UseCaseContext,
  source: Source,
  submission: LegacySubmission,
  raw: RawSubmission,
): Promise<{ readonly documentIds: readonly string[] }> {
  const { documents } = submission;
  const sender = senderOf(source);
  const uniqueIds = documents.map(({ uniqueId }) => uniqueId);
  const alive = await knownLegacyDocuments(context.pool, sender, uniqueIds, OVERTAKEN);
  const known = documents.map((document) => alive.find((each) => isSame(each, document)));
  if (known.every((each) => each !== undefined)) {
    await lookAgain(context, known);
    return { documentIds: known.map(({ id }) => id) };
  }
  const message = messageOf(context, source, submission, raw);
  return transaction(context.pool, async (tx) => {
    const id = await storeMessage(tx, message);
    // The very same bytes: at once by two connections, or after a refusal.
    if (id === undefined)
      return {
        documentIds: await documentIdsOfMessage(tx, await sameMessage(tx, message), versionRules.identicalCopy.id),
      };
    await settleMessage(tx, id, message.receivedAt);
    const stored: StoredMessage = {
      ...message,
      id,
      body: message.body,
      state: 'processed',
      prunedAt: null,
      prunedRule: null,
    };
    for (const [index, document] of documents.entries())
      if (known[index] === undefined)
        await keep(tx, context, source, submission, document, { stored, part: index + 1 });
    const recorded = await documentIdsOfMessage(tx, id, versionRules.identicalCopy.id);
    return { documentIds: known.map((each) => each?.id ?? recorded.shift() ?? '') };
  });
}

function isSame({ uniqueId, sha256 }: KnownLegacyDocument, document: LegacyDocument): boolean {
  return uniqueId === document.uniqueId && sha256 === digestOf(document.bytes);
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What waited for a decision of the site may have it by now: nothing else tells of a change of the configuration. */
async function lookAgain({ pool }: UseCaseContext, known: readonly KnownLegacyDocument[]): Promise<void> {
  const rules: readonly (string | null)[] = [reissueRules.headerNotDecided.id, reissueRules.directWithoutDecision.id];
  const undecided = known.filter(({ state, ruleId }) => state === 'waiting' && rules.includes(ruleId));
  if (undecided.length === 0) return;
  await transaction(pool, async (tx) => {
    for (const document of undecided) await addDocumentTask(tx, document);
  });
}

function messageOf(
  { now }: UseCaseContext,
  source: Source,
  { setUniqueId, documents }: LegacySubmission,
  raw: RawSubmission,
): ReceivedMessage & { readonly body: Buffer } {
  const body = packSubmission(raw, documents);
  return {
    receivedAt: now(),
    transport: 'http',
    peer: raw.peer,
    sender: senderOf(source),
    controlId: setUniqueId.slice(0, KEY_LENGTH),
    digest: createHash('sha256').update(body).digest(),
    kind: LEGACY_KIND,
    eg: source.eg,
    body,
  };
}

async function keep(
  tx: Db,
  context: UseCaseContext,
  source: Source,
  submission: LegacySubmission,
  document: LegacyDocument,
  { stored, part }: { readonly stored: StoredMessage; readonly part: number },
): Promise<void> {
  const incoming = await incomingOf(tx, context, source, submission, document, stored, part);
  const recorded = await record(tx, context, incoming);
  if (!recorded.ok) return;
  for (const event of decidedEvents(source, submission))
    await addDocumentEvent(tx, recorded.value, { at: stored.receivedAt, ...event });
}

/** What is done of the submission that its connector did not ask for, and by whose decision. */
function decidedEvents(
  { legacy }: Source,
  { mode, user }: LegacySubmission,
): readonly { readonly step: string; readonly detail: string }[] {
  const by = `déposé en ${mode} par ${user.name === '' ? user.id : user.name}`.slice(0, 300);
  const { cardsBecomeStructure, successBeforeAcceptance } = legacy ?? {};
  const attributed =
    mode === 'INDIRECTE_RENFORCEE'
      ? [by]
      : mode === 'DIRECTE' && cardsBecomeStructure !== undefined
        ? [`${by} ; ${decidedBy(cardsBecomeStructure)}`]
        : [];
  return [
    ...attributed.map((detail) => ({ step: 'attributed', detail })),
    ...(successBeforeAcceptance === undefined
      ? []
      : [{ step: 'success-when-kept', detail: decidedBy(successBeforeAcceptance) }]),
  ];
}
