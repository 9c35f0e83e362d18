/**
 * What comes back about a mail that left: notifications of delivery (DSN) and of reading (MDN), already read from the mailbox.
 * Each is told once to the sender of the document, as ZAM^Z02 or ZAM^Z03 where it asked for it.
 */
import { oweAnswer } from '../feed/index.ts';
import { withoutMatricule } from '../ins/redact.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { hastenTask } from '../queue/tasks.ts';
import { mssanteRules } from '../rules/mssante.ts';
import type { Refusal } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { addDocumentEvent, type DocumentRecord, lockDocument } from '../store/documents.ts';
import {
  lockMail,
  type MailRecipient,
  type MailRecord,
  mailByMessageId,
  noteRead,
  recipientsOf,
  setMailState,
  setRecipient,
} from '../store/mails.ts';
import { buildMailAnswer, type MailAnswer } from '../wire/hl7v2/mail-answer.ts';
import type { Receipt as ReportedReceipt } from '../wire/mail/report.ts';
import { ruleOfStatus, smtpErrorCode, smtpStatus } from '../wire/mssante/smtp-status.ts';
import { proveAccepted, proveReturned } from './outgoing-ledger.ts';

export interface Receipt extends ReportedReceipt {
  readonly at: Date;
}

/** `unknown`: no mail of ours, or none of its recipients. `repeated`: nothing new, nothing done. */
export type ReceiptEffect = 'applied' | 'repeated' | 'unknown';

export async function applyReceipt(context: UseCaseContext, tx: Db, received: Receipt): Promise<ReceiptEffect> {
  const receipt = redacted(received);
  const known = await mailByMessageId(tx, receipt.originalMessageId.trim().replace(/^<|>$/g, ''));
  if (known === undefined) return 'unknown';
  const document = await lockDocument(tx, known.documentId);
  const mail = await lockMail(tx, known.id);
  const recipients = await recipientsOf(tx, mail.id);
  const recipient = recipientNamed(recipients, receipt.recipient);
  if (recipient === undefined) return 'unknown';
  const about = { document, mail, recipient, recipients };
  return receipt.kind === 'delivery'
    ? applyDelivery(context, tx, about, receipt)
    : applyReading(context, tx, about, receipt);
}

/** A server that refuses the address of a patient repeats it, and with it the matricule. */
function redacted(receipt: Receipt): Receipt {
  const { status, text } = receipt;
  return {
    ...receipt,
    ...(status === undefined ? {} : { status: withoutMatricule(status) }),
    ...(text === undefined ? {} : { text: withoutMatricule(text) }),
  };
}

interface About {
  readonly document: DocumentRecord;
  readonly mail: MailRecord;
  readonly recipient: MailRecipient;
  readonly recipients: readonly MailRecipient[];
}

/** An only recipient is the one, whatever alias its server answers for; a patient's address is not kept. */
function recipientNamed(recipients: readonly MailRecipient[], address: string): MailRecipient | undefined {
  const wanted = address
    .replace(/^rfc822;\s*/i, '')
    .trim()
    .toLowerCase();
  const named = recipients.find((each) => each.address?.toLowerCase() === wanted);
  return named ?? (recipients.length === 1 ? recipients[0] : undefined);
}

async function applyDelivery(context: UseCaseContext, tx: Db, about: About, receipt: Receipt): Promise<ReceiptEffect> {
  const { document, mail, recipient } = about;
  const { outcome, status = '', text } = receipt;
  const at = context.now();
  if (outcome === 'delayed') {
    await addDocumentEvent(tx, document.id, { at, step: 'mail-delayed', detail: detailOf(about, text ?? status) });
    return 'applied';
  }
  const failed = outcome === 'failed';
  const state = failed ? 'failed' : 'delivered';
  if (recipient.state === state) return 'repeated';
  const said = smtpStatus(`${status} ${text ?? ''}`);
  const refusal = failed ? { rule: ruleOfStatus(said), detail: (text ?? status).slice(0, 300) } : undefined;
  await setRecipient(tx, mail.id, recipient.position, {
    state,
    status: said.enhanced ?? said.replyCode ?? null,
    ruleId: refusal?.rule.id ?? null,
    detail: refusal?.detail ?? null,
    at,
  });
  await addDocumentEvent(tx, document.id, {
    at,
    step: failed ? 'mail-failed' : 'mail-delivered',
    ruleId: refusal?.rule.id ?? null,
    detail: detailOf(about, refusal?.detail),
  });
  await settleMail(context, tx, about, refusal);
  await tellDelivery(tx, context, about, failed ? { kind: 'smtp', ...smtpErrorCode(said) } : { kind: 'accepted' });
  return 'applied';
}

/** Refused when nobody has it; accepted when its end was not known and somebody has. */
async function settleMail(context: UseCaseContext, tx: Db, about: About, failure: Refusal | undefined): Promise<void> {
  const { document, mail, recipient, recipients } = about;
  const others = recipients.filter(({ position }) => position !== recipient.position);
  const nobody = failure !== undefined && others.every(({ state }) => state === 'failed');
  const at = context.now();
  if (nobody) {
    const { rule, detail } = failure;
    await setMailState(tx, mail.id, { state: 'refused', ruleId: rule.id, detail: detail ?? null, at });
    await proveReturned(tx, context, { document, mail });
  } else if (failure === undefined && ['unknown', 'sending', 'refused'].includes(mail.state)) {
    await setMailState(tx, mail.id, { state: 'accepted', ruleId: null, detail: null, at });
    await proveAccepted(tx, context, { document, mail });
  }
  if (mail.state === 'unknown') await hastenTask(tx, 'mail', mail.id);
}

async function applyReading(context: UseCaseContext, tx: Db, about: About, receipt: Receipt): Promise<ReceiptEffect> {
  const { document, mail, recipient } = about;
  const rule = receipt.outcome === 'error' ? mssanteRules.integrationFailed : undefined;
  if (rule === undefined ? recipient.readAt !== null : recipient.ruleId === rule.id) return 'repeated';
  const at = context.now();
  const said = [receipt.status, receipt.text]
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, 300);
  await noteRead(tx, mail.id, recipient.position, receipt.at);
  if (rule !== undefined)
    await setRecipient(tx, mail.id, recipient.position, {
      state: recipient.state === 'pending' ? 'delivered' : recipient.state,
      status: receipt.status ?? null,
      ruleId: rule.id,
      detail: said,
      at,
    });
  const step =
    { processed: 'mail-read', deleted: 'mail-deleted-unread' }[receipt.outcome as string] ?? 'mail-not-integrated';
  await addDocumentEvent(tx, document.id, {
    at,
    step,
    ruleId: rule?.id ?? null,
    detail: detailOf(about, said || undefined),
  });
  // Whoever reads it has it.
  if (mail.state === 'unknown' || mail.state === 'sending') await settleMail(context, tx, about, undefined);
  await tellReading(tx, context, about, receipt);
  return 'applied';
}

/** « dr.durand@… : 5.2.2 boîte pleine »; a patient's address holds the matricule and is not written. */
function detailOf({ mail, recipient }: About, said: string | undefined): string {
  return [mail.destination === 'MSSANTE-PATIENT' ? 'patient' : recipient.address, said]
    .filter(Boolean)
    .join(' : ')
    .slice(0, 500);
}

/** The local part of a patient's address is the matricule: it is left out of what is answered and kept. */
function addressTold(context: UseCaseContext, { mail, recipient }: Pick<About, 'mail' | 'recipient'>): string {
  if (mail.destination === 'MSSANTE-PS') return recipient.address ?? '';
  return `patient@${context.config.mssante?.patientDomain ?? ''}`;
}

/** ZAM^Z02, where the sender asked for it (ACK_RECEPTION). */
export async function tellDelivery(
  tx: Db,
  context: UseCaseContext,
  about: Pick<About, 'document' | 'mail' | 'recipient'>,
  answer: MailAnswer,
): Promise<void> {
  if (about.document.notice.mail?.tellsDelivery !== true) return;
  const address = addressTold(context, about);
  await oweAnswer(tx, context, about.document, 'ZAM^Z02', (header, made) =>
    buildMailAnswer('Z02', header, { address, answer }, made),
  );
}

/** ZAM^Z03, where the sender asked for it (ACK_LECTURE_MSS). */
async function tellReading(tx: Db, context: UseCaseContext, about: About, receipt: Receipt): Promise<void> {
  if (about.document.notice.mail?.tellsReading !== true) return;
  const address = addressTold(context, about);
  const { outcome, status, text } = receipt;
  const answer: MailAnswer =
    outcome === 'processed'
      ? { kind: 'accepted' }
      : {
          kind: 'application',
          code: status ?? '906',
          label: text ?? (outcome === 'deleted' ? 'Supprimé sans être lu' : 'Erreur « Autre »'),
        };
  await oweAnswer(tx, context, about.document, 'ZAM^Z03', (header, made) =>
    buildMailAnswer('Z03', header, { address, answer }, made),
  );
}
