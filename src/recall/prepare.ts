/** The corrections of a recall: prepared by one person, read and approved by another, before anything leaves. */
import { isDeepStrictEqual } from 'node:util';
import { applyRecalls } from '../identity/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { recallRules } from '../rules/recall.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { type Emission, emittedUnder } from '../store/emissions.ts';
import { misfiledBetween } from '../store/misfiled.ts';
import {
  itemsOf,
  noticesOf,
  type PlannedRecallItem,
  replaceItems,
  replaceNotices,
  setNotice,
} from '../store/recall-items.ts';
import { type Recall, updateRecall } from '../store/recalls.ts';
import { plannedNotices } from './notices.ts';
import { type Asker, atStage, found } from './open.ts';
import { type Chosen, chosenIn, countOf, planOf } from './plan.ts';

const HOUR_MS = 3_600_000;

/** Lists what was emitted with what is proposed for each, and freezes the list. Nothing is done. May be made again. */
export async function prepareRecall(
  context: UseCaseContext,
  asker: Asker,
  id: string,
  chosen: readonly string[] | undefined,
): Promise<Result<Recall>> {
  return atStage(context, id, ['open', 'prepared'], async (tx, recall) => {
    if (recall.path !== 'wrong-person') return refuse(recallRules.wrongMoment, { detail: recall.path });
    const items = await planned(tx, context, recall, chosen === undefined ? 'default' : new Set(chosen));
    if (!items.ok) return items;
    const fault = faultIn(asker, items.value);
    if (fault !== undefined) return { ok: false, refusal: fault };
    await replaceItems(tx, id, items.value);
    await replaceNotices(tx, id, await plannedNotices(tx, context, id));
    const preparedAt = context.now();
    const count = countOf(items.value);
    await updateRecall(tx, { ...recall, state: 'prepared', count, preparedBy: asker.name, preparedAt });
    return found(tx, id);
  });
}

async function planned(
  tx: Db,
  { config }: UseCaseContext,
  recall: Recall,
  chosen: ReadonlySet<string> | 'default',
): Promise<Result<PlannedRecallItem[]>> {
  const { ceiling } = config.bulk;
  const emissions = await emittedUnder(tx, recall, ceiling + 1);
  if (emissions.length > ceiling) return refuse(recallRules.tooMany, { detail: `plafond ${ceiling}` });
  return {
    ok: true,
    value: planOf(recall, emissions, chosen === 'default' ? await byDefault(tx, recall, emissions) : chosen),
  };
}

/** What a separation of two patients listed, where the INS of the record is right. */
async function byDefault(tx: Db, recall: Recall, emissions: readonly Emission[]): Promise<Chosen> {
  const { identityId, rightIdentityId } = recall;
  if (rightIdentityId === null) return undefined;
  const misfiled = new Set(await misfiledBetween(tx, identityId, rightIdentityId));
  const named = emissions.filter(({ documentId }) => documentId !== null && misfiled.has(documentId));
  return new Set(named.map(({ subject }) => subject));
}

function faultIn(asker: Asker, items: readonly PlannedRecallItem[]): Refusal | undefined {
  const moved = items.filter(({ correction }) => correction !== 'none');
  if (moved.length === 0) return { rule: recallRules.nothingToCorrect };
  const unseen = asker.eg !== null && moved.some(({ eg }) => eg !== null && eg !== asker.eg);
  return unseen ? { rule: recallRules.otherEstablishments } : undefined;
}

/** Takes the preparation back: the recall is decided otherwise, or prepared anew. */
export async function reopenRecall(context: UseCaseContext, id: string): Promise<Result<Recall>> {
  return atStage(context, id, ['prepared'], async (tx, recall) => {
    await replaceItems(tx, id, []);
    await replaceNotices(tx, id, []);
    await updateRecall(tx, { ...recall, state: 'open', count: null, preparedBy: null, preparedAt: null });
    return found(tx, id);
  });
}

/** The second person, who reads the corrections and repeats their number. From here on they go. */
export async function approveRecall(
  context: UseCaseContext,
  asker: Asker,
  id: string,
  count: number,
): Promise<Result<Recall>> {
  return atStage(context, id, ['prepared'], async (tx, recall) => {
    const fault = await obstacleTo(tx, context, asker, recall, count);
    if (fault !== undefined) return { ok: false, refusal: fault };
    await updateRecall(tx, { ...recall, state: 'running', approvedBy: asker.name, approvedAt: context.now() });
    for (const { id: notice, address } of await noticesOf(tx, id)) {
      await setNotice(tx, notice, { state: address === null ? 'by-hand' : 'pending' });
      if (address !== null)
        await addTask(tx, { kind: 'recall-notice', subject: notice, orderKey: `recall-notice:${address}` });
    }
    await addTask(tx, { kind: 'recall', subject: id, orderKey: `recall:${id}` });
    // What is right may go on: the wrong INS has been taken away, or stays forbidden.
    await applyRecalls(tx, context, recall.identityId, { actor: asker.name, event: 'rappel approuvé' });
    return found(tx, id);
  });
}

async function obstacleTo(
  tx: Db,
  context: UseCaseContext,
  asker: Asker,
  recall: Recall,
  count: number,
): Promise<Refusal | undefined> {
  if (recall.preparedBy === asker.name) return { rule: recallRules.secondPerson };
  if (count !== recall.count)
    return { rule: recallRules.countDiffers, detail: `indiqué : ${count} ; préparé : ${recall.count}` };
  const ageMs = context.now().getTime() - (recall.preparedAt?.getTime() ?? 0);
  if (ageMs > context.config.bulk.rehearsalHours * HOUR_MS) return { rule: recallRules.changedSince };
  const items = await itemsOf(tx, recall.id);
  const now = await planned(tx, context, recall, chosenIn(items));
  if (!now.ok) return now.refusal;
  const told = (list: readonly PlannedRecallItem[]) =>
    list.map(({ subject, correction, resend }) => ({ subject, correction, resend }));
  if (!isDeepStrictEqual(told(items), told(now.value))) return { rule: recallRules.changedSince };
  return faultIn(asker, items);
}
