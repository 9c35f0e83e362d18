/** What a person does to the mails of a document: have those that have not arrived sent again. */
import type { UseCaseContext } from '../queue/context.ts';
import { addMailTask } from '../queue/document-tasks.ts';
import { hastenTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { feedRules } from '../rules/feed.ts';
import { mssanteRules } from '../rules/mssante.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import { addDocumentEvent, documentById, lockDocument } from '../store/documents.ts';
import { type MailRecord, mailsOf, retryRecipients, setMailState } from '../store/mails.ts';

/**
 * Safe whatever the state: a mail that waits is looked at again, one that was refused goes again to those who have not got it,
 * one whose outcome is unknown goes again under its Message-ID.
 */
export async function askMailsAgain(context: UseCaseContext, documentId: string, actor: string): Promise<Result<void>> {
  return transaction(context.pool, async (tx) => {
    if ((await documentById(tx, documentId)) === undefined) return refuse(apiRules.notFound);
    const document = await lockDocument(tx, documentId);
    const mails = (await mailsOf(tx, documentId)).filter(mayGoAgain);
    if (mails.length === 0) return refuse(feedRules.notWaiting, { detail: document.overallState ?? document.state });
    const at = context.now();
    await addDocumentEvent(tx, documentId, { at, step: 'mail-asked-again', detail: actor.slice(0, 500) });
    for (const mail of mails) {
      await retryRecipients(tx, mail.id, at);
      await setMailState(tx, mail.id, { state: 'waiting', ruleId: null, detail: null, at });
      await hastenTask(tx, 'mail', mail.id);
      await addMailTask(tx, { id: mail.id, eg: document.eg, orderKey: document.chainKey ?? document.uniqueId });
    }
    return ok(undefined);
  });
}

/** Is there something of it that a person may have sent again? */
export function mayGoAgain({ state, ruleId }: Pick<MailRecord, 'state' | 'ruleId'>): boolean {
  const open = state === 'waiting' || state === 'ready' || state === 'unknown' || state === 'refused';
  return open || (state === 'withdrawn' && ruleId === mssanteRules.notConfigured.id);
}
