/** CPU per call in this process: short windows of the product and of its floor in turns, medians. */
import { type Case, caseOf, type Measure, type Pair, quantile } from '../support/report.ts';

export type Call = () => unknown;

export interface Stage {
  readonly name: string;
  readonly ours: Call;
  readonly floor: { readonly what: string; readonly run: Call } | { readonly what: string; readonly perSecond: number };
}

const WINDOWS = 5;

/** `seconds`: counted time of each side. A floor that another program measured has its rate already. */
export async function timeStage({ name, ours, floor }: Stage, seconds: number): Promise<Case> {
  const windowMs = (seconds * 1_000) / WINDOWS;
  const run = 'run' in floor ? floor.run : undefined;
  await timed(ours, windowMs);
  if (run !== undefined) await timed(run, windowMs);
  const pairs: Pair[] = [];
  for (let index = 0; index < WINDOWS; index++)
    pairs.push({
      ours: await timed(ours, windowMs),
      floor: run === undefined ? ofRate('perSecond' in floor ? floor.perSecond : 0) : await timed(run, windowMs),
    });
  return caseOf(name, floor.what, pairs);
}

/** The rate is that of CPU time: what the neighbours take from the clock does not count. */
async function timed(call: Call, windowMs: number): Promise<Measure> {
  const before = process.cpuUsage();
  const durations: number[] = [];
  const startedAt = performance.now();
  for (let now = startedAt; now - startedAt < windowMs; ) {
    const value = call();
    if (value instanceof Promise) await value;
    const after = performance.now();
    durations.push(after - now);
    now = after;
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1_000 / durations.length;
  return { rate: 1_000 / cpuMs, cpuMs, p50Ms: quantile(durations, 0.5), p99Ms: quantile(durations, 0.99) };
}

/** `openssl speed` gives one figure, of CPU time. */
function ofRate(perSecond: number): Measure {
  const cpuMs = 1_000 / perSecond;
  return { rate: perSecond, cpuMs, p50Ms: cpuMs, p99Ms: cpuMs };
}
