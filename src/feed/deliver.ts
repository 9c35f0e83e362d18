/**
 * Handler of the `deliver` tasks: one submission to the DMP (TD0.2, then TD2.1). What leaves is frozen in the database
 * before the first byte does, so that after any crash the outcome is known to be unknown, and asked for, never guessed.
 */
import { createHash } from 'node:crypto';
import { contentType, contentTypeOfPatientClass } from '../codes/content-types.ts';
import { establishmentOf } from '../config/lookup.ts';
import { submittedCda } from '../documents/index.ts';
import { qualifiedIdentityOf } from '../identity/index.ts';
import { parseOid } from '../ins/oids.ts';
import { freezeSentIdentity } from '../ins/sent-identity.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask, backoffMs, completeTask, holdTask, postponeTask, type Task } from '../queue/tasks.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import type { Refusal } from '../rules/rule.ts';
import { askLeave, recordFailure, recordHealthy } from '../store/circuits.ts';
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
import { readCdaHeader } from '../wire/cda/header.ts';
import { deriveDocumentUniqueId } from '../wire/cda/unique-id.ts';
import type { DmpClient } from '../wire/dmp/client.ts';
import type { SubmitOutcome } from '../wire/dmp/outcome.ts';
import type { Acting } from '../wire/vihf/vihf.ts';
import { documentEntryFromCda } from '../wire/xds/from-cda.ts';
import type { Submission } from '../wire/xds/submission.ts';
import { acceptDelivery, moveDelivery, refuseDelivery, structureOf } from './settle.ts';

/** The part of the configuration without which nothing is delivered. */
export type DmpConfig = NonNullable<UseCaseContext['config']['dmp']>;

export interface FeedContext extends UseCaseContext {
  readonly dmp: DmpClient;
  readonly dmpConfig: DmpConfig;
}

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
    if (delivery.state === 'sending') return settleUnknown(context, job, { rule: dmpRules.outcomeUnknown });
    if (delivery.state !== 'ready') return transaction(context.pool, (tx) => completeTask(tx, task));
    const waitMs = await transaction(context.pool, (tx) =>
      askLeave(tx, 'DMP', context.now(), paceOf(context.dmpConfig)),
    );
    if (waitMs > 0) return transaction(context.pool, (tx) => postponeTask(tx, task, waitMs));
    await send(context, job);
  };
}

function paceOf(config: DmpConfig) {
  return { intervalMs: 0, probeAfterMs: config.circuit.probeAfterMs };
}

/** Who acts for this document: the EG, and the person responsible for the automated feed (practice 14). */
export function actingFor(context: FeedContext, document: DocumentRecord): Acting {
  const { geographic } = establishmentOf(context.config, document.eg);
  const { responsible } = context.dmpConfig;
  return {
    structure: structureOf(geographic),
    sector: geographic.sector,
    responsible: { id: responsible.id, name: `${responsible.family} ${responsible.given}` },
  };
}

async function send(context: FeedContext, job: Job): Promise<void> {
  const { document } = job;
  const identity = document.identityId === null ? undefined : await identityById(context.pool, document.identityId);
  const patient = identity && qualifiedIdentityOf(identity);
  if (identity === undefined || patient?.ok !== true) return backToGate(context, job);
  const acting = actingFor(context, document);
  if (context.dmpConfig.checkExistence && !(await mayFeed(context, job, patient.value, acting))) return;
  const built = await submissionOf(context, document, patient.value);
  if (!built.ok) return stop(context, job, built.refusal);
  const frozen = await freeze(context, job, identity, patient.value, built.submission);
  if (!frozen) return backToGate(context, job);
  const outcome = await context.dmp.submit(built.submission, acting);
  await settle(context, job, outcome, built.sha1);
}

/** TD0.2: no DMP, or a closed one, ends the wait (practice 9). */
async function mayFeed(context: FeedContext, job: Job, patient: QualifiedIdentity, acting: Acting): Promise<boolean> {
  const answer = await context.dmp.existence(patient, acting);
  if (answer.kind === 'failed') {
    await holdBack(context, job, answer.refusal, answer.class === 'transient');
    return false;
  }
  if (answer.value.state === 'active') return true;
  await stop(context, job, { rule: answer.value.state === 'absent' ? feedRules.dmpAbsent : feedRules.dmpClosed });
  return false;
}

type Built = { ok: true; submission: Submission; sha1: string } | { ok: false; refusal: Refusal };

async function submissionOf(
  context: FeedContext,
  document: DocumentRecord,
  patient: QualifiedIdentity,
): Promise<Built> {
  const cda = await submittedCda(context.pool, document);
  if (!cda.ok) return cda;
  const header = readCdaHeader(cda.value);
  if (!header.ok) return header;
  const { maskedFromProfessionals, invisibleToPatient } = document.notice.visibility;
  const visibility = [
    ...(maskedFromProfessionals ? (['MASQUE_PS'] as const) : []),
    ...(invisibleToPatient ? (['INVISIBLE_PATIENT'] as const) : []),
  ];
  const entry = documentEntryFromCda(header.value, patient, visibility);
  if (!entry.ok) return entry;
  const root = establishmentOf(context.config, document.eg).legal.documentRoot;
  const derive = (what: string) =>
    deriveDocumentUniqueId(root, { sender: what, controlId: document.uniqueId, contentDigest: '' });
  const setId = derive('submission');
  const signatureId = derive('signature');
  if (!setId.ok) return setId;
  if (!signatureId.ok) return signatureId;
  const uniqueId = parseOid(setId.value);
  if (!uniqueId.ok) return uniqueId;
  const { responsible } = context.dmpConfig;
  const submission: Submission = {
    uniqueId: uniqueId.value,
    signatureUniqueId: signatureId.value,
    contentTypeCode:
      contentTypeOfPatientClass(document.notice.patientClass ?? '') ?? contentType('97') ?? entry.value.classCode,
    author: {
      person: { ...responsible, authority: '1.2.250.1.71.4.2.1', kind: 'D', idType: 'IDNPS' },
    },
    submissionTime: context.now().toISOString().replace(/\D/g, '').slice(0, 14),
    title: document.title,
    documents: [{ entry: entry.value, bytes: cda.value }],
  };
  return { ok: true, submission, sha1: createHash('sha1').update(cda.value).digest('hex') };
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

/** The identity is not, or no longer, what the document was prepared for. */
async function backToGate(context: FeedContext, job: Job): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await completeTask(tx, job.task);
    const document = await lockDocument(tx, job.document.id);
    if (document.state !== 'ready') return;
    const delivery = await lockDelivery(tx, job.delivery.id);
    await moveDelivery(tx, context, document, delivery, {
      state: 'waiting',
      step: 'waiting',
      refusal: { rule: feedRules.insiPending },
    });
    await addTask(tx, { kind: 'document', subject: document.id, orderKey: `document:${document.uniqueId}` });
  });
}

/** Loads fresh rows under lock and runs the last step of a job. */
async function finish(
  context: FeedContext,
  job: Job,
  work: (tx: Db, document: DocumentRecord, delivery: DeliveryRecord) => Promise<void>,
): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await holdTask(tx, job.task);
    const document = await lockDocument(tx, job.document.id);
    await work(tx, document, await lockDelivery(tx, job.delivery.id));
  });
}

async function stop(context: FeedContext, job: Job, refusal: Refusal): Promise<void> {
  await finish(context, job, async (tx, document, delivery) => {
    const state = refusal.rule.retry === 'never' ? 'withdrawn' : 'refused';
    await refuseDelivery(tx, context, document, delivery, { refusal, state });
    await completeTask(tx, job.task);
  });
}

/**
 * Not about this document: the service is away, or it refuses our certificate or our software. The document stays ready
 * and is tried again, soon for what passes by itself, slowly for what a person must repair: nothing is rejected for it.
 */
async function holdBack(context: FeedContext, job: Job, refusal: Refusal, transient: boolean): Promise<void> {
  const { retry, circuit } = context.dmpConfig;
  await finish(context, job, async (tx, document, delivery) => {
    await moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'postponed', refusal });
    await recordFailure(tx, 'DMP', context.now(), {
      error: refusal.rule.title,
      limit: circuit.failures,
      probeAfterMs: circuit.probeAfterMs,
    });
    const jitter = ((job.task.id * 7_919) % 1_000) / 1_000;
    await postponeTask(tx, job.task, transient ? backoffMs(job.task.attempts, retry, jitter) : retry.maxMs);
  });
}

async function settleUnknown(context: FeedContext, job: Job, refusal: Refusal): Promise<void> {
  await finish(context, job, async (tx, document, delivery) => {
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
    return finish(context, job, async (tx, document, delivery) => {
      await recordHealthy(tx, 'DMP', context.now());
      await acceptDelivery(tx, context, document, delivery, {
        sha1,
        step: 'accepted',
        ...(outcome.warnings.length === 0 ? {} : { outcome: { warnings: outcome.warnings } }),
      });
      await completeTask(tx, job.task);
    });
  }
  if (outcome.class === 'ambiguous') {
    await noteFailure(context, outcome.refusal);
    return settleUnknown(context, job, outcome.refusal);
  }
  if (outcome.kind !== 'refused' || outcome.class === 'transient')
    return holdBack(context, job, outcome.refusal, outcome.class === 'transient');
  const [first] = outcome.errors;
  return finish(context, job, async (tx, document, delivery) => {
    await recordHealthy(tx, 'DMP', context.now());
    await refuseDelivery(tx, context, document, delivery, {
      state: 'refused',
      refusal: outcome.refusal,
      outcome: { errors: outcome.errors },
      ...(first === undefined ? {} : { dmp: { code: first.code, label: first.context } }),
    });
    await completeTask(tx, job.task);
  });
}

async function noteFailure(context: FeedContext, refusal: Refusal): Promise<void> {
  const { circuit } = context.dmpConfig;
  await recordFailure(context.pool, 'DMP', context.now(), {
    error: refusal.rule.title,
    limit: circuit.failures,
    probeAfterMs: circuit.probeAfterMs,
  });
}
