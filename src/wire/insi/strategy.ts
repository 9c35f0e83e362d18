/**
 * Which query comes next. The given names of the identity document are tried alone, in order, then all together: the
 * gateway may do that. A place, another date or another name is a person's decision: proposed, never sent. Source:
 * ins.md 4.6.
 */
import { completeDate } from '../../ins/civil-date.ts';
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

/** What an operator may decide after the automatic tries. `correctTraits`: nothing more to send as it stands. */
export type OperatorProposal =
  | { readonly type: 'addPlace'; readonly query: InsiQuery }
  | { readonly type: 'completeDate'; readonly query: InsiQuery }
  | { readonly type: 'correctTraits' };

/**
 * `done`: found, or stopped by a fault; `warning` asks for a confirmation before the INS is kept. `operator`: 01 or 02
 * after every automatic try.
 */
export type NextStep =
  | { readonly type: 'call'; readonly query: InsiQuery }
  | { readonly type: 'done'; readonly outcome: InsiOutcome; readonly warning?: Refusal }
  | { readonly type: 'operator'; readonly outcome: InsiOutcome; readonly proposals: readonly OperatorProposal[] };

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
  const several = attempts.findLast((attempt) => attempt.outcome.kind === 'several')?.query;
  // Several persons: only adding names can help, another single name would widen the search.
  const candidates = several === undefined ? queries.value : queries.value.slice(-1);
  const next = candidates.find((query) => !tried.has(query.givenName));
  if (next !== undefined) return ok({ type: 'call', query: next });
  const narrowed = several === undefined ? otherDate(queries.value[0]) : addPlace(several, criteria.birthPlace);
  const correct: OperatorProposal = { type: 'correctTraits' };
  return ok({ type: 'operator', outcome, proposals: narrowed === undefined ? [correct] : [narrowed, correct] });
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

/** Narrows the query that found several persons; undefined when it already had a place, or none is known. */
function addPlace(query: InsiQuery, birthPlace: string | undefined): OperatorProposal | undefined {
  if (birthPlace === undefined || query.birthPlace !== undefined) return undefined;
  const placed = insiQuery({ ...query, birthPlace });
  return placed.ok ? { type: 'addPlace', query: placed.value } : undefined;
}

/** A lunar date that found nobody may be known to INSi in its completed form. */
function otherDate(query: InsiQuery): OperatorProposal | undefined {
  const completed = completeDate(query.birthDate);
  if (!completed.ok || !completed.value.interpreted) return undefined;
  const again = insiQuery({ ...query, birthDate: completed.value.date });
  return again.ok ? { type: 'completeDate', query: again.value } : undefined;
}

/** A hit by a name that does not begin the list is possible (TCHITCHI: OLA fails, CATARINA answers). */
function warningFor(hit: InsiQuery, criteria: SearchCriteria): { warning?: Refusal } {
  const expected = givenNamesConsistent(hit.givenName, criteria.birthGivenNames ?? criteria.firstGivenName);
  return expected ? {} : { warning: { rule: insiRules.foundByOtherGivenName } };
}
