/** What may be asked of INSi (WS_INS2): checked here, before any call. Source: ins.md 2 and 4.3. */
import { parseCivilDate } from '../../ins/civil-date.ts';
import { parseCogCode } from '../../ins/cog.ts';
import { normaliseName } from '../../ins/traits.ts';
import type { CivilDate, CogCode } from '../../ins/types.ts';
import { identityRules } from '../../rules/identity.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';

declare const checked: unique symbol;
/** One call: the only thing that the client accepts, made by `insiQuery` alone. */
export interface InsiQuery {
  readonly [checked]: true;
  readonly birthName: string;
  /** One given name, or several separated by spaces. */
  readonly givenName: string;
  readonly sex: 'M' | 'F';
  /** As printed on the document, so possibly lunar. */
  readonly birthDate: CivilDate;
  readonly birthPlace?: CogCode;
}

/** Unchecked values; `birthPlace` is optional for INSi. */
export interface InsiQueryInput {
  readonly birthName: string;
  readonly givenName: string;
  readonly sex: string;
  /** `AAAA-MM-JJ`. */
  readonly birthDate: string;
  readonly birthPlace?: string;
}

/** Normalises and checks one query; the refusal says which trait is at fault. */
export function insiQuery(input: InsiQueryInput): Result<InsiQuery> {
  const birthName = normaliseName(input.birthName, 'family');
  if (!birthName.ok) return at('birthName', birthName);
  const givenName = normaliseName(input.givenName, 'given');
  if (!givenName.ok) return at('givenName', givenName);
  const { sex } = input;
  if (sex !== 'M' && sex !== 'F') return refuse(identityRules.sexUndetermined, { location: 'sex' });
  const birthDate = parseCivilDate(input.birthDate);
  if (!birthDate.ok) return at('birthDate', birthDate);
  const query = { birthName: birthName.value, givenName: givenName.value, sex, birthDate: birthDate.value };
  if (input.birthPlace === undefined) return ok(query as InsiQuery);
  const birthPlace = parseCogCode(input.birthPlace);
  return birthPlace.ok ? ok({ ...query, birthPlace: birthPlace.value } as InsiQuery) : at('birthPlace', birthPlace);
}

function at(location: string, result: Extract<Result<unknown>, { ok: false }>): Result<never> {
  return { ok: false, refusal: { ...result.refusal, location } };
}
