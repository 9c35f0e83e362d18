/** Every end of a sending: state of the mail and of its recipients, timeline of its document, answers owed. */
import { withoutMatricule } from '../ins/redact.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { mssanteRules } from '../rules/mssante.ts';
import type { Refusal } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { addDocumentEvent, type DocumentRecord, lockDocument } from '../store/documents.ts';
import {
  endMail,
  lockMail,
  MAY_HAVE_ARRIVED,
  type MailRecipient,
  type MailRecord,
  type MailState,
  mailById,
  recipientsOf,
  setMailState,
  setRecipient,
} from '../store/mails.ts';
import type { MailOutcome, RefusedRecipient } from '../wire/mssante/smtp-client.ts';
import { type MailContext, noteMailHealth } from './outgoing-context.ts';
import { proveAccepted } from './outgoing-ledger.ts';
import { applyReceipt, tellDelivery } from './receipts.ts';

/** « Non transmissible » when nothing can make it leave as it is, refused when somebody can correct it. */
export async function stopMail(tx: Db, context: UseCaseContext, mailId: string, refusal: Refusal): Promise<void> {
  const known = await mailById(tx, mailId);
  if (known === undefined) throw new Error(`mail ${mailId} is gone`);
  const document = await lockDocument(tx, known.documentId);
  const mail = await lockMail(tx, mailId);
  if (mail.state === 'accepted' || mail.state === 'refused' || mail.state === 'withdrawn') return;
  const state = refusal.rule.retry === 'never' ? 'withdrawn' : 'refused';
  await moveMail(tx, context, { document, mail }, state, `mail-${state}`, refusal);
  for (const recipient of await recipientsOf(tx, mail.id))
    if (recipient.state === 'pending')
      await tellDelivery(tx, context, { document, mail, recipient }, { kind: 'refused', refusal });
}

interface Held {
  readonly document: DocumentRecord;
  readonly mail: MailRecord;
}

/** The same reason met again is not written again in the timeline. */
export async function moveMail(
  tx: Db,
  context: UseCaseContext,
  { document, mail }: Held,
  state: MailState,
  step: string,
  refusal?: Refusal,
  outcome?: unknown,
): Promise<void> {
  const at = context.now();
  const ruleId = refusal?.rule.id ?? null;
  const detail = refusal?.detail === undefined ? null : withoutMatricule(refusal.detail).slice(0, 500);
  await setMailState(tx, mail.id, { state, ruleId, detail, at, ...(outcome === undefined ? {} : { outcome }) });
  if (mail.state === state && mail.ruleId === ruleId) return;
  await addDocumentEvent(tx, document.id, { at, step, ruleId, detail });
}

/** From here on somebody may have it, whatever becomes of the next attempt. */
export async function moveToUnknown(tx: Db, context: UseCaseContext, held: Held, reason?: string): Promise<void> {
  const refusal = { rule: mssanteRules.outcomeUnknown, ...(reason === undefined ? {} : { detail: reason }) };
  await moveMail(tx, context, held, 'unknown', 'mail-unknown', refusal, MAY_HAVE_ARRIVED);
}

/** What was sent, and the mail that it replaces or withdraws. */
export interface Sending extends Held {
  readonly task: Task;
  readonly original?: { readonly id: string; readonly ended: 'replaced' | 'deleted' } | undefined;
}

/** How the dialogue with the server ended, recorded with everything that follows from it. */
export async function settleSending(context: MailContext, sending: Sending, outcome: MailOutcome): Promise<void> {
  await transaction(context.pool, async (tx) => {
    const document = await lockDocument(tx, sending.document.id);
    const mail = await lockMail(tx, sending.mail.id);
    const fresh = { ...sending, document, mail };
    // A receipt came back before the end of the dialogue was known here: of its recipient, and of no other.
    if (mail.state !== 'sending' && (mail.state !== 'accepted' || outcome.kind !== 'taken'))
      return completeTask(tx, sending.task);
    switch (outcome.kind) {
      case 'taken':
        return settleAnswered(tx, context, fresh, outcome.reply, outcome.refused, outcome.notifies);
      case 'refused':
        return settleAnswered(tx, context, fresh, outcome.reply, outcome.recipients, undefined);
      case 'not-taken': {
        const rule = outcome.tls ? mssanteRules.certificateRefused : mssanteRules.unreachable;
        return holdBack(tx, context, fresh, { rule, detail: outcome.reason });
      }
      case 'unknown':
        await moveToUnknown(tx, context, fresh, outcome.reason);
        return postponeTask(tx, sending.task, context.mssante.ambiguous.waitForReceiptMs);
    }
  });
  const failed = outcome.kind === 'not-taken' || outcome.kind === 'unknown';
  const rule = outcome.kind === 'not-taken' && outcome.tls ? mssanteRules.certificateRefused : mssanteRules.unreachable;
  await noteMailHealth(context.pool, context, failed ? { rule } : undefined);
}

async function holdBack(tx: Db, context: MailContext, sending: Sending, refusal: Refusal): Promise<void> {
  await moveMail(tx, context, sending, 'ready', 'mail-postponed', refusal);
  await postponeTask(tx, sending.task, retryDelayMs(sending.task, context.mssante.retry));
}

const HOUR_MS = 3_600_000;

/** The server spoke: of the mail as a whole, or of each recipient. `notifies` undefined: it took it for nobody. */
async function settleAnswered(
  tx: Db,
  context: MailContext,
  sending: Sending,
  reply: string,
  refused: readonly RefusedRecipient[],
  notifies: boolean | undefined,
): Promise<void> {
  const { mail, document } = sending;
  const tooLong =
    context.now().getTime() - (mail.firstSentAt?.getTime() ?? 0) > context.mssante.giveUpAfterHours * HOUR_MS;
  const pending = (await recipientsOf(tx, mail.id)).filter(({ state }) => state === 'pending');
  let delayed = 0;
  for (const recipient of pending) {
    const own = refused.find(
      ({ address }) => pending.length === 1 || address.toLowerCase() === recipient.address?.toLowerCase(),
    );
    const said = own?.reply ?? (notifies === undefined ? reply : undefined);
    if (said === undefined) await take(tx, context, { document, mail, recipient }, notifies === true);
    else if (/^4/.test(said) && !tooLong) delayed++;
    else await fail(tx, context, mail, recipient, said);
  }
  const outcome = { reply: withoutMatricule(reply) };
  if (delayed > 0) {
    const refusal = { rule: mssanteRules.temporarilyRefused, detail: refused[0]?.reply ?? reply };
    return holdBack(tx, context, { ...sending, mail: await lockMail(tx, mail.id) }, refusal);
  }
  await completeTask(tx, sending.task);
  const fresh = { document, mail: await lockMail(tx, mail.id) };
  const reached = (await recipientsOf(tx, mail.id)).some(({ state }) => state === 'taken' || state === 'delivered');
  if (!reached) return;
  await moveMail(tx, context, fresh, 'accepted', 'mail-accepted', undefined, outcome);
  await proveAccepted(tx, context, fresh);
  const { original } = sending;
  if (original !== undefined) await endMail(tx, original.id, original.ended, context.now());
}

/** A server that sends no notification has said all that it will: what it took is what the sender is told. */
async function take(
  tx: Db,
  context: MailContext,
  about: Held & { readonly recipient: MailRecipient },
  notifies: boolean,
): Promise<void> {
  const at = context.now();
  const change = { state: 'taken', status: null, ruleId: null, detail: null, at } as const;
  await setRecipient(tx, about.mail.id, about.recipient.position, change);
  if (!notifies) await tellDelivery(tx, context, about, { kind: 'accepted' });
}

/** Refused at the door is refused as by a notification that comes back: one way to say so. */
async function fail(
  tx: Db,
  context: MailContext,
  mail: MailRecord,
  { address }: MailRecipient,
  said: string,
): Promise<void> {
  await applyReceipt(context, tx, {
    kind: 'delivery',
    originalMessageId: mail.messageId,
    recipient: address ?? '',
    outcome: 'failed',
    status: said,
    at: context.now(),
  });
}
