/** A check of the plan: what it says, what was found, and on what evidence. Pure. */
import type { Rule } from '../rules/rule.ts';

export type StepNumber = 1 | 2 | 3 | 4 | 5;

export type Verdict =
  | { readonly kind: 'done' }
  /** Null where a person says so and nothing measures it. */
  | { readonly kind: 'running'; readonly percent: number | null }
  | { readonly kind: 'todo' }
  | { readonly kind: 'to-declare' }
  | { readonly kind: 'not-applicable'; readonly why: string };

/** One thing that was seen or declared. */
export interface Evidence {
  readonly text: string;
  /** Since when, ISO 8601; null where the evidence is that there is nothing. */
  readonly since: string | null;
  /** Page of the console where the figure is drilled down. */
  readonly link: string | null;
}

export interface Check {
  /** Says what is missing, who acts and how, when the check is not met. */
  readonly rule: Rule;
  readonly title: string;
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
}

/** Share of `part` in `whole`, 0 to 100, rounded down: 99.9 % is not everything. */
function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((100 * part) / whole);
}

/** Done needs evidence: the type of `first` is what makes it impossible to forget. */
export function done(first: Evidence, ...others: readonly Evidence[]): Pick<Check, 'verdict' | 'evidence'> {
  return { verdict: { kind: 'done' }, evidence: [first, ...others] };
}

export function todo(...evidence: readonly Evidence[]): Pick<Check, 'verdict' | 'evidence'> {
  return { verdict: { kind: 'todo' }, evidence };
}

export function notApplicable(why: string): Pick<Check, 'verdict' | 'evidence'> {
  return { verdict: { kind: 'not-applicable', why }, evidence: [] };
}

/** Done when the share reaches the aim; on its way when there is some of it; to do when there is none. */
export function measured(
  { part, whole, aim }: { readonly part: number; readonly whole: number; readonly aim: number },
  first: Evidence,
  ...others: readonly Evidence[]
): Pick<Check, 'verdict' | 'evidence'> {
  if (part === 0) return todo(first, ...others);
  if (100 * part >= aim * whole) return done(first, ...others);
  // Of the aim, not of the whole: a site that chose 80 % is halfway at 40 %.
  return { verdict: { kind: 'running', percent: percentOf(100 * part, aim * whole) }, evidence: [first, ...others] };
}

/** What a check is worth in the readiness: 0 to 100; undefined where it does not apply. */
export function worthOf({ verdict }: Check): number | undefined {
  switch (verdict.kind) {
    case 'done':
      return 100;
    case 'running':
      return verdict.percent ?? 0;
    case 'todo':
    case 'to-declare':
      return 0;
    case 'not-applicable':
      return undefined;
  }
}
