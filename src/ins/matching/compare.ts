/** How the traits of two identities compare: one level for each trait, and the patterns that need several traits. */
import { isSameCorsicanCommune, UNKNOWN_PLACE } from '../cog.ts';
import { bearingWords, birthDateVariants, letters, nameWords, phoneticKey } from '../name-keys.ts';
import type { CogCode, Sex } from '../types.ts';
import { editDistance } from './distance.ts';

/** What is compared of an identity; a row of the repository has it all. */
export interface Comparable {
  readonly birthName: string;
  readonly usedName: string | null;
  readonly firstGivenName: string;
  readonly birthGivenNames: string | null;
  readonly usedGivenName: string | null;
  readonly sex: Sex;
  readonly birthDate: string;
  readonly birthDateInterpreted: boolean;
  readonly birthPlace: string | null;
  readonly matricule: string | null;
  readonly oid: string | null;
  /** Those that INSi gave as history, or that the identity bore before. */
  readonly formerMatricules: readonly string[];
}

/** Every level of every trait, agreement before difference. `pattern` is `none` for most pairs. */
export const LEVELS = {
  name: ['equal', 'spelling', 'sound', 'crossed', 'inverted', 'part', 'used', 'different'],
  given: ['equal', 'spelling', 'sound', 'part', 'order', 'inverted', 'different'],
  others: ['equal', 'different', 'unknown'],
  birthDate: ['equal', 'filler', 'incomplete', 'exchanged', 'digit', 'near', 'different', 'generation'],
  sex: ['equal', 'different', 'unknown'],
  birthPlace: ['equal', 'country', 'department', 'unknown', 'different'],
  ins: ['equal', 'former', 'unknown', 'different'],
  pattern: ['none', 'twins'],
} as const;

export type MatchTrait = keyof typeof LEVELS;
export type Levels = { readonly [T in MatchTrait]: (typeof LEVELS)[T][number] };

export function compareIdentities(a: Comparable, b: Comparable): Levels {
  const inverted = isInverted(a, b);
  const compared = {
    name: inverted ? 'inverted' : familyLevel(a, b),
    given: inverted ? 'inverted' : givenLevel(a, b),
    others: othersLevel(a, b),
    birthDate: dateLevel(a, b),
    sex: a.sex === 'I' || b.sex === 'I' ? 'unknown' : a.sex === b.sex ? 'equal' : 'different',
    birthPlace: placeLevel(a.birthPlace, b.birthPlace),
    ins: insLevel(a, b),
  } as const;
  return { ...compared, pattern: patternOf(compared) };
}

const ALIKE: readonly string[] = ['equal', 'spelling', 'sound'];

/** Name and given name each in the other's place. */
function isInverted(a: Comparable, b: Comparable): boolean {
  const [name, given] = [letters(a.birthName), letters(a.firstGivenName)];
  return name !== given && name === letters(b.firstGivenName) && given === letters(b.birthName);
}

/** Letters that may differ between two spellings of one name, by the length of the shorter one. */
function tolerance(length: number): number {
  return length < 4 ? 0 : length < 8 ? 1 : 2;
}

function nameLevel(a: string, b: string): 'equal' | 'spelling' | 'sound' | 'part' | 'different' {
  const [one, other] = [letters(a), letters(b)];
  if (one === other) return 'equal';
  const [words, otherWords] = [bearingWords(a), bearingWords(b)];
  if (words.join(' ') === otherWords.join(' ')) return 'equal';
  if (editDistance(one, other) <= tolerance(Math.min(one.length, other.length))) return 'spelling';
  if (phoneticKey(a) === phoneticKey(b)) return 'sound';
  const compound = words.length > 1 || otherWords.length > 1;
  return compound && words.some((word) => word.length > 2 && otherWords.includes(word)) ? 'part' : 'different';
}

/** A woman may stand under her birth name here and under her married name there, whatever field holds it. */
function familyLevel(a: Comparable, b: Comparable): Levels['name'] {
  const level = nameLevel(a.birthName, b.birthName);
  if (ALIKE.includes(level)) return level;
  if (isAlike(a.birthName, b.usedName) || isAlike(a.usedName, b.birthName)) return 'crossed';
  if (level === 'part') return level;
  return isAlike(a.usedName, b.usedName) ? 'used' : 'different';
}

function isAlike(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && ALIKE.includes(nameLevel(a, b));
}

function givenLevel(a: Comparable, b: Comparable): Levels['given'] {
  const level = nameLevel(a.firstGivenName, b.firstGivenName);
  if (level !== 'different') return level;
  return isAmong(a.firstGivenName, b) || isAmong(b.firstGivenName, a) ? 'order' : 'different';
}

/** One of the other's given names, or the one that the other goes by. */
function isAmong(given: string, { birthGivenNames, usedGivenName }: Comparable): boolean {
  const known = nameWords(`${birthGivenNames ?? ''} ${usedGivenName ?? ''}`);
  return nameWords(given).some((word) => word.length > 2 && known.includes(word));
}

function othersLevel(a: Comparable, b: Comparable): Levels['others'] {
  const [one, other] = [furtherNames(a), furtherNames(b)];
  if (one.length === 0 || other.length === 0) return 'unknown';
  return one.some((name) => other.includes(name)) ? 'equal' : 'different';
}

function furtherNames({ firstGivenName, birthGivenNames }: Comparable): string[] {
  return nameWords(birthGivenNames ?? '').slice(nameWords(firstGivenName).length);
}

/** What a birth date is completed with (RNIV EXI PP 19). */
const FILLERS = ['01-01', '12-31'];

/** Namesakes this far apart are father and son, not one person whose date was mistyped. */
const GENERATION_YEARS = 14;

function dateLevel(a: Comparable, b: Comparable): Levels['birthDate'] {
  const [one, other] = [a.birthDate, b.birthDate];
  if (one === other) return FILLERS.includes(one.slice(5)) ? 'filler' : 'equal';
  if (isCompletionOf(a, other) || isCompletionOf(b, one)) return 'incomplete';
  const [year, month, day] = one.split('-');
  const [otherYear, otherMonth, otherDay] = other.split('-');
  if (year === otherYear && month === otherDay && day === otherMonth) return 'exchanged';
  if (editDistance(one, other) === 1) return 'digit';
  const same = Number(year === otherYear) + Number(month === otherMonth) + Number(day === otherDay);
  if (same === 2) return 'near';
  return Math.abs(Number(year) - Number(otherYear)) >= GENERATION_YEARS ? 'generation' : 'different';
}

/** Its date was completed, or looks so, and the other may be the whole one. */
function isCompletionOf({ birthDate, birthDateInterpreted }: Comparable, whole: string): boolean {
  const completed = birthDateInterpreted || birthDate.includes('-00') || FILLERS.includes(birthDate.slice(5));
  return completed && (birthDateVariants(whole).includes(birthDate) || birthDate === `${whole.slice(0, 4)}-00-00`);
}

function placeLevel(a: string | null, b: string | null): Levels['birthPlace'] {
  if (a === null || b === null || a === UNKNOWN_PLACE || b === UNKNOWN_PLACE) return 'unknown';
  if (a === b) return a.startsWith('99') ? 'country' : 'equal';
  if (isSameCorsicanCommune(a as CogCode, b as CogCode)) return 'equal';
  return a.slice(0, 2) === b.slice(0, 2) && !a.startsWith('99') ? 'department' : 'different';
}

function insLevel(a: Comparable, b: Comparable): Levels['ins'] {
  const former = (one: Comparable, other: Comparable) =>
    other.matricule !== null && one.formerMatricules.includes(other.matricule);
  if (former(a, b) || former(b, a)) return 'former';
  if (a.matricule === null || b.matricule === null) return 'unknown';
  return a.matricule === b.matricule && a.oid === b.oid ? 'equal' : 'different';
}

/** Two people who share what two records of one person share: only the whole tells them apart. */
function patternOf({ name, given, birthDate }: Omit<Levels, 'pattern'>): Levels['pattern'] {
  const sameDay = birthDate === 'equal' || birthDate === 'filler';
  return sameDay && given === 'different' && (ALIKE.includes(name) || name === 'part') ? 'twins' : 'none';
}
