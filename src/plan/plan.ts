/** The plan of one establishment: evidence, the five steps, what blocks, readiness and its forecast. */
import type { UseCaseContext } from '../queue/context.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Rule } from '../rules/rule.ts';
import {
  lastReadings,
  lastSnapshot,
  putSnapshot,
  type Reading,
  readingsOf,
  type ShareReading,
  type SnapshotRow,
  sharesOf,
} from '../store/plan.ts';
import { type UnitDayCount, unitDays } from '../store/plan-facts.ts';
import type { Check, StepNumber } from './check.ts';
import type { Aim, Asked } from './checks.ts';
import { collectFacts } from './collect.ts';
import { today } from './day.ts';
import type { Declaration } from './declared.ts';
import { FACTS_SHAPE, type Facts, PERIOD_DAYS } from './facts.ts';
import { FORECAST_DAYS, type Forecast, forecast } from './forecast.ts';
import { aimOf, declarationsInForce } from './manage.ts';
import { readinessOf, type Step, stepsOf } from './steps.ts';

export interface Block {
  readonly rule: Rule;
  /** The step that it keeps from being reached; null for documents that wait. */
  readonly step: StepNumber | null;
  /** Figure that says how much, in words. */
  readonly detail: string;
  readonly since: string | null;
  readonly link: string | null;
}

export interface Plan {
  readonly eg: string;
  readonly facts: Facts;
  readonly aim: Aim;
  readonly declarations: readonly Declaration[];
  readonly steps: readonly Step[];
  readonly readiness: number;
  readonly blocks: readonly Block[];
  /** One a day, the oldest first, today's last. */
  readonly history: readonly Reading[];
  readonly forecast: Forecast;
  /** Of the two figures that the site aims at, from their own photographs. */
  readonly figures: readonly FigureForecast[];
}

export interface FigureForecast {
  readonly figure: 'qualified' | 'fed';
  /** Per cent, today; null when there is nothing to count. */
  readonly value: number | null;
  readonly aim: number;
  readonly forecast: Forecast;
}

/** Figures younger than this are not counted again for one more reader: 410 ms against 9 at 100,000 documents and 50,000 admissions. */
const FRESH_MS = 300_000;
const DAY_MS = 86_400_000;

/** `fresh`: count again, whatever is known. */
export async function planOf(context: UseCaseContext, eg: string, fresh = false): Promise<Plan> {
  const { pool } = context;
  const kept = await lastSnapshot<Facts>(pool, eg);
  const recent = !fresh && kept !== undefined && isRecent(kept, context);
  const [facts] = recent ? [kept.facts] : await collectFacts(context, [eg]);
  if (facts === undefined) throw new Error(`no evidence of ${eg}`);
  const [declarations, aim] = await Promise.all([declarationsInForce(context, eg), aimOf(context, eg)]);
  const steps = stepsOf({ facts, declarations, aim });
  const readiness = readinessOf(steps);
  if (!recent || kept.readiness !== readiness) await keep(context, facts, steps);
  const history = await readingsOf(pool, eg, FORECAST_DAYS);
  const points = history.map((reading) => ({ day: reading.day, value: reading.readiness }));
  return {
    eg,
    facts,
    aim,
    declarations,
    steps,
    readiness,
    blocks: blocksOf(steps, facts),
    history,
    forecast: forecast(points),
    figures: figuresOf(await sharesOf(pool, eg, FORECAST_DAYS), aim),
  };
}

function figuresOf(shares: readonly ShareReading[], aim: Aim): FigureForecast[] {
  const figure = (
    name: FigureForecast['figure'],
    goal: number,
    of: (reading: ShareReading) => readonly [part: number, whole: number],
  ): FigureForecast => {
    const points = shares.flatMap((reading) => {
      const [part, whole] = of(reading);
      return whole > 0 ? [{ day: reading.day, value: Math.round((1_000 * part) / whole) / 10 }] : [];
    });
    return { figure: name, value: points.at(-1)?.value ?? null, aim: goal, forecast: forecast(points, goal) };
  };
  return [
    figure('qualified', aim.qualifiedPercent, ({ qualified, admitted }) => [qualified, admitted]),
    figure('fed', aim.fedPercent, ({ accepted, due }) => [accepted, due]),
  ];
}

function isRecent({ at, facts }: SnapshotRow<Facts>, { config, now }: UseCaseContext): boolean {
  const age = now().getTime() - at.getTime();
  return age >= 0 && age < FRESH_MS && facts.shape === FACTS_SHAPE && facts.context === config.context;
}

async function keep({ pool }: UseCaseContext, facts: Facts, steps: readonly Step[]): Promise<void> {
  const at = new Date(facts.at);
  await putSnapshot(pool, {
    eg: facts.eg,
    day: today(at),
    at,
    readiness: readinessOf(steps),
    steps: steps.map(({ percent }) => percent),
    reached: steps.filter(({ reached }) => reached).length,
    facts,
  });
}

/**
 * The photograph of the day of every establishment of the installation whose last one is older than this, so that several
 * processes do not count the same thing one after the other.
 */
export async function photograph(context: UseCaseContext, olderThanMs = 0): Promise<number> {
  const { config, pool, now } = context;
  const since = now().getTime() - olderThanMs;
  const recent = new Set((await lastReadings(pool, null)).filter(({ at }) => at.getTime() > since).map(({ eg }) => eg));
  const egs = config.legalEntities
    .flatMap(({ geographicEntities }) => geographicEntities.map(({ finess }) => finess))
    .filter((eg) => !recent.has(eg));
  if (egs.length === 0) return 0;
  const all = await collectFacts(context, egs);
  for (const facts of all) {
    const asked: Asked = {
      facts,
      declarations: await declarationsInForce(context, facts.eg),
      aim: await aimOf(context, facts.eg),
    };
    await keep(context, facts, stepsOf(asked));
  }
  return all.length;
}

/** Steps reached and readiness, from the last photograph: counts only, at no cost whatever the number of establishments. */
export async function stepsReached(context: UseCaseContext, egs: readonly string[] | null): Promise<Reading[]> {
  return lastReadings(context.pool, egs);
}

/** Admissions of the period by unit and day, and how many of them are qualified. */
export async function unitDaysOf({ pool, now }: UseCaseContext, eg: string): Promise<UnitDayCount[]> {
  return unitDays(pool, eg, new Date(now().getTime() - PERIOD_DAYS * DAY_MS));
}

/** Checks that are not met, in the order of the steps, then the documents that wait. */
function blocksOf(steps: readonly Step[], { waiting }: Facts): Block[] {
  const checks = steps.flatMap(({ number, checks: all }) => all.filter(isOpen).map((check) => blockOf(number, check)));
  const documents = waiting.map(({ ruleId, documents: count, oldest }): Block[] => {
    const rule = ruleById(ruleId);
    const link = `/console/documents?motif=${encodeURIComponent(ruleId)}`;
    const detail = count === 1 ? '1 document attend' : `${count} documents attendent`;
    return rule === undefined ? [] : [{ rule, step: null, detail, since: oldest, link }];
  });
  return [...checks, ...documents.flat()];
}

function isOpen({ verdict }: Check): boolean {
  return verdict.kind !== 'done' && verdict.kind !== 'not-applicable';
}

function blockOf(step: StepNumber, { rule, evidence }: Check): Block {
  const [first] = evidence;
  return {
    rule,
    step,
    detail: evidence.map(({ text }) => text).join(' ; '),
    since: first?.since ?? null,
    link: first?.link ?? null,
  };
}
