/** The five steps: their checks, what each waits for, and the readiness that they make. Pure. */
import { type Check, type StepNumber, worthOf } from './check.ts';
import { type Asked, checksOf } from './checks.ts';

const STEP_NUMBERS: readonly StepNumber[] = [1, 2, 3, 4, 5];

const STEP_TITLES: Readonly<Record<StepNumber, string>> = {
  1: 'Versions prêtes pour l’INS et organisation INS',
  2: 'PFI capable de l’API V2 avec l’INS qualifiée',
  3: 'Documents avec bandeau INS et DataMatrix',
  4: 'INS diffusée du RI au DPI et à la PFI',
  5: 'Alimentation en API V2 avec l’INS qualifiée',
};

/** A document cannot bear, nor a software receive, an INS that nobody qualifies; the feed needs all of it. */
const WAITS_FOR: Readonly<Record<StepNumber, readonly StepNumber[]>> = {
  1: [],
  2: [],
  3: [1],
  4: [1],
  5: [1, 2, 3, 4],
};

export interface Step {
  readonly number: StepNumber;
  readonly title: string;
  readonly checks: readonly Check[];
  /** Mean of the checks that apply, 0 to 100. */
  readonly percent: number;
  readonly reached: boolean;
  /** Steps that it depends on and that are not reached. */
  readonly waitsFor: readonly StepNumber[];
}

export function stepsOf(asked: Asked): Step[] {
  const judged = STEP_NUMBERS.map((number) => ({ number, checks: checksOf(number, asked) }));
  const reached = new Set(judged.filter(({ checks }) => isReached(checks)).map(({ number }) => number));
  return judged.map(({ number, checks }) => ({
    number,
    title: STEP_TITLES[number],
    checks,
    percent: meanWorth(checks),
    reached: reached.has(number),
    waitsFor: WAITS_FOR[number].filter((other) => !reached.has(other)),
  }));
}

/** Nothing that applies is no evidence of anything: such a step is not reached. */
function isReached(checks: readonly Check[]): boolean {
  const worths = checks.map(worthOf).filter((worth) => worth !== undefined);
  return worths.length > 0 && worths.every((worth) => worth === 100);
}

function meanWorth(checks: readonly Check[]): number {
  const worths = checks.map(worthOf).filter((worth) => worth !== undefined);
  return worths.length === 0 ? 0 : rounded(worths.reduce((sum, worth) => sum + worth, 0) / worths.length);
}

/** Mean of the five steps, 0 to 100. */
export function readinessOf(steps: readonly Step[]): number {
  return rounded(steps.reduce((sum, { percent }) => sum + percent, 0) / steps.length);
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
