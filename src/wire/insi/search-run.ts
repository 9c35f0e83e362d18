/** Carries out the automatic part of a search, call after call, and reports every attempt. */
import { ok, type Refusal, type Result } from '../../rules/rule.ts';
import type { InsiClient } from './client.ts';
import type { InsiOutcome } from './outcome.ts';
import { nextStep, type SearchAttempt, type SearchCriteria } from './strategy.ts';

export interface SearchReport {
  /** Every call made, in order; never empty. */
  readonly attempts: readonly SearchAttempt[];
  /** Of the last call. */
  readonly outcome: InsiOutcome;
  /** Found, but not by the first given name: a person confirms before the INS is kept. */
  readonly warning?: Refusal;
}

/**
 * Refused, without any call, when the traits may not be sent. `beforeCall` runs before each call: the caller paces the
 * calls there (one per second by default, practice.md 1) and throws to abandon the run.
 */
export async function searchByTraits(
  client: Pick<InsiClient, 'search'>,
  criteria: SearchCriteria,
  beforeCall: () => Promise<void>,
): Promise<Result<SearchReport>> {
  const attempts: SearchAttempt[] = [];
  for (;;) {
    const step = nextStep(criteria, attempts);
    if (!step.ok) return step;
    if (step.value.type !== 'call') {
      const { type: _, ...end } = step.value;
      return ok({ attempts, ...end });
    }
    const { query } = step.value;
    await beforeCall();
    attempts.push({ query, outcome: await client.search(query) });
  }
}
