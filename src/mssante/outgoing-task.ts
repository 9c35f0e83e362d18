/**
 * Handler of the `mail` tasks: one mail of MSSanté for one document and destination, from its gate to its outcome. As for the
 * DMP, it is frozen in the database before the first byte leaves; a process that dies in between leaves an unknown outcome.
 */
import { recordJudgements } from '../conformance/index.ts';
import { originalOf, prepareForMail } from '../documents/index.ts';
import { CONFIRMED_STEP, identityOf } from '../feed/index.ts';
import { sentIdentityFromRecord } from '../ins/sent-identity.ts';
import type { Ins } from '../ins/types.ts';
import { missingReason, resolveLocalValues } from '../mapping/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, deferTask, holdTask, postponeTask, type Task } from '../queue/tasks.ts';
import { feedRules } from '../rules/feed.ts';
import { mssanteRules } from '../rules/mssante.ts';
import { policyRules } from '../rules/policy.ts';
import { ok, type Refusal, type Result } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import { addDocumentEvent, type DocumentRecord, documentById, eventsOf, lockDocument } from '../store/documents.ts';
import type { FedPatient } from '../store/fed-patients.ts';
import { shareIdentities } from '../store/identities.ts';
import {
  freezeMail,
  isOvertaken,
  lockMail,
  type MAY_HAVE_ARRIVED,
  type MailRecord,
  mailById,
  mailsOfChain,
  recipientsOf,
} from '../store/mails.ts';
import { loadMessage } from '../store/messages.ts';
import { isQualified } from '../wire/mssante/identity.ts';
import { fingerprint } from '../wire/xds/fingerprint.ts';
import { type Mailbox, type MailContext, waitBeforeMail } from './outgoing-context.ts';
import { type MailGate, mailGateOf, withdrawalGate } from './outgoing-gate.ts';
import { type Addresses, deletionMail, documentMail, type Letter } from './outgoing-message.ts';
import { professionalAddresses } from './outgoing-recipients.ts';
import { moveMail, moveToUnknown, type Sending, settleSending, stopMail } from './outgoing-settle.ts';
import { type MailTurn, mailTurnOf } from './outgoing-turn.ts';

/** A value to map, or a directory that is away: nothing announces that it came back. */
const LOOK_AGAIN_MS = 600_000;
const TURN_AGAIN_MS = 10_000;

interface Job {
  readonly task: Task;
  readonly document: DocumentRecord;
  readonly mail: MailRecord;
}

export function mailTaskHandler(
  context: UseCaseContext,
  out?: Omit<MailContext, keyof UseCaseContext>,
): (task: Task) => Promise<void> {
  return async (task) => {
    const mail = await mailById(context.pool, task.subject);
    const document = mail && (await documentById(context.pool, mail.documentId));
    if (mail === undefined || document === undefined) throw new Error(`mail ${task.subject} is gone`);
    const job = { task, document, mail };
    const mailbox = context.config.mssante?.mailboxes.find(({ eg }) => eg === document.eg);
    if (out === undefined || mailbox === undefined) return stop(context, job, { rule: mssanteRules.notConfigured });
    const full: MailContext = { ...context, ...out };
    if (mail.state === 'sending') return becomeUnknown(full, job);
    if (mail.state === 'unknown') return afterUnknown(full, job);
    if (mail.state !== 'waiting' && mail.state !== 'ready')
      return transaction(full.pool, (tx) => completeTask(tx, task));
    await proceed(full, job, mailbox);
  };
}

async function proceed(context: MailContext, job: Job, mailbox: Mailbox): Promise<void> {
  const { document, mail } = job;
  if (document.state === 'unreadable') return stop(context, job, { rule: mssanteRules.documentStopped });
  // It may have been on its way, or tried in vain, when the person decided.
  const { withdrawnByPerson } = feedRules;
  if (document.state === 'withdrawn' && document.ruleId === withdrawnByPerson.id)
    return stop(context, job, { rule: withdrawnByPerson });
  if (await isOvertaken(context.pool, document, mail.destination, withdrawnByPerson.id))
    return stop(context, job, { rule: mssanteRules.superseded });
  const chain = document.chainKey === null ? [] : await mailsOfChain(context.pool, document.chainKey, mail.destination);
  const found = mailTurnOf(mail, chain);
  if (found.kind === 'wait') return wait(context, job, { rule: mssanteRules.behindAnother }, TURN_AGAIN_MS);
  if (found.kind === 'overtaken') return stop(context, job, { rule: mssanteRules.superseded });
  const identity = await identityOf(context.pool, document);
  const gate = await gateNow(context, job, identity, found);
  if (gate.kind === 'waiting')
    return wait(context, job, gate.refusal, comesBackAlone(gate.refusal) ? undefined : LOOK_AGAIN_MS);
  if (gate.kind === 'ended') return stop(context, job, gate.refusal);
  if (mayBeElsewhere(job, gate)) return stop(context, job, { rule: mssanteRules.outcomeToDecide });
  const turn = withinMailbox(found, job, gate);
  await supersede(context, turn);
  if (document.action === 'delete' && turn.original === undefined) return nothingToRetract(context, job);
  const letter = await letterOf(context, job, mailbox, turn);
  const to = await addressesOf(context, letter, gate, turn);
  if (!to.ok) {
    const away = to.refusal.rule === mssanteRules.directoryUnavailable;
    return away ? wait(context, job, to.refusal, LOOK_AGAIN_MS) : stop(context, job, to.refusal);
  }
  const bytes = await write(context, letter, gate, turn, to.value.addresses);
  if (!bytes.ok) {
    const passes = bytes.refusal.rule.retry === 'automatic';
    return passes ? wait(context, job, bytes.refusal, LOOK_AGAIN_MS) : stop(context, job, bytes.refusal);
  }
  await send(context, job, mailbox, { letter, gate, turn, ...to.value, bytes: bytes.value });
}

/** It may be in the mailbox of the INS under which it was tried: sent again under another, that one would be forgotten. */
function mayBeElsewhere({ document, mail }: Job, { patient }: Open): boolean {
  const { mayHaveArrived } = (mail.outcome ?? {}) as Partial<typeof MAY_HAVE_ARRIVED>;
  if (mayHaveArrived !== true || mail.destination !== 'MSSANTE-PATIENT' || document.action === 'delete') return false;
  return !isQualified(patient) || patient.ins.matricule !== mail.sentMatricule || patient.ins.oid !== mail.sentOid;
}

/** In the mailbox of another INS there is nothing for this one to replace: only a withdrawal goes there. */
function withinMailbox(turn: Go, { document, mail }: Job, { patient }: Open): Go {
  const { original, ...others } = turn;
  if (original === undefined || mail.destination !== 'MSSANTE-PATIENT' || document.action === 'delete') return turn;
  const same = isQualified(patient) && patient.ins.matricule === original.sentMatricule;
  return same ? turn : { ...others };
}

/** What an identity holds back is looked at when it changes; a suspension, or its end, announces nothing here. */
function comesBackAlone({ rule }: Refusal): boolean {
  return rule !== policyRules.suspended;
}

type Open = Extract<MailGate, { kind: 'open' }>;
type Go = Extract<MailTurn, { kind: 'go' }>;

/** A mail that withdraws another is asked for whatever the identity has become: it goes where the other one went. */
async function gateNow(
  context: MailContext,
  { document, mail }: Job,
  identity: FedPatient | undefined,
  turn: Go,
): Promise<MailGate> {
  if (document.action === 'delete' && identity !== undefined && turn.original !== undefined)
    return withdrawalGate(identity);
  const gate = mailGateOf(context, document, mail, identity, false);
  if (gate.kind !== 'waiting' || gate.refusal.rule !== feedRules.lateQualification) return gate;
  const events = await eventsOf(context.pool, document.id);
  return events.some(({ step }) => step === CONFIRMED_STEP)
    ? mailGateOf(context, document, mail, identity, true)
    : gate;
}

async function letterOf(context: MailContext, { document, mail }: Job, mailbox: Mailbox, turn: Go): Promise<Letter> {
  const recipients = (await recipientsOf(context.pool, mail.id)).filter(({ state }) => state === 'pending');
  return { document, mail, mailbox, recipients, inReplyTo: turn.original?.messageId };
}

interface Directed {
  readonly addresses: Addresses;
  /** Carried by the mail, by its address at least. */
  readonly ins: Ins | undefined;
}

/** A patient's is made of the qualified INS; that of a withdrawal, of the INS under which the first mail went. */
async function addressesOf(
  context: MailContext,
  letter: Letter,
  { patient }: Open,
  turn: Go,
): Promise<Result<Directed>> {
  const own = isQualified(patient) ? patient.ins : undefined;
  if (letter.mail.destination === 'MSSANTE-PS') {
    const addresses = await professionalAddresses(context, letter.recipients);
    return addresses.ok
      ? ok({ addresses: addresses.value, ins: letter.document.action === 'delete' ? undefined : own })
      : addresses;
  }
  const ins = letter.document.action === 'delete' ? sentIns(turn) : own;
  if (ins === undefined) throw new Error(`mail ${letter.mail.id} to a patient passed its gate without an INS`);
  const address = `${ins.matricule}@${context.mssante.patientDomain}`;
  return ok({ addresses: [{ address, name: '' }], ins });
}

function sentIns({ original }: Go): Ins | undefined {
  const sent = sentIdentityFromRecord({ matricule: original?.sentMatricule ?? '', oid: original?.sentOid ?? '' });
  return sent.ok ? sent.value.ins : undefined;
}

async function write(
  context: MailContext,
  letter: Letter,
  { patient, identity }: Open,
  turn: Go,
  to: Addresses,
): Promise<Result<Buffer>> {
  const { document } = letter;
  if (document.action === 'delete') {
    const sent = sentIns(turn);
    const same = sent === undefined || (sent.matricule === identity.matricule && sent.oid === identity.oid);
    return deletionMail(context, letter, same ? patient.traits : undefined, to);
  }
  const resolution = await resolveLocalValues(context.pool, context, document);
  const missing = resolution.ended ?? missingReason(resolution);
  if (missing !== undefined) return { ok: false, refusal: missing };
  const original = originalOf(await loadMessage(context.pool, document.messageId, context.kept), document.part);
  if (!original.ok) return original;
  const prepared = await prepareForMail(
    context,
    resolution.document,
    original.value,
    patient,
    context.stamper,
    document.action === 'replace' ? document.notice.designates : undefined,
  );
  if (!prepared.ok) return prepared;
  const stopped = await conformanceRefusal(context, document, prepared.value.cda);
  return stopped === undefined
    ? documentMail(context, letter, prepared.value, patient, to)
    : { ok: false, refusal: stopped };
}

/** What the rule packs in service say of it, kept with the document: a mail leaves by the same rules as to the DMP. */
async function conformanceRefusal(
  context: MailContext,
  document: DocumentRecord,
  cda: Buffer,
): Promise<Refusal | undefined> {
  if (!context.conformance.active()) return undefined;
  const { refusal, judgements } = await context.conformance.check(document, cda);
  await transaction(context.pool, (tx) => recordJudgements(tx, document.id, judgements));
  return refusal;
}

interface Ready extends Directed {
  readonly letter: Letter;
  readonly gate: Open;
  readonly turn: Go;
  readonly bytes: Buffer;
}

async function send(context: MailContext, job: Job, mailbox: Mailbox, ready: Ready): Promise<void> {
  const waitMs = await waitBeforeMail(context);
  if (waitMs > 0) return transaction(context.pool, (tx) => deferTask(tx, job.task, waitMs));
  if (!(await freeze(context, job, ready))) return;
  const to = ready.addresses.map(({ address }) => address);
  const outcome = await context.send(mailbox, { from: mailbox.address, to, id: job.mail.id, bytes: ready.bytes });
  const { original } = ready.turn;
  const ended = job.document.action === 'delete' ? 'deleted' : 'replaced';
  const sending: Sending = { ...job, ...(original && { original: { id: original.id, ended } }) };
  await settleSending(context, sending, outcome);
}

/** Before the first byte leaves. False when what it was built on has changed: the task looks again. */
async function freeze(
  context: MailContext,
  { task, document, mail }: Job,
  { gate, ins, bytes }: Ready,
): Promise<boolean> {
  return transaction(context.pool, async (tx) => {
    await holdTask(tx, task);
    const versions = await shareIdentities(tx, [gate.identity.id]);
    const locked = await lockDocument(tx, document.id);
    const fresh = await lockMail(tx, mail.id);
    const same =
      versions.get(gate.identity.id) === gate.identity.version &&
      locked.chainKey === document.chainKey &&
      (fresh.state === 'waiting' || fresh.state === 'ready');
    if (!same) {
      await deferTask(tx, task, 0);
      return false;
    }
    const at = context.now();
    await freezeMail(tx, mail.id, { ins, sha1: fingerprint(bytes), at });
    await addDocumentEvent(tx, document.id, { at, step: 'mail-sent', detail: destinationLabel(mail) });
    return true;
  });
}

function destinationLabel({ destination }: MailRecord): string {
  return destination === 'MSSANTE-PATIENT' ? 'patient' : 'professionnels';
}

/** Whoever froze it is dead or fenced off. */
async function becomeUnknown(context: MailContext, job: Job): Promise<void> {
  await transaction(context.pool, async (tx) => {
    const document = await lockDocument(tx, job.document.id);
    const mail = await lockMail(tx, job.mail.id);
    if (mail.state === 'sending') await moveToUnknown(tx, context, { document, mail });
    await postponeTask(tx, job.task, context.mssante.ambiguous.waitForReceiptMs);
  });
}

/** No receipt came in time: the very same mail goes again, under its Message-ID, or a person decides. */
async function afterUnknown(context: MailContext, job: Job): Promise<void> {
  const { waitForReceiptMs, afterwards } = context.mssante.ambiguous;
  await transaction(context.pool, async (tx) => {
    const document = await lockDocument(tx, job.document.id);
    const mail = await lockMail(tx, job.mail.id);
    const remaining = mail.updatedAt.getTime() + waitForReceiptMs - context.now().getTime();
    if (mail.state !== 'unknown') return completeTask(tx, job.task);
    if (remaining > 0) return deferTask(tx, job.task, remaining);
    if (afterwards === 'stop') {
      await completeTask(tx, job.task);
      return moveMail(tx, context, { document, mail }, 'refused', 'mail-refused', {
        rule: mssanteRules.outcomeToDecide,
      });
    }
    await moveMail(tx, context, { document, mail }, 'ready', 'mail-resend');
    await deferTask(tx, job.task, 0);
  });
}

/** It waits: an identity that changes looks at it again; `againMs` where nothing else would. */
async function wait(context: MailContext, job: Job, refusal: Refusal, againMs?: number): Promise<void> {
  await transaction(context.pool, async (tx) => {
    const document = await lockDocument(tx, job.document.id);
    const mail = await lockMail(tx, job.mail.id);
    await (againMs === undefined ? completeTask(tx, job.task) : postponeTask(tx, job.task, againMs));
    if (mail.state === 'waiting' || mail.state === 'ready')
      await moveMail(tx, context, { document, mail }, 'waiting', 'mail-waiting', refusal);
  });
}

async function stop(context: UseCaseContext, job: Job, refusal: Refusal): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await completeTask(tx, job.task);
    await stopMail(tx, context, job.mail.id, refusal);
  });
}

/** Versions that never left are not sent any more. */
async function supersede(context: MailContext, { superseded }: Go): Promise<void> {
  for (const { id } of superseded)
    await transaction(context.pool, (tx) => stopMail(tx, context, id, { rule: mssanteRules.superseded }));
}

async function nothingToRetract(context: MailContext, job: Job): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await completeTask(tx, job.task);
    const document = await lockDocument(tx, job.document.id);
    const mail = await lockMail(tx, job.mail.id);
    await moveMail(tx, context, { document, mail }, 'withdrawn', 'mail-withdrawn', {
      rule: mssanteRules.nothingToRetract,
    });
  });
}
