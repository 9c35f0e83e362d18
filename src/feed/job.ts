/** One call to the DMP for one delivery, and what its end does to it. Whatever the call: a document, a version, a deletion. */
import type { Ins } from '../ins/types.ts';
import { addDeliveryTask, addDocumentTask } from '../queue/document-tasks.ts';
import { completeTask, holdTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { dmpRules } from '../rules/dmp.ts';
import type { Refusal } from '../rules/rule.ts';
import { lockChain } from '../store/chains.ts';
import { type Db, transaction } from '../store/db.ts';
import { type DeliveryRecord, freezeSending, lockDelivery, type Original } from '../store/deliveries.ts';
import { type DocumentRecord, lockDocument, setDocumentState } from '../store/documents.ts';
import { type IdentityRecord, lockIdentity } from '../store/identities.ts';
import type { SubmitOutcome } from '../wire/dmp/outcome.ts';
import { type FeedContext, noteDmpHealth } from './dmp-circuit.ts';
import { acceptDelivery, moveDelivery, refuseDelivery, stopDelivery } from './settle.ts';

export interface Job {
  readonly task: Task;
  readonly document: DocumentRecord;
  readonly delivery: DeliveryRecord;
}

interface Frozen {
  /** For whom it was prepared; absent where nothing depends on what the identity is now. */
  readonly identity?: IdentityRecord;
  readonly submissionUniqueId: string;
  readonly ins: Ins;
  readonly original?: Original | undefined;
}

/** Before the first byte leaves. False when the identity changed since it was read: the document goes back to the gate. */
export async function freeze(context: FeedContext, job: Job, frozen: Frozen): Promise<boolean> {
  const { identity: asked, submissionUniqueId, ins, original } = frozen;
  return transaction(context.pool, async (tx) => {
    // Locked in this order, and asked for together: they travel together.
    const [, identity, document] = await Promise.all([
      holdTask(tx, job.task),
      asked === undefined ? undefined : lockIdentity(tx, asked.id),
      lockDocument(tx, job.document.id),
    ]);
    if (identity?.version !== asked?.version || document.state !== 'ready') return false;
    const at = context.now();
    await freezeSending(tx, job.delivery.id, { submissionUniqueId, ...ins, original, at });
    await setDocumentState(tx, document.id, { state: 'sending', ruleId: null, detail: null, at }, 'sent');
    return true;
  });
}

/**
 * Runs the last step of a job on fresh rows under lock. A delivery that is not in the expected state any more (a person
 * withdrew it meanwhile) is left as it is.
 */
export async function finish(
  context: FeedContext,
  { task, document, delivery }: Job,
  expected: 'ready' | 'sending',
  work: (tx: Db, document: DocumentRecord, delivery: DeliveryRecord) => Promise<void>,
): Promise<void> {
  await transaction(context.pool, async (tx) => {
    const [, , freshDocument, freshDelivery] = await Promise.all([
      holdTask(tx, task),
      // The first version first, whoever locks several: what follows may change the one that this one replaces.
      document.chainKey === null ? undefined : lockChain(tx, document.chainKey),
      lockDocument(tx, document.id),
      lockDelivery(tx, delivery.id),
    ]);
    if (freshDelivery.state !== expected) return completeTask(tx, task);
    await work(tx, freshDocument, freshDelivery);
  });
}

/** The identity is not, or no longer, what the document was prepared for; the gate will say what it now waits for. */
export async function backToGate(context: FeedContext, job: Job): Promise<void> {
  await finish(context, job, 'ready', async (tx, document, delivery) => {
    await moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'waiting' });
    await addDocumentTask(tx, document);
    await completeTask(tx, job.task);
  });
}

export async function stop(context: FeedContext, job: Job, refusal: Refusal): Promise<void> {
  await finish(context, job, 'ready', async (tx, document, delivery) => {
    await stopDelivery(tx, context, document, delivery, refusal);
    await completeTask(tx, job.task);
  });
}

/**
 * Not about this document: the service is away, or it refuses our certificate or our software. The document stays ready
 * and is tried again, soon for what passes by itself, slowly for what a person must repair: nothing is rejected for it.
 */
export async function holdBack(
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

export async function settleUnknown(context: FeedContext, job: Job, refusal: Refusal): Promise<void> {
  await finish(context, job, 'sending', async (tx, document, delivery) => {
    await moveDelivery(tx, context, document, delivery, { state: 'unknown', step: 'unknown', refusal });
    await addDeliveryTask(tx, 'reconcile', document, delivery.id, context.dmpConfig.reconciliation.askAfterMs);
    await completeTask(tx, job.task);
  });
}

export async function settle(context: FeedContext, job: Job, outcome: SubmitOutcome, sha1: string): Promise<void> {
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
