/** A stopped message of documents is read again, as if it came now: what stopped it may have been put right here. */
import { isReReadable } from '../feed/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { bulkRules } from '../rules/bulk.ts';
import { retentionRules } from '../rules/retention.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { documentIdOfMessage } from '../store/documents.ts';
import { lockMessage, reopenMessage, sameMessageIfAny } from '../store/messages.ts';
import { salvageHeader } from '../wire/hl7v2/header.ts';
import { orderKeyOf, readFrame, sourceOfHeader } from './receive.ts';

/**
 * In the caller's transaction. Refused for messages of identity or movement (an old state would come back), for one that
 * the sender has sent again since, for one whose document is here, and for one that the door would refuse again.
 */
export async function reReadMessage(tx: Db, context: UseCaseContext, id: number): Promise<Result<void>> {
  const message = await lockMessage(tx, id);
  if (message === undefined || !isReReadable(message))
    return refuse(bulkRules.notToReRead, { detail: message?.kind ?? 'message inconnu' });
  if (message.prunedAt !== null) return refuse(retentionRules.askTheSender, { detail: message.prunedRule ?? '' });
  const again = message.state === 'refused' ? await sameMessageIfAny(tx, message) : undefined;
  if (again !== undefined || (await documentIdOfMessage(tx, id)) !== undefined)
    return refuse(bulkRules.notToReRead, { detail: 'le document est déjà là' });
  // The certificate was checked at the door: what is kept came through it.
  const source = sourceOfHeader(context, salvageHeader(message.body));
  if (!source.ok) return source;
  const incoming = readFrame(context, message.body, source.value);
  if (!incoming.ok) return incoming;
  await reopenMessage(tx, id, source.value.eg);
  await addTask(tx, {
    kind: 'message',
    subject: String(id),
    orderKey: orderKeyOf(context, source.value, incoming.value),
    eg: source.value.eg,
  });
  return ok(undefined);
}
