/**
 * A document that a connector names, by the id that it gave it or by the one that it was told: one of ours first, else what
 * the DMP holds for the patient of the request (TD3.1b by API V2). Practice 19 and 22.
 */
import { establishmentOf, senderOf } from '../config/lookup.ts';
import {
  actingForEstablishment,
  type FeedContext,
  identityToDelete,
  noteDmpHealth,
  waitBeforeCall,
} from '../feed/index.ts';
import { parseDocumentUniqueId } from '../ins/identifiers.ts';
import { freezeSentIdentity } from '../ins/sent-identity.ts';
import { legacyRules } from '../rules/legacy.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { documentByUniqueId } from '../store/chains.ts';
import { type DocumentRecord, documentById } from '../store/documents.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { FoundReference } from '../wire/legacy/answer.ts';
import type { LegacyIdentifier } from '../wire/legacy/patient-info.ts';
import type { StoredQuestion } from '../wire/legacy/stored-question.ts';
import type { FoundDocument } from '../wire/xds/query.ts';
import type { LegacySource } from './caller.ts';
import type { LegacyContext } from './context.ts';
import { identityBehind } from './patient-behind.ts';

export interface Reference extends FoundReference {
  /** Absent for a document that did not go through this gateway. */
  readonly document?: DocumentRecord;
  /** Whose DMP holds it, where the DMP was asked. */
  readonly identity?: IdentityRecord;
}

export interface Named {
  readonly by: StoredQuestion['by'];
  readonly value: string;
  /** Of the VIHF or of the request. */
  readonly patient: LegacyIdentifier | undefined;
}

/** Undefined: nobody knows it. */
export async function referenceOf(
  context: LegacyContext,
  source: LegacySource,
  named: Named,
): Promise<Result<Reference | undefined>> {
  const own = await ownDocument(context, source, named);
  return own === undefined ? askDmp(context, source, named) : ok(own);
}

const UUID = /^(?:urn:uuid:)?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i;
const STATUSES: Readonly<Partial<Record<DocumentRecord['state'], FoundReference['status'] | 'none'>>> = {
  replaced: 'Deprecated',
  deleted: 'Deleted',
  unreadable: 'none',
  refused: 'none',
  withdrawn: 'none',
};

/** What waits here is as good as fed for its connector: it may replace it, or ask for its deletion. */
async function ownDocument(
  { pool, config }: LegacyContext,
  source: LegacySource,
  { by, value }: Named,
): Promise<Reference | undefined> {
  const id = UUID.exec(value)?.[1]?.toLowerCase();
  const found =
    by === 'UniqueId'
      ? await documentByUniqueId(pool, value)
      : id === undefined
        ? undefined
        : await documentById(pool, id);
  if (found === undefined || found.action === 'delete') return undefined;
  const { legal } = establishmentOf(config, source.eg);
  const isOwn = found.ej === legal.finess && (found.eg === source.eg || found.sender === senderOf(source));
  const status = STATUSES[found.state] ?? 'Approved';
  if (!isOwn || status === 'none') return undefined;
  const { uniqueId, mimeType } = found;
  // Our own identifier of it stands for its entryUUID, which changes with every change of metadata (dmp.md 3.3).
  return { entryUuid: `urn:uuid:${found.id}`, uniqueId, mimeType, status, document: found };
}

async function askDmp(
  context: LegacyContext,
  { eg }: LegacySource,
  { by, value, patient }: Named,
): Promise<Result<Reference | undefined>> {
  const uniqueId = by === 'UniqueId' ? parseDocumentUniqueId(value) : undefined;
  // Neither an OID nor an UUID: no registry could know it.
  if (uniqueId?.ok === false || (by === 'EntryUUID' && !UUID.test(value))) return ok(undefined);
  if (patient === undefined) return refuse(legacyRules.patientUnknown);
  const identity = await identityBehind(context, patient);
  if (!identity.ok) return identity;
  const asked = identityToDelete(identity.value);
  if (!asked.ok) return refuse(legacyRules.patientNotQualified, { detail: asked.refusal.rule.id });
  const { asking } = context;
  if (asking === undefined) return refuse(legacyRules.dmpAway);
  const feed: FeedContext = { ...context, ...asking };
  if ((await waitBeforeCall(feed)) > 0) return refuse(legacyRules.dmpAway);
  const [sent, acting] = [freezeSentIdentity(asked.value), actingForEstablishment(feed, eg)];
  const answer =
    uniqueId === undefined
      ? await asking.dmp.findEntry(urnOf(value), sent, acting)
      : await asking.dmp.find(uniqueId.value, sent, acting);
  if (answer.kind === 'failed') {
    await noteDmpHealth(context.pool, feed, { ...answer.refusal, passesByItself: answer.class === 'transient' });
    return refuse(legacyRules.dmpAway, { detail: answer.refusal.rule.id });
  }
  await noteDmpHealth(context.pool, feed);
  const held = answer.value.find(({ status }) => status === 'Approved') ?? answer.value[0];
  const found = held === undefined ? undefined : foundReference(held, by === 'UniqueId' ? value : undefined);
  return ok(found === undefined ? undefined : { ...found, identity: identity.value });
}

function urnOf(value: string): string {
  return value.startsWith('urn:uuid:') ? value : `urn:uuid:${value}`;
}

const LISTED = ['Approved', 'Deprecated', 'Archived', 'Deleted'] as const;

/** Undefined for an entry without its uniqueId: nothing could be done with it. */
function foundReference(held: FoundDocument, asked: string | undefined): FoundReference | undefined {
  const uniqueId = held.uniqueId ?? asked;
  const status = LISTED.find((each) => each === held.status) ?? 'Approved';
  return uniqueId === undefined ? undefined : { entryUuid: held.entryUuid, uniqueId, status, mimeType: 'text/xml' };
}
