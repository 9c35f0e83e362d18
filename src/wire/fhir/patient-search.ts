/** Search parameters of Patient (FHIR R4, IHE PDQm ITI-78) as a query, or why one cannot be answered truly. */
import { parseMatricule } from '../../ins/matricule.ts';
import type { Sex } from '../../ins/types.ts';
import { fhirRules } from '../../rules/fhir.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { isInsSystem, oidOfSystem } from './terms.ts';

/** Any of the tokens; `value` absent: any number of the domain. */
export interface IdentifierToken {
  readonly system: string | undefined;
  readonly value: string | undefined;
}

/** Inclusive bounds as text, since civil dates are text. */
export interface DateBounds {
  readonly kind: 'inside' | 'outside' | 'after' | 'before' | 'from' | 'until';
  readonly low: string;
  readonly high: string;
}

/** All of the criteria; inside a criterion, any of its values. */
export interface PatientQuery {
  readonly ids: readonly (readonly string[])[];
  readonly identifiers: readonly (readonly IdentifierToken[])[];
  readonly families: readonly (readonly string[])[];
  readonly givens: readonly (readonly string[])[];
  readonly birthDates: readonly (readonly DateBounds[])[];
  readonly sexes: readonly (readonly Sex[])[];
  readonly active: boolean | undefined;
  /** Resources of a page; 0: their number only. */
  readonly count: number;
}

export type Parameters = readonly (readonly [name: string, value: string])[];

const DEFAULT_COUNT = 20;
export const MOST_COUNT = 200;

const SEXES: Readonly<Record<string, Sex>> = { male: 'M', female: 'F', other: 'I', unknown: 'I' };

/** Read by the server itself, or without any effect on which patients are found. */
const NOT_CRITERIA = new Set(['_format', '_pretty', '_total', '_page']);

/** True where a value is, or may well be, a matricule: it has no place in an address (promise 9). */
export function namesMatricule(parameters: Parameters): boolean {
  return parameters.some(([, value]) => valuesOf(value).some((one) => isMatricule(tokenOf(one))));
}

/** An INS system whatever the value; without a system, what has the shape of a matricule. */
function isMatricule({ system, value }: IdentifierToken): boolean {
  if (isInsSystem(system)) return value !== undefined;
  return system === undefined && value !== undefined && parseMatricule(value).ok;
}

/** The query of one number. */
export function byNumber(token: IdentifierToken): PatientQuery {
  return { ...EMPTY, identifiers: [[token]], active: undefined, count: DEFAULT_COUNT };
}

export function readSearch(parameters: Parameters): Result<PatientQuery> {
  const query: Mutable = { ...EMPTY, active: undefined, count: DEFAULT_COUNT };
  for (const [name, value] of parameters) {
    if (NOT_CRITERIA.has(name) || value === '') continue;
    const read = READERS[name];
    if (read === undefined || !read(query, valuesOf(value))) return misunderstood(name);
  }
  return ok(query);
}

/** A comma separates values; one that belongs to a value is escaped (R4 search, escaping). */
function valuesOf(text: string): string[] {
  return text.split(/(?<!\\),/).map((value) => value.replace(/\\([,|$\\])/g, '$1'));
}

function misunderstood(name: string): Result<never> {
  // The name only: a value may be that of a patient.
  return refuse(fhirRules.searchNotUnderstood, { detail: `« ${name.slice(0, 60)} »` });
}

type Mutable = { -readonly [Key in keyof PatientQuery]: PatientQuery[Key] };
const EMPTY = { ids: [], identifiers: [], families: [], givens: [], birthDates: [], sexes: [] } as const;

/** Each adds what it read to the query; false for what it does not understand. */
const READERS: Readonly<Record<string, (query: Mutable, values: readonly string[]) => boolean>> = {
  _id: (query, values) => {
    query.ids = [...query.ids, values];
    return true;
  },
  identifier: (query, values) => {
    const tokens = values.map(tokenOf);
    query.identifiers = [...query.identifiers, tokens];
    return tokens.every(({ system, value }) => system !== undefined || value !== undefined);
  },
  family: (query, values) => {
    query.families = [...query.families, values];
    return true;
  },
  given: (query, values) => {
    query.givens = [...query.givens, values];
    return true;
  },
  birthdate: (query, values) => {
    const dates = values.flatMap((value) => boundsOf(value) ?? []);
    query.birthDates = [...query.birthDates, dates];
    return dates.length === values.length;
  },
  gender: (query, values) => {
    const sexes = values.flatMap((value) => SEXES[tokenOf(value).value ?? ''] ?? []);
    query.sexes = [...query.sexes, sexes];
    return sexes.length === values.length;
  },
  active: (query, [value, ...others]) => {
    query.active = value === 'true';
    return others.length === 0 && (value === 'true' || value === 'false');
  },
  _count: (query, [value, ...others]) => {
    query.count = Math.min(MOST_COUNT, Number(value));
    return others.length === 0 && /^\d{1,6}$/.test(value ?? '');
  },
  _summary: (query, [value]) => {
    if (value === 'count') query.count = 0;
    return value === 'count' || value === 'false';
  },
};

/** `system|value`, `value`, `system|`; `|value` is a number without a system, which nobody bears here. */
export function tokenOf(text: string): IdentifierToken {
  const at = text.indexOf('|');
  if (at === -1) return { system: undefined, value: text.trim() || undefined };
  const system = text.slice(0, at).trim();
  return {
    system: oidOfSystem(system) === undefined ? system : system.toLowerCase(),
    value: text.slice(at + 1).trim() || undefined,
  };
}

const PREFIXES: Readonly<Record<string, DateBounds['kind']>> = {
  eq: 'inside',
  ne: 'outside',
  gt: 'after',
  sa: 'after',
  lt: 'before',
  eb: 'before',
  ge: 'from',
  le: 'until',
};

/** A year, a month or a day is the span of its days. */
function boundsOf(text: string): DateBounds | undefined {
  const { prefix = 'eq', date } = /^(?<prefix>[a-z]{2})?(?<date>\d{4}(-\d{2}(-\d{2})?)?)$/.exec(text)?.groups ?? {};
  const kind = PREFIXES[prefix];
  if (kind === undefined || date === undefined) return undefined;
  return { kind, low: `${date}-00-00`.slice(0, 10), high: `${date}-99-99`.slice(0, 10) };
}
