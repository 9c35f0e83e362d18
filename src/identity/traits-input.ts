/** Traits as a message or a person gives them, made strict: normalised, complete date, or refused with the reason. */
import { completeDate, parseCivilDate } from '../ins/civil-date.ts';
import { parseCogCode } from '../ins/cog.ts';
import { type ComparedTrait, compareTraits, type PlacesMerged } from '../ins/coherence.ts';
import { comparisonForm, givenNamesConsistent, normaliseName } from '../ins/traits.ts';
import type { CivilDate, Sex, StrictTraits } from '../ins/types.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';

export interface TraitsInput {
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames?: string | undefined;
  /** M, F; anything else is undetermined. */
  readonly sex: string;
  /** AAAA-MM-JJ, possibly lunar. */
  readonly birthDate: string;
  readonly birthPlace?: string | undefined;
}

export interface StrictInput {
  readonly traits: StrictTraits;
  /** The date was incomplete and has been completed by the RNIV rule. */
  readonly dateInterpreted: boolean;
  /** The date as it was given, when it was completed. */
  readonly dateAsGiven?: CivilDate;
}

export function strictTraits(input: TraitsInput): Result<StrictInput> {
  const birthName = normaliseName(input.birthName, 'family');
  if (!birthName.ok) return at(birthName, 'nom de naissance');
  const first = normaliseName(input.firstGivenName, 'given');
  if (!first.ok) return at(first, 'premier prénom de naissance');
  const list = input.birthGivenNames === undefined ? undefined : normaliseName(input.birthGivenNames, 'given');
  if (list !== undefined && !list.ok) return at(list, 'prénoms de naissance');
  if (list !== undefined && !givenNamesConsistent(first.value, list.value))
    return refuse(identityRules.firstGivenNameInconsistent);
  const date = parseCivilDate(input.birthDate);
  if (!date.ok) return at(date, 'date de naissance');
  const complete = completeDate(date.value);
  if (!complete.ok) return complete;
  const place = input.birthPlace === undefined || input.birthPlace === '' ? undefined : parseCogCode(input.birthPlace);
  if (place !== undefined && !place.ok) return at(place, 'code lieu de naissance');
  return ok({
    traits: {
      birthName: birthName.value,
      firstGivenName: first.value,
      ...(list === undefined ? {} : { birthGivenNames: list.value }),
      sex: sexOf(input.sex),
      birthDate: complete.value.date,
      ...(place === undefined ? {} : { birthPlace: place.value }),
    },
    dateInterpreted: complete.value.interpreted,
    ...(complete.value.interpreted && { dateAsGiven: date.value }),
  });
}

/** HL7 and REST give M, F, or one of several ways to say undetermined. */
function sexOf(code: string): Sex {
  return code === 'M' || code === 'F' ? code : 'I';
}

/** Adds which trait it was; the value itself stays out of the explanation. */
function at(refused: { readonly refusal: Refusal }, trait: string): Result<never> {
  const { rule, detail } = refused.refusal;
  return refuse(rule, { detail: detail === undefined ? trait : `${trait} : ${detail}` });
}

export const TRAIT_NAMES: Readonly<Record<ComparedTrait, string>> = {
  birthName: 'nom de naissance',
  firstGivenName: 'premier prénom de naissance',
  birthGivenNames: 'prénoms de naissance',
  sex: 'sexe',
  birthDate: 'date de naissance',
  birthPlace: 'code lieu de naissance',
};

/** Names of the strict traits that differ, in comparison form; a trait that one side does not have does not differ. */
export function differingTraits(before: StrictTraits, after: StrictTraits, merged?: PlacesMerged): string[] {
  const differs = (trait: ComparedTrait): boolean => {
    const [one, other] = [before[trait], after[trait]];
    if (one === undefined || other === undefined || comparisonForm(one) === comparisonForm(other)) return false;
    const [here, there] = [before.birthPlace, after.birthPlace];
    return !(trait === 'birthPlace' && here !== undefined && there !== undefined && merged?.(here, there) === true);
  };
  return (Object.keys(TRAIT_NAMES) as ComparedTrait[]).filter(differs).map((trait) => TRAIT_NAMES[trait]);
}

/**
 * Names of the strict traits by which a message contradicts what INSi gave. A shorter list of given names, the other code
 * of a commune of Corsica or of a merged one, does not: the same tolerance as for the answer of INSi itself (ins.md 3).
 */
export function contradictedTraits(retrieved: StrictTraits, received: StrictTraits, merged?: PlacesMerged): string[] {
  const { birthGivenNames, ...traits } = retrieved;
  const asReturned = birthGivenNames === undefined ? traits : { ...traits, givenNames: birthGivenNames };
  return compareTraits(received, asReturned, merged)
    .traits.filter((comparison) => comparison.outcome === 'different')
    .map((comparison) => TRAIT_NAMES[comparison.trait]);
}
