/**
 * Which query comes next. The given names of the identity document are tried alone, in order, then all together; several
 * persons are told apart by the recorded place: the gateway may do that, since it only narrows. Another date or another
 * name would widen: a person's decision (`proposals.ts`), never taken here. Source: ins.md 4.6.
 */
import { UNKNOWN_PLACE } from '../../ins/cog.ts';
import { givenNamesConsistent } from '../../ins/traits.ts';
import { insiRules } from '../../rules/insi.ts';
import { ok, type Refusal, type Result } from '../../rules/rule.ts';
import type { InsiOutcome } from './outcome.ts';
import { type InsiQuery, insiQuery } from './query.ts';

/** The traits of the identity to search for, as recorded from its document. */
export interface SearchCriteria {
  readonly birthName: string;
  readonly firstGivenName: string;
  /** Full list, space separated; absent when only the first name is known. */
  readonly birthGivenNames?: string;
  readonly sex: string;
  /** `AAAA-MM-JJ`, as printed on the document. */
  readonly birthDate: string;
  readonly birthPlace?: string;
}

export interface SearchAttempt {
  readonly query: InsiQuery;
  readonly outcome: InsiOutcome;
}

/**
 * `done`: found, or stopped by a fault; `warning` asks for a confirmation before the INS is kept. `operator`: 01 or 02
 * after every automatic try.
 */
export type NextStep =
  | { readonly type: 'call'; readonly query: InsiQuery }
  | { readonly type: 'done'; readonly outcome: InsiOutcome; readonly warning?: Refusal }
  | { readonly type: 'operator'; readonly outcome: InsiOutcome };

/** Pure: same criteria and attempts, same step. Refused when the traits may not be sent at all. */
export function nextStep(criteria: SearchCriteria, attempts: readonly SearchAttempt[]): Result<NextStep> {
  const queries = givenNameQueries(criteria);
  if (!queries.ok) return queries;
  const last = attempts.at(-1);
  if (last === undefined) return ok({ type: 'call', query: queries.value[0] });
  const { outcome } = last;
  if (outcome.kind === 'found') return ok({ type: 'done', outcome, ...warningFor(last.query, criteria) });
  if (outcome.kind !== 'none' && outcome.kind !== 'several') return ok({ type: 'done', outcome });

  const tried = new Set(attempts.map((attempt) => attempt.query.givenName));
  const several = attempts.findLast((attempt) => attempt.outcome.kind === 'several');
  // Several persons: only adding names can help, another single name would widen the search.
  const candidates = several === undefined ? queries.value : queries.value.slice(-1);
  const next = candidates.find((query) => !tried.has(query.givenName)) ?? withPlace(several?.query, criteria, attempts);
  if (next !== undefined) return ok({ type: 'call', query: next });
  // Nobody at the recorded place: what is known is still that there are several persons.
  return ok({ type: 'operator', outcome: several?.outcome ?? outcome });
}

/** First given name, each other given name, the whole list; no query twice. */
function givenNameQueries(criteria: SearchCriteria): Result<[InsiQuery, ...InsiQuery[]]> {
  const list = (criteria.birthGivenNames ?? criteria.firstGivenName).trim();
  const base = { birthName: criteria.birthName, sex: criteria.sex, birthDate: criteria.birthDate };
  const first = insiQuery({ ...base, givenName: criteria.firstGivenName });
  if (!first.ok) return first;
  const queries: [InsiQuery, ...InsiQuery[]] = [first.value];
  for (const givenName of [...list.split(/\s+/), list]) {
    const query = insiQuery({ ...base, givenName });
    if (!query.ok) return query;
    if (!queries.some((known) => known.givenName === query.value.givenName)) queries.push(query.value);
  }
  return ok(queries);
}

/** The query that found several persons, narrowed by the recorded place, once; undefined when no place is known. */
function withPlace(
  query: InsiQuery | undefined,
  { birthPlace }: SearchCriteria,
  attempts: readonly SearchAttempt[],
): InsiQuery | undefined {
  const narrowed = attempts.some((attempt) => attempt.query.birthPlace !== undefined);
  if (query === undefined || birthPlace === undefined || birthPlace === UNKNOWN_PLACE || narrowed) return undefined;
  const placed = insiQuery({ ...query, birthPlace });
  return placed.ok ? placed.value : undefined;
}

/** A hit by a name that does not begin the list is possible (TCHITCHI: OLA fails, CATARINA answers). */
function warningFor(hit: InsiQuery, criteria: SearchCriteria): { warning?: Refusal } {
  const expected = givenNamesConsistent(hit.givenName, criteria.birthGivenNames ?? criteria.firstGivenName);
  return expected ? {} : { warning: { rule: insiRules.foundByOtherGivenName } };
}
