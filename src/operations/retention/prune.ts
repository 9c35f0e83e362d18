/**
 * Pruning: by the rules of the configuration, in small batches, one process at a time, leaving most of the time to the
 * others. What was done is in the rows themselves: a run that is cut goes on where it was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { retentionSchema } from '../../config/operations-schema.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { retentionRules } from '../../rules/retention.ts';
import { transaction } from '../../store/db.ts';
import {
  addPrunedTotal,
  type Counted,
  countOldAnswers,
  countTechnical,
  lockDocumentsOf,
  messagesWithContent,
  type Prunable,
  type PruneLimits,
  type PruneRules,
  prunableMessages,
  pruneAnswers,
  pruneMessages,
  pruneTechnical,
  whilePruning,
} from '../../store/retention.ts';

export type RetentionConfig = z.output<typeof retentionSchema>;

export interface PruneContext extends Pick<UseCaseContext, 'pool' | 'now'> {
  readonly retention: RetentionConfig;
}

/** Rows and bytes by rule. */
export type PruneTotals = Readonly<Record<string, Counted>>;

const DAY_MS = 86_400_000;
const RULES: PruneRules = {
  accepted: retentionRules.acceptedBody.id,
  withdrawn: retentionRules.withdrawnBody.id,
  refused: retentionRules.refusedBody.id,
  admission: retentionRules.admissionBody.id,
  stopped: retentionRules.stoppedMessage.id,
};

function daysAgo(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS);
}

function limitsOf({ retention, now }: PruneContext): PruneLimits {
  return {
    accepted: daysAgo(now(), retention.acceptedDays),
    withdrawn: daysAgo(now(), retention.withdrawnDays),
    refused: daysAgo(now(), retention.refusedDays),
    admission: daysAgo(now(), retention.admissionDays),
    stopped: daysAgo(now(), retention.stoppedDays),
  };
}

/**
 * Prunes all that may go now; nothing while another process does. `dryRun`: only says what would. `signal` stops it after
 * the batch in hand.
 */
export async function prune(
  context: PruneContext,
  options: { dryRun: boolean; signal?: AbortSignal },
): Promise<PruneTotals> {
  if (options.dryRun) return walk(context, options);
  return (await whilePruning(context.pool, () => walk(context, options))) ?? {};
}

async function walk(context: PruneContext, options: { dryRun: boolean; signal?: AbortSignal }): Promise<PruneTotals> {
  const totals = createTotals();
  const limits = limitsOf(context);
  const latest = new Date(Math.max(...Object.values(limits).map((limit) => limit.getTime())));
  let after: number | undefined = 0;
  while (after !== undefined && options.signal?.aborted !== true) {
    const started = performance.now();
    after = await messageBatch(context, { after, limits, latest, dryRun: options.dryRun }, totals.add);
    if (!options.dryRun) await rest(context, performance.now() - started, options.signal);
  }
  await (options.dryRun ? countRest(context, totals.add) : pruneRest(context, totals.add, options.signal));
  return totals.all();
}

type Add = (ruleId: string, counted: Counted) => void;

function createTotals(): { add: Add; all(): PruneTotals } {
  const totals: Record<string, Counted> = {};
  return {
    add: (ruleId, { rows, bytes }) => {
      const known = totals[ruleId] ?? { rows: 0, bytes: 0 };
      if (rows > 0) totals[ruleId] = { rows: known.rows + rows, bytes: known.bytes + bytes };
    },
    all: () => totals,
  };
}

interface Batch {
  readonly after: number;
  readonly limits: PruneLimits;
  readonly latest: Date;
  readonly dryRun: boolean;
}

/** The row number to go on from; undefined at the end. */
async function messageBatch(context: PruneContext, batch: Batch, add: Add): Promise<number | undefined> {
  const { pool, retention, now } = context;
  return transaction(pool, async (tx) => {
    const ids = await messagesWithContent(tx, batch.after, batch.latest, retention.batch);
    if (ids.length === 0) return undefined;
    if (!batch.dryRun) await lockDocumentsOf(tx, ids);
    const found = await prunableMessages(tx, ids, batch.limits, RULES);
    const byRule = Map.groupBy(found, ({ ruleId }) => ruleId);
    if (!batch.dryRun && found.length > 0) await pruneMessages(tx, found, now());
    for (const [ruleId, messages] of byRule) {
      const counted = countedOf(messages);
      if (!batch.dryRun) await addPrunedTotal(tx, ruleId, counted, now());
      add(ruleId, counted);
    }
    return ids.at(-1);
  });
}

function countedOf(messages: readonly Prunable[]): Counted {
  return { rows: messages.length, bytes: messages.reduce((sum, { bytes }) => sum + bytes, 0) };
}

async function pruneRest(context: PruneContext, add: Add, signal: AbortSignal | undefined): Promise<void> {
  const { pool, retention, now } = context;
  const answersBefore = daysAgo(now(), retention.answerDays);
  const technicalBefore = daysAgo(now(), retention.technicalDays);
  for (const [ruleId, work] of [
    [
      retentionRules.answers.id,
      (tx: Parameters<typeof pruneAnswers>[0]) => pruneAnswers(tx, answersBefore, now(), retention.batch),
    ],
    [
      retentionRules.technical.id,
      async (tx: Parameters<typeof pruneAnswers>[0]) => ({
        rows: await pruneTechnical(tx, technicalBefore, now(), retention.batch),
        bytes: 0,
      }),
    ],
  ] as const) {
    for (let more = true; more && signal?.aborted !== true; ) {
      const started = performance.now();
      const counted = await transaction(pool, async (tx) => {
        const done = await work(tx);
        if (done.rows > 0) await addPrunedTotal(tx, ruleId, done, now());
        return done;
      });
      add(ruleId, counted);
      more = counted.rows > 0;
      if (more) await rest(context, performance.now() - started, signal);
    }
  }
}

async function countRest({ pool, retention, now }: PruneContext, add: Add): Promise<void> {
  add(retentionRules.answers.id, await countOldAnswers(pool, daysAgo(now(), retention.answerDays)));
  const rows = await countTechnical(pool, daysAgo(now(), retention.technicalDays), now());
  add(retentionRules.technical.id, { rows, bytes: 0 });
}

/** After working for some time, leaves the others theirs. */
async function rest({ retention }: PruneContext, workedMs: number, signal: AbortSignal | undefined): Promise<void> {
  const pauseMs = Math.min(5_000, workedMs * (1 / retention.load - 1));
  await sleep(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
