/**
 * Coherence of a local identity with the traits that INSi returned, trait by trait, each with its reason in French.
 * Normalised equality, or a difference that the rules accept; else a person decides (practice.md 3). Source: ins.md 3.
 */
import { identityRules } from '../rules/identity.ts';
import type { Rule } from '../rules/rule.ts';
import { markDifferences } from './character-differences.ts';
import { completeDate, formatCivilDate, parseCivilDate } from './civil-date.ts';
import { isSameCorsicanCommune, parseCogCode, UNKNOWN_PLACE } from './cog.ts';
import { type InsiTraits, returnedGivenNames } from './insi-traits.ts';
import { comparisonForm, givenNamesConsistent } from './traits.ts';
import type { CogCode, StrictTraits } from './types.ts';

export type ComparedTrait = 'birthName' | 'firstGivenName' | 'birthGivenNames' | 'sex' | 'birthDate' | 'birthPlace';

export interface TraitComparison {
  readonly trait: ComparedTrait;
  /** Values as recorded and as returned; absent where there is none. */
  readonly local?: string;
  readonly insi?: string;
  readonly outcome: 'equal' | 'acceptable' | 'different';
  /** One French sentence for the person who reads the two columns. */
  readonly explanation: string;
  /** The rule broken, when the outcome is `different`. */
  readonly rule?: Rule;
  /** Positions (0-based) of the characters to mark in each value, when both are there and differ. */
  readonly marks?: { readonly local: readonly number[]; readonly insi: readonly number[] };
}

export interface Coherence {
  readonly overall: 'coherent' | 'discrepancy';
  readonly traits: readonly TraitComparison[];
}

/** Knowledge of the dated COG table: true when one code replaced the other (merger or split of communes). */
export type PlacesMerged = (a: CogCode, b: CogCode) => boolean;

export function compareTraits(
  local: StrictTraits,
  insi: InsiTraits,
  placesMerged: PlacesMerged = () => false,
): Coherence {
  const traits = [
    compareBirthName(local.birthName, insi.birthName),
    compareFirstGivenName(local.firstGivenName, returnedGivenNames(insi)),
    compareGivenNames(local.birthGivenNames, returnedGivenNames(insi)),
    compareSex(local.sex, insi.sex),
    compareBirthDate(local.birthDate, insi.birthDate),
    compareBirthPlace(local.birthPlace, insi.birthPlace, placesMerged),
  ];
  return { overall: traits.some((t) => t.outcome === 'different') ? 'discrepancy' : 'coherent', traits };
}

interface Pair {
  readonly trait: ComparedTrait;
  readonly local?: string;
  readonly insi?: string;
}

function pair(trait: ComparedTrait, local: string | undefined, insi: string | undefined): Pair {
  return { trait, ...(local !== undefined && { local }), ...(insi !== undefined && { insi }) };
}

function equal(of: Pair): TraitComparison {
  return { ...of, outcome: 'equal', explanation: 'Valeurs identiques.' };
}

function acceptable(of: Pair, explanation: string): TraitComparison {
  return withMarks({ ...of, outcome: 'acceptable', explanation });
}

function different(of: Pair, rule: Rule, explanation: string): TraitComparison {
  return withMarks({ ...of, outcome: 'different', explanation, rule });
}

function withMarks(comparison: TraitComparison): TraitComparison {
  const { local, insi } = comparison;
  if (local === undefined || insi === undefined || local === insi) return comparison;
  return { ...comparison, marks: markDifferences(local, insi) };
}

const PUNCTUATION_ONLY = "Seuls diffèrent la casse, les accents, les traits d'union ou les apostrophes.";

function compareBirthName(local: string, insi: string | undefined): TraitComparison {
  const of = pair('birthName', local, insi);
  const rule = identityRules.discrepancyBirthName;
  if (insi === undefined) return different(of, rule, "INSi n'a pas renvoyé de nom de naissance.");
  if (insi === local) return equal(of);
  if (comparisonForm(insi) === comparisonForm(local)) return acceptable(of, PUNCTUATION_ONLY);
  return different(of, rule, 'Les noms de naissance sont différents.');
}

/** A differing first given name is always a discrepancy (practice.md 3). */
function compareFirstGivenName(local: string, list: string | undefined): TraitComparison {
  const of = pair('firstGivenName', local, list);
  const rule = identityRules.discrepancyFirstGivenName;
  if (list === undefined) return different(of, rule, "INSi n'a renvoyé aucun prénom.");
  if (list === local || list.startsWith(`${local} `)) return equal(pair('firstGivenName', local, local));
  if (givenNamesConsistent(local, list))
    return acceptable(of, "Le premier prénom commence bien la liste d'INSi, au trait d'union ou à l'accent près.");
  return different(of, rule, "Le premier prénom n'est pas le début de la liste des prénoms d'INSi.");
}

function compareGivenNames(local: string | undefined, insi: string | undefined): TraitComparison {
  const of = pair('birthGivenNames', local, insi);
  const rule = identityRules.discrepancyGivenNames;
  if (insi === undefined) return different(of, rule, "INSi n'a pas renvoyé de liste de prénoms.");
  if (local === undefined) return acceptable(of, "La liste n'était pas connue localement : celle d'INSi est retenue.");
  if (local === insi) return equal(of);
  const here = comparisonForm(local);
  const there = comparisonForm(insi);
  if (here === there) return acceptable(of, PUNCTUATION_ONLY);
  if (isSubsequence(here, there)) return acceptable(of, "La liste d'INSi est plus longue, sans contradiction.");
  if (isSubsequence(there, here)) return acceptable(of, "La liste d'INSi est plus courte, sans contradiction.");
  return different(of, rule, 'Les listes de prénoms se contredisent.');
}

function compareSex(local: string, insi: string | undefined): TraitComparison {
  const of = pair('sex', local, insi);
  if (local === insi) return equal(of);
  const rule = identityRules.discrepancySex;
  if (local === 'I') return different(of, rule, 'Le sexe est indéterminé localement.');
  return different(of, rule, insi === undefined ? "INSi n'a pas renvoyé de sexe." : 'Les sexes sont différents.');
}

/** Dates are compared once completed by the RNIV rule, so a lunar date meets the date recorded for it. */
function compareBirthDate(local: string, insi: string | undefined): TraitComparison {
  const of = pair('birthDate', local, insi);
  const rule = identityRules.discrepancyBirthDate;
  if (insi === undefined) return different(of, rule, "INSi n'a pas renvoyé de date de naissance.");
  if (local === insi) return equal(of);
  const here = completed(local);
  const there = completed(insi);
  if (there === undefined) return different(of, rule, "La date renvoyée par INSi n'est pas lisible.");
  if (here === there) return acceptable(of, `Date incomplète, interprétée au ${french(there)} des deux côtés.`);
  return different(of, rule, 'Les dates de naissance sont différentes.');
}

function compareBirthPlace(
  local: CogCode | undefined,
  insi: string | undefined,
  merged: PlacesMerged,
): TraitComparison {
  const of = pair('birthPlace', local, insi);
  const parsed = parseCogCode(insi ?? '');
  const place = parsed.ok && parsed.value !== UNKNOWN_PLACE ? parsed.value : undefined;
  if (local !== undefined && local === place) return equal(of);
  if (place === undefined) return acceptable(of, "INSi n'a pas renvoyé de code de lieu de naissance exploitable.");
  if (local === undefined || local === UNKNOWN_PLACE)
    return acceptable(of, "Le lieu n'était pas connu localement : celui d'INSi est retenu.");
  if (isSameCorsicanCommune(local, place)) return acceptable(of, 'Même commune de Corse, avant et après 1976.');
  if (merged(local, place)) return acceptable(of, 'Les deux codes désignent une commune fusionnée ou scindée.');
  return different(of, identityRules.discrepancyBirthPlace, 'Les codes de lieu de naissance sont différents.');
}

function completed(text: string): string | undefined {
  const date = parseCivilDate(text);
  const whole = date.ok ? completeDate(date.value) : date;
  return whole.ok ? whole.value.date : undefined;
}

function french(isoDate: string): string {
  const date = parseCivilDate(isoDate);
  return date.ok ? formatCivilDate(date.value, 'JJ/MM/AAAA') : isoDate;
}

/** True when every name of `short` is in `long`, in the same order. */
function isSubsequence(short: string, long: string): boolean {
  const names = long.split(' ');
  let from = 0;
  return short.split(' ').every((name) => {
    const at = names.indexOf(name, from);
    from = at + 1;
    return at >= 0;
  });
}
