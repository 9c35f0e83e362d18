/** One call to the DMP for one delivery, and what its end does to it. Whatever the call: a document, a version, a deletion. */
import type { Ins } from '../ins/types.ts';
import { addDeliveryTask, addDocumentTask } from '../queue/document-tasks.ts';
import { completeTask, deferTask, holdTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { dmpRules } from '../rules/dmp.ts';
import type { Refusal } from '../rules/rule.ts';
import { lockChain } from '../store/chains.ts';
import { type Db, transaction } from '../store/db.ts';
import { type DeliveryRecord, freezeSending, lockDelivery, type Original } from '../store/deliveries.ts';
import { addDocumentEvent, type DocumentRecord, lockDocument, lockPlace } from '../store/documents.ts';
import { type IdentityRecord, shareIdentities } from '../store/identities.ts';
import type { Sent } from '../wire/dmp/exchange.ts';
import type { SubmitOutcome } from '../wire/dmp/outcome.ts';
import { type FeedContext, noteDmpHealth } from './dmp-circuit.ts';
import { acceptDelivery, moveDelivery, refuseDelivery, sentAs, stopDelivery } from './settle.ts';

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

/** Before the first byte leaves. False when it does not leave: what had changed since it was read is settled, or read again. */
export async function freeze(context: FeedContext, job: Job, frozen: Frozen): Promise<boolean> {
  const { identity: asked, submissionUniqueId, ins, original } = frozen;
  const change = await transaction(context.pool, async (tx) => {
    // Locked in this order, and asked for together: they travel together.
    const [, versions, document] = await Promise.all([
      holdTask(tx, job.task),
      asked && shareIdentities(tx, [asked.id]),
      lockPlace(tx, job.document.id),
    ]);
    const isAsRead =
      asked === undefined || (versions?.get(asked.id) === asked.version && document.identityId === asked.id);
    if (!isAsRead || document.state !== 'ready') return 'identity';
    if (document.chainKey !== job.document.chainKey) {
      await deferTask(tx, job.task, 0);
      return 'chain';
    }
    const at = context.now();
    await freezeSending(tx, job.delivery.id, { submissionUniqueId, ...ins, original, at }, job.document.id);
    return undefined;
  });
  if (change === 'identity') await backToGate(context, job);
  return change === undefined;
}

/** What becomes of the task of a job at its last step: it ends, or is tried again after this time. */
type End = 'ends' | { readonly comesBackAfterMs: number };

/**
 * Runs the last step of a job on fresh rows under lock. A delivery that is not in the expected state any more (a person
 * withdrew it meanwhile) is left as it is, and its task ends.
 */
export async function finish(
  context: FeedContext,
  { task, document, delivery }: Job,
  expected: 'ready' | 'sending',
  end: End,
  work: (tx: Db, document: DocumentRecord, delivery: DeliveryRecord) => Promise<void>,
): Promise<void> {
  await transaction(context.pool, async (tx) => {
    const [, , freshDocument, freshDelivery] = await Promise.all([
      // First, and it proves that the lease is still held.
      end === 'ends' ? completeTask(tx, task) : postponeTask(tx, task, end.comesBackAfterMs),
      // The first version first, whoever locks several: what follows may change the one that this one replaces.
      document.chainKey === null ? undefined : lockChain(tx, document.chainKey),
      lockDocument(tx, document.id),
      lockDelivery(tx, delivery.id),
    ]);
    if (freshDelivery.state === expected) await work(tx, freshDocument, freshDelivery);
    // Somebody sent it, who has lost its task: without this one nobody would ever ask what became of it.
    else if (freshDelivery.state === 'sending')
      throw new Error(`delivery ${delivery.id} is on its way by another hand`);
    else if (end !== 'ends') await completeTask(tx, task);
  });
}

/** The identity is not, or no longer, what the document was prepared for; the gate will say what it now waits for. */
export async function backToGate(context: FeedContext, job: Job): Promise<void> {
  await finish(context, job, 'ready', 'ends', async (tx, document, delivery) => {
    await moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'waiting' });
    await addDocumentTask(tx, document);
  });
}

export async function stop(context: FeedContext, job: Job, refusal: Refusal): Promise<void> {
  await finish(context, job, 'ready', 'ends', (tx, document, delivery) =>
    stopDelivery(tx, context, document, delivery, refusal),
  );
}

/**
 * Not about this document: the service is away, or it refuses our certificate or our software. The document stays ready
 * and is tried again, soon for what passes by itself, slowly for what a person must repair: nothing is rejected for it.
 */
export async function holdBack(
  context: FeedContext,
  job: Job,
  from: 'ready' | 'sending',
  refusal: Refusal & Sent,
  passesByItself: boolean,
): Promise<void> {
  const { retry } = context.dmpConfig;
  const comesBackAfterMs = passesByItself ? retryDelayMs(job.task, retry) : retry.maxMs;
  await finish(context, job, from, { comesBackAfterMs }, (tx, document, delivery) =>
    moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'postponed', refusal }),
  );
  await noteDmpHealth(context.pool, context, { ...refusal, passesByItself });
}

export async function settleUnknown(context: FeedContext, job: Job, refusal: Refusal & Sent): Promise<void> {
  await finish(context, job, 'sending', 'ends', async (tx, document, delivery) => {
    await moveDelivery(tx, context, document, delivery, { state: 'unknown', step: 'unknown', refusal });
    const delayMs = context.dmpConfig.reconciliation.askAfterMs;
    await addDeliveryTask(tx, 'reconcile', document, delivery.id, delayMs);
  });
}

/** `noted`: what was seen before it left and did not stop it. */
export async function settle(
  context: FeedContext,
  job: Job,
  outcome: SubmitOutcome,
  sha1: string,
  noted: readonly Refusal[] = [],
): Promise<void> {
  if (outcome.kind === 'accepted') {
    await noteDmpHealth(context.pool, context);
    return finish(context, job, 'sending', 'ends', async (tx, document, delivery) => {
      for (const { rule, detail = null } of noted)
        await addDocumentEvent(tx, document.id, { at: context.now(), step: 'warning', ruleId: rule.id, detail });
      await acceptDelivery(tx, context, document, delivery, {
        sha1,
        step: 'accepted',
        ...(outcome.warnings.length === 0 ? {} : { outcome: { warnings: outcome.warnings } }),
      });
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
  await finish(context, job, 'sending', 'ends', (tx, document, delivery) =>
    refuseDelivery(tx, context, document, delivery, {
      state: 'refused',
      refusal: outcome.refusal,
      outcome: { errors, ...sentAs(outcome.refusal) },
      ...(first === undefined ? {} : { dmp: { code: first.code, label: first.context } }),
    }),
  );
}
