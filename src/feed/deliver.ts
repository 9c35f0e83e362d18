/**
 * Handler of the `deliver` tasks: one submission to the DMP (TD0.2, then TD2.1), or a deletion (TD3.3c). What leaves is frozen in the database
 * before the first byte does, so that after any crash the outcome is known to be unknown, and asked for, never guessed.
 */
import { refusalOfUnseen } from '../conformance/index.ts';
import { checkAgainstIdentity, submittedCda } from '../documents/index.ts';
import { noteDmpState } from '../identity/index.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import { completeTask, deferTask, type Task } from '../queue/tasks.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import { transaction } from '../store/db.ts';
import { deliveryById, type Original } from '../store/deliveries.ts';
import { documentById } from '../store/documents.ts';
import { fedPatientById } from '../store/fed-patients.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { Acting } from '../wire/vihf/acting.ts';
import { fingerprint } from '../wire/xds/fingerprint.ts';
import { type Carried, takeCarried } from './carried.ts';
import { coherenceOf } from './coherence.ts';
import { sendDeletion } from './deletion.ts';
import { type FeedContext, noteDmpHealth, waitBeforeCall } from './dmp-circuit.ts';
import { gateOf } from './gate.ts';
import { backToGate, freeze, holdBack, type Job, settle, settleUnknown, stop } from './job.ts';
import { listsInForce } from './lists.ts';
import { type Leaver, leavesWithOthers, sendWithOthers } from './one-set.ts';
import { locateReplaced } from './replacement.ts';
import { actingFor, submissionOf, submissionSetOf } from './submission.ts';
import { type OwnTurn, takeTurn } from './take-turn.ts';

export function deliverTaskHandler(context: FeedContext): (task: Task) => Promise<void> {
  return async (task) => {
    const carried = takeCarried(task.subject, context.now());
    // Taken over from another worker, it may be on its way already: what was true when it was prepared is not believed.
    if (carried !== undefined && task.fence === FIRST_HAND) {
      const { document, delivery } = carried;
      if (await mayCall(context, task)) await submit(context, { task, document, delivery }, ALONE, carried);
      return;
    }
    const delivery = await deliveryById(context.pool, task.subject);
    const document = delivery && (await documentById(context.pool, delivery.documentId));
    if (delivery === undefined || document === undefined) throw new Error(`delivery ${task.subject} is gone`);
    const job: Job = { task, document, delivery };
    // Whoever froze it is dead or fenced off: what became of the sending is anyone's guess.
    if (delivery.state === 'sending') return settleUnknown(context, job, { rule: dmpRules.outcomeUnknown });
    if (delivery.state !== 'ready') return transaction(context.pool, (tx) => completeTask(tx, task));
    const turn = await takeTurn(context, job);
    if (turn === undefined || !(await mayCall(context, task))) return;
    await (document.action === 'delete' ? sendDeletion(context, job, turn) : sendDocument(context, job, turn));
  };
}

/** Fence of a task that nobody has had before. */
const FIRST_HAND = 1;

/** The turn of a document that has no other versions. */
const ALONE: OwnTurn = { kind: 'go', superseded: [] };

/** False when the DMP is not to be called now: the task comes back when it may be. */
async function mayCall(context: FeedContext, task: Task): Promise<boolean> {
  const waitMs = await waitBeforeCall(context);
  if (waitMs > 0) await transaction(context.pool, (tx) => deferTask(tx, task, waitMs));
  return waitMs === 0;
}

/** Everything is looked at again, as it is now: the document may have been ready for a long time. */
async function sendDocument(context: FeedContext, job: Job, turn: OwnTurn): Promise<void> {
  const { document } = job;
  const { identityId } = document;
  const identity = identityId === null ? undefined : await fedPatientById(context.pool, document, identityId);
  await listsInForce(context);
  // It passed the gate in time: how long it has been ready since then is not the patient's doing.
  const gate = gateOf(context, document, identity, true);
  if (identity === undefined || gate.kind !== 'open') return backToGate(context, job);
  const { patient } = gate;
  if (job.delivery.askFirst) return askFirst(context, job, turn, identity, patient);
  const cda = await submittedCda(context.pool, document, context.kept);
  if (!cda.ok) return stop(context, job, cda.refusal);
  const { bytes } = cda.value;
  const checked = await checkAgainstIdentity(context, document, bytes, patient);
  // A CDA that we built, or whose header we re-issued, was so for the identity as it was. A received one is its author's.
  const ours = document.kind === 'raw' || document.notice.legacy !== undefined;
  if (!checked.ok) return ours ? backToGate(context, job) : stop(context, job, checked.refusal);
  const { header } = checked.value;
  // Rule packs speak of CDA.
  const unseen = header && (await refusalOfUnseen(context, context.conformance, document, bytes));
  if (unseen !== undefined) return stop(context, job, unseen);
  await submit(context, job, turn, { identity, patient, bytes, header });
}

/** Sends what has just been checked for the identity as it was read; `freeze` makes sure that it still is so. */
async function submit(
  context: FeedContext,
  job: Job,
  turn: OwnTurn,
  { identity, patient, bytes, header }: Pick<Carried, 'identity' | 'patient' | 'bytes' | 'header'>,
): Promise<void> {
  const { document } = job;
  const acting = actingFor(context, document);
  if (context.dmpConfig.checkExistence && !(await mayFeed(context, job, { identity, patient, acting }))) return;
  const replaced = await locateReplaced(context, job, turn, patient);
  if (replaced === undefined) return;
  const { original } = replaced;
  // A CDA of ours that names another version was built before what lies between was settled: it is built again.
  const named = header?.relatedDocument?.parentId?.root;
  if (document.kind === 'raw' && original !== undefined && named !== original.uniqueId) return backToGate(context, job);
  const submission = submissionOf(context, document, patient, { bytes, header }, original?.entryUuid ?? undefined);
  if (!submission.ok) return stop(context, job, submission.refusal);
  const leaver = { job, identity, patient, acting, submission: submission.value, sha1: fingerprint(bytes) };
  if (original === undefined && (await leavesWithOthers(context, document)))
    return sendWithOthers(context, leaver, (one) => sendAlone(context, one));
  await sendAlone(context, leaver, original);
}

async function sendAlone(context: FeedContext, leaver: Leaver, original?: Original): Promise<void> {
  const { job, identity, patient, acting, submission, sha1 } = leaver;
  const composed = await context.dmp.compose(submission, acting);
  // The key is not there: what passes by itself waits, a refused PIN waits for a person.
  if (!composed.ok)
    return holdBack(context, job, 'ready', composed.refusal, composed.refusal.rule.retry === 'automatic');
  const { leaving, send } = composed.value;
  const { stop: incoherent, warnings } = coherenceOf(context, [job.document], patient, leaving);
  if (incoherent !== undefined) return stop(context, job, incoherent);
  const frozen = { identity, submissionUniqueId: submission.uniqueId, ins: patient.ins, original };
  if (!(await freeze(context, job, frozen))) return;
  await settle(context, job, await send(), sha1, warnings);
}

/**
 * It may have left after the backup that it came back with: frozen as if it had, and asked for before anything is concluded
 * from what the DMP holds. The version that it replaced there is no longer the current one.
 */
async function askFirst(
  context: FeedContext,
  job: Job,
  turn: OwnTurn,
  identity: IdentityRecord,
  { ins }: QualifiedIdentity,
): Promise<void> {
  const set = submissionSetOf(context, job.document);
  if (!set.ok) return stop(context, job, set.refusal);
  const named = turn.kind === 'ask' ? { id: null, uniqueId: turn.name } : turn.original;
  const original = named && { id: named.id, uniqueId: named.uniqueId, entryUuid: null };
  const frozen = { identity, submissionUniqueId: set.value.uniqueId, ins, original };
  if (!(await freeze(context, job, frozen))) return;
  await settleUnknown(context, job, { rule: feedRules.restored });
}

/** TD0.2: no DMP, or a closed one, ends the wait (practice 9). */
async function mayFeed(
  context: FeedContext,
  job: Job,
  { identity, patient, acting }: { identity: IdentityRecord; patient: QualifiedIdentity; acting: Acting },
): Promise<boolean> {
  const answer = await context.dmp.existence(patient, acting);
  if (answer.kind === 'failed') {
    await holdBack(context, job, 'ready', answer.refusal, answer.class === 'transient');
    return false;
  }
  // The submission that follows says how the service is: what takes documents may be down while this answers.
  const { state } = answer.value;
  await noteDmpState(context, identity, state);
  if (state === 'active') return true;
  await noteDmpHealth(context.pool, context);
  await stop(context, job, { rule: state === 'absent' ? feedRules.dmpAbsent : feedRules.dmpClosed });
  return false;
}
