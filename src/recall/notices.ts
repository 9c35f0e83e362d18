/** Whom a recall concerns: the authors, the data-protection officer, the regional referent. One message each. */
import { mailTo } from '../operations/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { recallRules } from '../rules/recall.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  itemViews,
  type NoticeRecipient,
  noticesOf,
  type RecallItemView,
  type RecallNotice,
  recallNotice,
  setNotice,
} from '../store/recall-items.ts';
import { recallById } from '../store/recalls.ts';
import { noticeText } from './texts.ts';

type Planned = Pick<RecallNotice, 'id' | 'recipient' | 'person' | 'name' | 'address' | 'documents'>;

/** Made with the list that was just frozen. An author without a known address is told by hand. */
export async function plannedNotices(tx: Db, context: UseCaseContext, recallId: string): Promise<Planned[]> {
  const { recalls, bulk } = context.config;
  const moved = (await itemViews(tx, recallId, { after: 0, limit: bulk.ceiling })).filter(isMoved);
  const one = (
    recipient: NoticeRecipient,
    name: string,
    address: string | undefined,
    documents: number,
    person = '',
  ) => ({
    id: context.newUuid(),
    recipient,
    person,
    name,
    address: address ?? null,
    documents,
  });
  const authors = [...Map.groupBy(moved, ({ authorId }) => authorId ?? '')].map(([id, documents]) => {
    const own = recalls.authors.find((author) => author.id === id)?.address;
    const name = documents[0]?.authorName ?? 'Auteur non nommé par le logiciel émetteur';
    return one('author', name, own ?? recalls.authorsFallback, documents.length, id);
  });
  return [
    one('data-protection-officer', 'Délégué à la protection des données', recalls.dataProtectionOfficer, moved.length),
    one('regional-referent', 'Référent régional d’identitovigilance', recalls.regionalReferent, moved.length),
    ...authors,
  ];
}

/** A document that is corrected: what people are told of. */
function isMoved({ correction, kind }: Pick<RecallItemView, 'correction' | 'kind'>): boolean {
  return correction !== 'none' && kind === 'dmp';
}

/** What a notice says: also to be handed over where no address is known. */
export async function textOfNotice(
  db: Db,
  context: UseCaseContext,
  notice: RecallNotice,
): Promise<{ subject: string; text: string } | undefined> {
  const recall = await recallById(db, notice.recallId);
  if (recall === undefined) return undefined;
  const items = await itemViews(db, notice.recallId, { after: 0, limit: context.config.bulk.ceiling });
  const moved = items.filter(isMoved);
  const own =
    notice.recipient === 'author' ? moved.filter(({ authorId }) => (authorId ?? '') === notice.person) : moved;
  return noticeText(context.config, recall, notice, own);
}

/** Handler of the `recall-notice` tasks: one mail to one person, tried again, a bounded number of times. */
export function recallNoticeTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  const { pool, config, now, log } = context;
  return async (task) => {
    const notice = await recallNotice(pool, task.subject);
    const text = notice?.state === 'pending' ? await textOfNotice(pool, context, notice) : undefined;
    if (notice === undefined || notice.address === null || text === undefined)
      return transaction(pool, (tx) => completeTask(tx, task));
    const { id, address, attempts } = notice;
    const error = await mailTo(config.alerts, address, { id, at: now(), ...text });
    const { attempts: most, ...pauses } = config.alerts.delivery;
    const givenUp = error !== undefined && attempts + 1 >= most;
    if (givenUp) log.error({ recall: notice.recallId, error }, 'message of a recall not delivered, to be handed over');
    await transaction(pool, async (tx) => {
      const state = error === undefined ? 'sent' : givenUp ? 'failed' : 'pending';
      const settled = state === 'pending' ? {} : { at: now() };
      await setNotice(tx, id, { state, error: error ?? null, attempted: true, ...settled });
      if (state === 'pending') await postponeTask(tx, task, retryDelayMs(task, pauses));
      else await completeTask(tx, task);
    });
  };
}

/** A person has handed over what could not be sent. */
export async function markGiven(
  context: UseCaseContext,
  by: string,
  recallId: string,
  to: Pick<RecallNotice, 'recipient' | 'person'>,
): Promise<Result<RecallNotice>> {
  return transaction(context.pool, async (tx) => {
    const known = await noticesOf(tx, recallId);
    const notice = known.find(({ recipient, person }) => recipient === to.recipient && person === to.person);
    if (notice === undefined) return refuse(apiRules.notFound);
    if (notice.state !== 'by-hand' && notice.state !== 'failed')
      return refuse(recallRules.wrongMoment, { detail: notice.state });
    const settledAt = context.now();
    await setNotice(tx, notice.id, { state: 'given', at: settledAt, by });
    return ok({ ...notice, state: 'given', settledAt, settledBy: by });
  });
}
