/** Where a recall stands: what was emitted, what became of it, who decided, what remains and whose it is. */
import type { UseCaseContext } from '../queue/context.ts';
import { ruleById } from '../rules/catalogue.ts';
import { recallRules } from '../rules/recall.ts';
import type { Db } from '../store/db.ts';
import { emittedUnder } from '../store/emissions.ts';
import { itemViews, noticesOf, type RecallItemView, type RecallNotice } from '../store/recall-items.ts';
import type { Recall } from '../store/recalls.ts';
import { incidentText, notificationDeadline } from './texts.ts';

export interface RecallReport {
  readonly emitted: number;
  readonly toCorrect: number;
  readonly deleted: number;
  /** Not corrected by the destination: for its support. */
  readonly refused: number;
  readonly inProgress: number;
  readonly builtAgain: number;
  readonly sentAgain: number;
  readonly askedToSender: number;
  readonly notificationDeadline: Date;
  /** French sentences, one for each thing that somebody has to do. */
  readonly remaining: readonly string[];
}

export interface RecallDetail {
  readonly items: readonly RecallItemView[];
  readonly notices: readonly RecallNotice[];
  readonly report: RecallReport;
}

/** Whole: a recall is read by those who answer for it. `eg` narrows the items to those of one establishment. */
export async function recallDetail(
  db: Db,
  { config }: UseCaseContext,
  recall: Recall,
  eg: string | null,
): Promise<RecallDetail> {
  const all = await itemViews(db, recall.id, { after: 0, limit: config.bulk.ceiling });
  const notices = await noticesOf(db, recall.id);
  const listed = all.length > 0 ? all.length : (await emittedUnder(db, recall, config.bulk.ceiling)).length;
  return {
    items: eg === null ? all : all.filter((item) => item.eg === eg),
    notices,
    report: reportOf(all, notices, { emitted: listed, notificationDeadline: notificationDeadline(config, recall) }),
  };
}

function reportOf(
  items: readonly RecallItemView[],
  notices: readonly RecallNotice[],
  known: Pick<RecallReport, 'emitted' | 'notificationDeadline'>,
): RecallReport {
  const moved = items.filter(({ correction }) => correction !== 'none');
  const count = (test: (item: RecallItemView) => boolean) => moved.filter(test).length;
  const counts = {
    toCorrect: moved.length,
    deleted: count(({ state, correction }) => state === 'done' && correction === 'delete'),
    refused: count(({ state }) => state === 'refused'),
    inProgress: count(({ state }) => state === 'started' || state === 'pending'),
    builtAgain: count(({ resendId }) => resendId !== null),
    sentAgain: count(({ resendState }) => resendState === 'accepted' || resendState === 'replaced'),
    askedToSender: count(({ state, resend, resendId }) => isSettled(state) && resend !== 'none' && resendId === null),
  };
  return { ...known, ...counts, remaining: [...remaining(moved, notices, counts), ...exports(items)] };
}

function exports(items: readonly RecallItemView[]): string[] {
  const made = items.filter(({ kind }) => kind === 'export').length;
  return made === 0 ? [] : [`Exports qui ont pu contenir cette INS, à signaler à qui les a demandés : ${made}.`];
}

function isSettled(state: RecallItemView['state']): boolean {
  return state === 'done' || state === 'refused';
}

function remaining(
  items: readonly RecallItemView[],
  notices: readonly RecallNotice[],
  {
    inProgress,
    refused,
    builtAgain,
    sentAgain,
    askedToSender,
  }: Omit<RecallReport, 'remaining' | 'emitted' | 'notificationDeadline' | 'toCorrect' | 'deleted'>,
): string[] {
  const byHand = notices.filter(({ state }) => state === 'by-hand' || state === 'failed');
  const waiting = Map.groupBy(
    items.filter(
      ({ resendState, resendId }) => resendId !== null && resendState !== 'accepted' && resendState !== 'replaced',
    ),
    ({ resendRuleId }) => resendRuleId,
  );
  return [
    ...(inProgress > 0 ? [`Corrections en cours ou à venir : ${inProgress}.`] : []),
    ...(refused > 0 ? [`À signaler au support du DMP, avec la fiche d’incident : ${refused}.`] : []),
    ...(builtAgain > sentAgain
      ? [...waiting].map(([ruleId, some]) => {
          const rule = ruleId === null ? undefined : ruleById(ruleId);
          const why = rule === undefined ? '' : ` : ${rule.title} (${rule.owner})`;
          return `Documents refaits, pas encore dans le bon DMP : ${some.length}${why}.`;
        })
      : []),
    ...(askedToSender > 0
      ? [`À renvoyer par le logiciel qui les a produits : ${askedToSender} (${recallRules.toSendAgain.id}).`]
      : []),
    ...byHand.map(({ name }) => `Message à remettre en main propre : ${name}.`),
  ];
}

/** Undefined when the destination corrected everything that it was asked for. */
export async function incidentFile(db: Db, { config }: UseCaseContext, recall: Recall): Promise<string | undefined> {
  const items = await itemViews(db, recall.id, { after: 0, limit: config.bulk.ceiling });
  const refused = items.filter(({ state }) => state === 'refused');
  return refused.length === 0 ? undefined : incidentText(config, recall, refused);
}
