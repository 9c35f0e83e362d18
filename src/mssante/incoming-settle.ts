/** What a mail has come to, from what its documents have come to; and the reading receipt that its sender asked for, once. */
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { ruleById } from '../rules/catalogue.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import type { Db } from '../store/db.ts';
import { type IncomingDocument, incomingOf } from '../store/incoming-documents.ts';
import { lockMailRow, type MailRow, setIncomingState } from '../store/incoming-mail.ts';
import { insertReply } from '../store/incoming-replies.ts';

/** Looks at the documents of a mail again, after one of them changed. */
export async function settleMail(context: UseCaseContext, tx: Db, mailId: string): Promise<void> {
  const mail = await lockMailRow(tx, mailId);
  if (mail === undefined || mail.kind !== 'documents') return;
  const documents = await incomingOf(tx, mailId);
  const at = context.now();
  const waiting = documents.find(({ state }) => state === 'desk');
  const state = waiting !== undefined ? 'desk' : documents.some((each) => each.state === 'queued') ? 'handing' : 'done';
  const by = documents.findLast(({ settledBy }) => settledBy !== null)?.settledBy ?? null;
  await setIncomingState(tx, mailId, {
    state,
    at,
    ruleId: waiting?.ruleId ?? null,
    detail: waiting?.detail ?? null,
    by: state === 'done' ? by : null,
  });
  const results = documents.map(resultOf);
  if (results.some((result) => result === 'open')) return;
  const failed = results.find((result) => typeof result === 'object');
  await oweReceipt(context, tx, mail, failed);
}

export interface ReceiptError {
  readonly code: string;
  readonly label: string;
}

/** A refusal by the DPI is told at once (volet LPS), although a person may still correct it and hand the document over. */
function resultOf(document: IncomingDocument): 'ok' | 'open' | ReceiptError {
  const { state, ruleId, errorCode, errorLabel } = document;
  if (state === 'handed' || state === 'known') return 'ok';
  if (state === 'queued') return 'open';
  const byDpi = ruleId === mssanteInRules.refusedByDpi.id;
  if (state === 'desk' && !byDpi) return 'open';
  const rule = ruleById(ruleId ?? '');
  return { code: errorCode ?? rule?.id ?? '907', label: errorLabel ?? rule?.title ?? 'Document refusé' };
}

/**
 * RFC 8098, 2.1: without a person's leave a receipt only goes where undelivered mail would; `asked` is that leave. Nothing
 * when none was asked for, and nothing twice.
 */
export async function oweReceipt(
  context: UseCaseContext,
  tx: Db,
  mail: MailRow,
  error: ReceiptError | undefined,
): Promise<void> {
  if (mail.receiptTo === null || context.config.incomingMail.replies === undefined) return;
  const id = context.newUuid();
  const added = await insertReply(tx, {
    id,
    mailId: mail.id,
    kind: 'receipt',
    recipient: mail.receiptTo,
    messageId: messageIdOf(context, mail, id),
    errorCode: error?.code ?? null,
    errorLabel: error?.label ?? null,
    addedAt: context.now(),
  });
  if (added) await addTask(tx, { kind: 'mail-reply', subject: id, eg: mail.eg });
}

/** Of the domain of the mailbox that answers. */
export function messageIdOf({ config }: UseCaseContext, mail: MailRow, id: string): string {
  const address = config.incomingMail.mailboxes.find(({ name }) => name === mail.mailbox)?.address ?? '';
  return `<${id}@${address.split('@').at(-1) || 'traitdunion'}>`;
}
