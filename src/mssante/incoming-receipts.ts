/** Receipts and notices of failure that come into a mailbox: each is given to whoever sent the mail that it is about. */
import type { UseCaseContext } from '../queue/context.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import type { Db } from '../store/db.ts';
import { type MailRow, setIncomingState } from '../store/incoming-mail.ts';
import type { OpenedMail } from '../wire/mail/mail.ts';
import type { Receipt } from '../wire/mail/report.ts';

/** `unknown`: no mail of ours, or none of its recipients. */
export type ReceiptSink = (
  context: UseCaseContext,
  tx: Db,
  receipt: Receipt & { readonly at: Date },
) => Promise<'applied' | 'repeated' | 'unknown'>;

/** One that is about no mail of ours stays on the desk. */
export async function settleReceipts(
  context: UseCaseContext,
  tx: Db,
  mail: MailRow,
  receipts: readonly Receipt[],
  apply: ReceiptSink,
): Promise<void> {
  const at = context.now();
  let unknown = receipts.length === 0;
  for (const receipt of receipts) unknown = (await apply(context, tx, { ...receipt, at })) === 'unknown' || unknown;
  const rule = mssanteInRules.receiptUnmatched;
  await setIncomingState(tx, mail.id, unknown ? { state: 'desk', ruleId: rule.id, at } : { state: 'done', at });
}

/** A notice is no report: what it answers, and the code between brackets in its subject, are all that it says. */
export function noticeOf(mail: OpenedMail): Receipt[] {
  const originalMessageId = mail.inReplyTo || mail.references.at(-1) || '';
  if (originalMessageId === '') return [];
  const [, code] = /^\s*\[[^\]]*\]\s*\[([^\]]{1,20})\]/.exec(mail.subject) ?? [];
  return [
    {
      kind: 'reading',
      originalMessageId,
      recipient: mail.from,
      outcome: 'error',
      ...(code === undefined ? {} : { status: code }),
      text: mail.subject.slice(0, 200),
    },
  ];
}
