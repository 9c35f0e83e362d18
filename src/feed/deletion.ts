/**
 * Deletion (TD3.3c): the entry is looked for first (TD3.1b), so that what is deleted already is not asked for twice. A
 * document fed from here is deleted under the INS that it was sent with, whatever the identity has become.
 */
import { parseDocumentUniqueId } from '../ins/identifiers.ts';
import { freezeSentIdentity, sentIdentityFromRecord } from '../ins/sent-identity.ts';
import type { DocumentUniqueId, SentIdentity } from '../ins/types.ts';
import { versionRules } from '../rules/versions.ts';
import { setDocumentState } from '../store/documents.ts';
import { identityById } from '../store/identities.ts';
import type { FoundDocument } from '../wire/xds/query.ts';
import { type FeedContext, noteDmpHealth } from './dmp-circuit.ts';
import { identityToDelete } from './gate.ts';
import { backToGate, finish, freeze, holdBack, type Job, settle, stop } from './job.ts';
import { notVisible } from './replacement.ts';
import { settleNothingToDelete } from './settle.ts';
import { actingFor, submissionSetOf } from './submission.ts';
import type { OwnTurn } from './take-turn.ts';

interface Target {
  readonly uniqueId: DocumentUniqueId;
  readonly patient: SentIdentity;
  /** Null for a document that was not fed from here. */
  readonly id: string | null;
}

export async function sendDeletion(context: FeedContext, job: Job, turn: OwnTurn): Promise<void> {
  const target = await targetOf(context, job, turn);
  if (target === undefined) return;
  const acting = actingFor(context, job.document);
  const answer = await context.dmp.find(target.uniqueId, target.patient, acting);
  if (answer.kind === 'failed') return holdBack(context, job, 'ready', answer.refusal, answer.class === 'transient');
  await noteDmpHealth(context.pool, context);
  const held = currentOf(answer.value);
  if (held === undefined) {
    if (target.id !== null) return notVisible(context, job);
    // What it is about never left: nothing of it, nor of what it would have replaced, is there.
    if (job.document.targetId !== null) return nothingToDelete(context, job, target);
    return stop(context, job, { rule: versionRules.originalUnknown });
  }
  if (held.status === 'Deleted') return nothingToDelete(context, job, target);
  if (held.status === 'Deprecated')
    return stop(context, job, { rule: versionRules.notTheCurrentVersion, detail: 'DMP : Deprecated' });
  const set = submissionSetOf(context, job.document);
  if (!set.ok) return stop(context, job, set.refusal);
  const original = { id: target.id, uniqueId: target.uniqueId, entryUuid: held.entryUuid };
  const frozen = { submissionUniqueId: set.value.uniqueId, ins: target.patient.ins, original };
  if (!(await freeze(context, job, frozen))) return;
  const status = held.status === 'Archived' ? 'Archived' : 'Approved';
  const deletion = { ...set.value, patient: target.patient, entryUuid: held.entryUuid, status } as const;
  // Nothing was sent of the document itself: the proof bears the fingerprint of none.
  await settle(context, job, await context.dmp.remove(deletion, acting), held.hash ?? '');
}

/** Undefined when there is nobody under whom to ask, or nothing to ask for: what becomes of it is recorded. */
async function targetOf(context: FeedContext, job: Job, turn: OwnTurn): Promise<Target | undefined> {
  if (turn.kind === 'go') {
    const { original } = turn;
    const uniqueId = parseDocumentUniqueId(original?.uniqueId ?? '');
    const sent = sentIdentityFromRecord({ matricule: original?.sentMatricule ?? '', oid: original?.sentOid ?? '' });
    if (original === undefined || !uniqueId.ok || !sent.ok)
      throw new Error(`document ${job.document.targetId} has lost what it sent`);
    return { uniqueId: uniqueId.value, patient: sent.value, id: original.id };
  }
  const uniqueId = parseDocumentUniqueId(turn.name);
  const { identityId } = job.document;
  const identity = identityId === null ? undefined : await identityById(context.pool, identityId);
  const patient = identityToDelete(identity);
  if (!patient.ok) await backToGate(context, job);
  else if (!uniqueId.ok) await stop(context, job, { rule: versionRules.originalUnknown });
  else return { uniqueId: uniqueId.value, patient: freezeSentIdentity(patient.value), id: null };
  return undefined;
}

function currentOf(found: readonly FoundDocument[]): FoundDocument | undefined {
  return found.find(({ status }) => status === 'Approved' || status === 'Archived' || status === undefined) ?? found[0];
}

/** By another software, or by a request whose answer was lost: what was asked for is so. */
async function nothingToDelete(context: FeedContext, job: Job, target: Target): Promise<void> {
  await finish(context, job, 'ready', 'ends', async (tx, document, delivery) => {
    const at = context.now();
    if (target.id !== null) await setDocumentState(tx, target.id, { state: 'deleted', ruleId: null, detail: null, at });
    await settleNothingToDelete(tx, context, document, delivery);
  });
}
