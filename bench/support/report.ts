/** What a bench reports: measures of the product and of its floor, taken in turns, and the ratio of the two. */

/** One side of a case. Rates per second, times in milliseconds. */
export interface Measure {
  readonly rate: number;
  /** Of the process under test, per item. */
  readonly cpuMs: number;
  /** Of the whole PostgreSQL process tree, per item; absent where no database is involved. */
  readonly postgresCpuMs?: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Case extends Measure {
  readonly name: string;
  readonly floor: Measure & { readonly what: string };
  /** Rate over the floor's, median of the pairs: 1 is as fast as the floor. */
  readonly ratio: number;
  /** CPU of an item over the floor's, PostgreSQL included, median of the pairs: 1 is as cheap as the floor. */
  readonly cpuRatio: number;
}

/** Two windows that followed each other: what disturbs one disturbs the other. */
export interface Pair {
  readonly ours: Measure;
  readonly floor: Measure;
}

export function caseOf(name: string, what: string, pairs: readonly Pair[]): Case {
  return {
    name,
    ...medianOf(pairs.map(({ ours }) => ours)),
    floor: { what, ...medianOf(pairs.map(({ floor }) => floor)) },
    ratio: pairedRatio(pairs, ({ rate }) => rate),
    cpuRatio: round(median(pairs.map(({ ours, floor }) => totalCpu(ours) / totalCpu(floor))), 2),
  };
}

/** Of the two sides of each pair by this figure: their median, never a quotient of two medians. */
export function pairedRatio(pairs: readonly Pair[], figure: (measure: Measure) => number): number {
  return round(median(pairs.map(({ ours, floor }) => figure(ours) / figure(floor))), 3);
}

function totalCpu({ cpuMs, postgresCpuMs = 0 }: Measure): number {
  return cpuMs + postgresCpuMs;
}

function medianOf(measures: readonly Measure[]): Measure {
  const middle = (of: (measure: Measure) => number, digits: number) => round(median(measures.map(of)), digits);
  const withDatabase = measures.every(({ postgresCpuMs }) => postgresCpuMs !== undefined);
  return {
    rate: middle(({ rate }) => rate, 1),
    cpuMs: middle(({ cpuMs }) => cpuMs, 4),
    ...(withDatabase ? { postgresCpuMs: middle(({ postgresCpuMs = 0 }) => postgresCpuMs, 4) } : {}),
    p50Ms: middle(({ p50Ms }) => p50Ms, 4),
    p99Ms: middle(({ p99Ms }) => p99Ms, 4),
  };
}

/** Median of a list that is not empty; the mean of the two in the middle when they are even in number. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

/** Nearest-rank quantile; NaN for an empty list. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
