/**
 * Handler of the `deliver` tasks: one submission to the DMP (TD0.2, then TD2.1). What leaves is frozen in the database
 * before the first byte does, so that after any crash the outcome is known to be unknown, and asked for, never guessed.
 */
import { checkAgainstIdentity, submittedCda } from '../documents/index.ts';
import { freezeSentIdentity } from '../ins/sent-identity.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import { addTask, completeTask, deferTask, holdTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import type { Refusal } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { type DeliveryRecord, deliveryById, freezeSending, lockDelivery } from '../store/deliveries.ts';
import {
  addDocumentEvent,
  type DocumentRecord,
  documentById,
  lockDocument,
  setDocumentState,
} from '../store/documents.ts';
import { type IdentityRecord, identityById, lockIdentity } from '../store/identities.ts';
import type { SubmitOutcome } from '../wire/dmp/outcome.ts';
import type { Acting } from '../wire/vihf/vihf.ts';
import type { Submission } from '../wire/xds/submission.ts';
import { type FeedContext, noteDmpHealth, waitBeforeCall } from './dmp-circuit.ts';
import { gateOf } from './gate.ts';
import { acceptDelivery, moveDelivery, refuseDelivery, stopDelivery } from './settle.ts';
import { actingFor, submissionOf } from './submission.ts';

interface Job {
  readonly task: Task;
  readonly document: DocumentRecord;
  readonly delivery: DeliveryRecord;
}

export function deliverTaskHandler(context: FeedContext): (task: Task) => Promise<void> {
  return async (task) => {
    const delivery = await deliveryById(context.pool, task.subject);
    const document = delivery && (await documentById(context.pool, delivery.documentId));
    if (delivery === undefined || document === undefined) throw new Error(`delivery ${task.subject} is gone`);
    const job: Job = { task, document, delivery };
    // Whoever froze it is dead or fenced off: what became of the sending is anyone's guess.
    if (delivery.state === 'sending') return settleUnknown(context, job, { rule: dmpRules.outcomeUnknown });
    if (delivery.state !== 'ready') return transaction(context.pool, (tx) => completeTask(tx, task));
    const waitMs = await waitBeforeCall(context);
    if (waitMs > 0) return transaction(context.pool, (tx) => deferTask(tx, task, waitMs));
    await send(context, job);
  };
}

/** Everything is looked at again, as it is now: the document may have been ready for a long time. */
async function send(context: FeedContext, job: Job): Promise<void> {
  const { document } = job;
  const identity = document.identityId === null ? undefined : await identityById(context.pool, document.identityId);
  // It passed the gate in time: how long it has been ready since then is not the patient's doing.
  const gate = gateOf(context, document, identity, true);
  if (identity === undefined || gate.kind !== 'open') return backToGate(context, job);
  const { patient } = gate;
  const cda = await submittedCda(context.pool, document, context.kept);
  if (!cda.ok) return stop(context, job, cda.refusal);
  const checked = await checkAgainstIdentity(context, document, cda.value.bytes, patient);
  // A CDA of ours was built for the identity as it was: it is built again. A received one is its author's.
  if (!checked.ok) return document.kind === 'raw' ? backToGate(context, job) : stop(context, job, checked.refusal);
  const submission = submissionOf(context, document, patient, { bytes: cda.value.bytes, header: checked.value.header });
  if (!submission.ok) return stop(context, job, submission.refusal);
  const acting = actingFor(context, document);
  if (context.dmpConfig.checkExistence && !(await mayFeed(context, job, patient, acting))) return;
  if (!(await freeze(context, job, identity, patient, submission.value))) return backToGate(context, job);
  const outcome = await context.dmp.submit(submission.value, acting);
  await settle(context, job, outcome, cda.value.sha1);
}

/** TD0.2: no DMP, or a closed one, ends the wait (practice 9). */
async function mayFeed(context: FeedContext, job: Job, patient: QualifiedIdentity, acting: Acting): Promise<boolean> {
  const answer = await context.dmp.existence(patient, acting);
  if (answer.kind === 'failed') {
    await holdBack(context, job, 'ready', answer.refusal, answer.class === 'transient');
    return false;
  }
  // The submission that follows says how the service is: what takes documents may be down while this answers.
  if (answer.value.state === 'active') return true;
  await noteDmpHealth(context.pool, context);
  await stop(context, job, { rule: answer.value.state === 'absent' ? feedRules.dmpAbsent : feedRules.dmpClosed });
  return false;
}

/** False when the identity changed since it was read: the document goes back to the gate. */
async function freeze(
  context: FeedContext,
  job: Job,
  asked: IdentityRecord,
  patient: QualifiedIdentity,
  submission: Submission,
): Promise<boolean> {
  return transaction(context.pool, async (tx) => {
    await holdTask(tx, job.task);
    const identity = await lockIdentity(tx, asked.id);
    const document = await lockDocument(tx, job.document.id);
    if (identity.version !== asked.version || document.state !== 'ready') return false;
    const at = context.now();
    const { ins } = freezeSentIdentity(patient);
    await freezeSending(tx, job.delivery.id, { submissionUniqueId: submission.uniqueId, ...ins, at });
    await setDocumentState(tx, document.id, { state: 'sending', ruleId: null, detail: null, at });
    await addDocumentEvent(tx, document.id, { at, step: 'sent' });
    return true;
  });
}

/**
 * Runs the last step of a job on fresh rows under lock. A delivery that is not in the expected state any more (a person
 * withdrew it meanwhile) is left as it is.
 */
async function finish(
  context: FeedContext,
  { task, document, delivery }: Job,
  expected: 'ready' | 'sending',
  work: (tx: Db, document: DocumentRecord, delivery: DeliveryRecord) => Promise<void>,
): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await holdTask(tx, task);
    const freshDocument = await lockDocument(tx, document.id);
    const freshDelivery = await lockDelivery(tx, delivery.id);
    if (freshDelivery.state !== expected) return completeTask(tx, task);
    await work(tx, freshDocument, freshDelivery);
  });
}

/** The identity is not, or no longer, what the document was prepared for; the gate will say what it now waits for. */
async function backToGate(context: FeedContext, job: Job): Promise<void> {
  await finish(context, job, 'ready', async (tx, document, delivery) => {
    await moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'waiting' });
    await addTask(tx, { kind: 'document', subject: document.id, orderKey: `document:${document.uniqueId}` });
    await completeTask(tx, job.task);
  });
}

async function stop(context: FeedContext, job: Job, refusal: Refusal): Promise<void> {
  await finish(context, job, 'ready', async (tx, document, delivery) => {
    await stopDelivery(tx, context, document, delivery, refusal);
    await completeTask(tx, job.task);
  });
}

/**
 * Not about this document: the service is away, or it refuses our certificate or our software. The document stays ready
 * and is tried again, soon for what passes by itself, slowly for what a person must repair: nothing is rejected for it.
 */
async function holdBack(
  context: FeedContext,
  job: Job,
  from: 'ready' | 'sending',
  refusal: Refusal,
  passesByItself: boolean,
): Promise<void> {
  const { retry } = context.dmpConfig;
  await finish(context, job, from, async (tx, document, delivery) => {
    await moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'postponed', refusal });
    await postponeTask(tx, job.task, passesByItself ? retryDelayMs(job.task, retry) : retry.maxMs);
  });
  await noteDmpHealth(context.pool, context, { ...refusal, passesByItself });
}

async function settleUnknown(context: FeedContext, job: Job, refusal: Refusal): Promise<void> {
  await finish(context, job, 'sending', async (tx, document, delivery) => {
    await moveDelivery(tx, context, document, delivery, { state: 'unknown', step: 'unknown', refusal });
    await addTask(tx, {
      kind: 'reconcile',
      subject: delivery.id,
      orderKey: `deliver:${document.uniqueId}`,
      delayMs: context.dmpConfig.reconciliation.askAfterMs,
    });
    await completeTask(tx, job.task);
  });
}

async function settle(context: FeedContext, job: Job, outcome: SubmitOutcome, sha1: string): Promise<void> {
  if (outcome.kind === 'accepted') {
    await noteDmpHealth(context.pool, context);
    return finish(context, job, 'sending', async (tx, document, delivery) => {
      await acceptDelivery(tx, context, document, delivery, {
        sha1,
        step: 'accepted',
        ...(outcome.warnings.length === 0 ? {} : { outcome: { warnings: outcome.warnings } }),
      });
      await completeTask(tx, job.task);
    });
  }
  if (outcome.class === 'ambiguous') {
    await settleUnknown(context, job, outcome.refusal);
    const answered = outcome.kind === 'refused';
    return noteDmpHealth(context.pool, context, answered ? undefined : { ...outcome.refusal, passesByItself: true });
  }
  const passesByItself = outcome.class === 'transient';
  // The registry, or the size limit of the service, speaks of this document; anything else of our access to the service.
  const ofThisDocument = outcome.kind === 'refused' || outcome.refusal.rule === dmpRules.httpTooLarge;
  if (passesByItself || !ofThisDocument) return holdBack(context, job, 'sending', outcome.refusal, passesByItself);
  await noteDmpHealth(context.pool, context);
  await refuse(context, job, outcome);
}

/** The DMP does not take this document; its own words go to the sender when it gave any. */
async function refuse(
  context: FeedContext,
  job: Job,
  outcome: Exclude<SubmitOutcome, { kind: 'accepted' }>,
): Promise<void> {
  const errors = outcome.kind === 'refused' ? outcome.errors : [];
  const [first] = errors;
  await finish(context, job, 'sending', async (tx, document, delivery) => {
    await refuseDelivery(tx, context, document, delivery, {
      state: 'refused',
      refusal: outcome.refusal,
      outcome: { errors },
      ...(first === undefined ? {} : { dmp: { code: first.code, label: first.context } }),
    });
    await completeTask(tx, job.task);
  });
}
