/**
 * Where a count will be at the end of its window, if the last weeks go on: pure. An interval of 80 %, wider when weeks differ and when
 * there are few; no forecast where there is nothing to rest it on.
 */
export interface WeeksSeen {
  /** Documents of each of the last complete weeks, the oldest first; from the first week with a document on. */
  readonly weeks: readonly number[];
  readonly soFar: number;
  /** Of the window. */
  readonly start: Date;
  /** Excluded. */
  readonly end: Date;
  readonly now: Date;
}

export type Forecast =
  | {
      readonly kind: 'landing';
      readonly low: number;
      readonly likely: number;
      readonly high: number;
      readonly weeks: number;
    }
  | { readonly kind: 'none'; readonly reason: 'over' | 'not-started' | 'too-few-weeks' | 'stopped' };

const WEEK_MS = 7 * 86_400_000;
const FEWEST_WEEKS = 4;
/** Student, 80 % two-sided, by degrees of freedom. */
const STUDENT = [3.078, 1.886, 1.638, 1.533, 1.476, 1.44, 1.415, 1.397, 1.383, 1.372, 1.363];
const MANY = 1.282;

export function forecast({ weeks, soFar, start, end, now }: WeeksSeen): Forecast {
  if (now >= end) return { kind: 'none', reason: 'over' };
  if (now < start) return { kind: 'none', reason: 'not-started' };
  if (weeks.length < FEWEST_WEEKS) return { kind: 'none', reason: 'too-few-weeks' };
  if (weeks.at(-1) === 0) return { kind: 'none', reason: 'stopped' };
  const count = weeks.length;
  const mean = weeks.reduce((sum, week) => sum + week, 0) / count;
  const variance = weeks.reduce((sum, week) => sum + (week - mean) ** 2, 0) / (count - 1);
  const left = (end.getTime() - now.getTime()) / WEEK_MS;
  const likely = soFar + mean * left;
  // Of the weeks to come, and of the mean itself.
  const deviation = Math.sqrt(variance * left + (variance * left ** 2) / count);
  const margin = (STUDENT[count - 2] ?? MANY) * deviation;
  return {
    kind: 'landing',
    low: Math.max(soFar, Math.floor(likely - margin)),
    likely: Math.round(likely),
    high: Math.ceil(likely + margin),
    weeks: count,
  };
}
