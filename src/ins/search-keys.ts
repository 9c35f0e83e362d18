/**
 * Under which keys an identity is found again when its traits are asked with errors (decision 0026). Each key is narrow: a
 * block of at most some thousands among ten million, read in an index. Two errors leave at least one block right.
 *
 * | key | holds | finds in spite of |
 * | --- | --- | --- |
 * | `d:` | nothing: with the birth date | any error in the names |
 * | `n:` + skeleton of a family name | with a near birth date | an error in the given name and in the date |
 * | `g:` + skeleton of a given name | with a near birth date | an error in the family name and in the date |
 * | `a:` + both skeletons | any birth date | a date that is wrong altogether, or not given |
 * | `p:` + three letters of the name, one of the given name | any birth date | an error in the name, no date |
 * | `u:` + used name and given name | any birth date | nothing: first letters of the used name |
 */
import { bearingWords, letters } from './name-keys.ts';
import { comparisonForm } from './traits.ts';

export interface NamesAndBirth {
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly usedName: string | null;
  readonly usedGivenName: string | null;
  /** AAAA-MM-JJ, possibly lunar. */
  readonly birthDate: string;
}

export interface SearchKeys {
  readonly keys: readonly string[];
  /** AAAAMMJJ. */
  readonly born: number;
  /** 64 bits, signed, in decimal. */
  readonly signature: string;
}

/** Accent-, hyphen- and case-blind form under which names are searched by their first letters. */
export function searchForm(...names: (string | null | undefined)[]): string {
  return comparisonForm(names.filter((name) => name !== null && name !== undefined).join(' '))
    .replace(/[^A-Z0-9]+/g, ' ')
    .trim();
}

/** What stands in the index for an identity. */
export function searchKeysOf(person: NamesAndBirth): SearchKeys {
  const families = present(person.birthName, person.usedName);
  const givens = present(person.firstGivenName, person.usedGivenName);
  const familyKeys = skeletons(families);
  const givenKeys = skeletons(givens);
  const used = usedForm(person);
  return {
    keys: [
      DATE_KEY,
      ...familyKeys.map((key) => `n:${key}`),
      ...givenKeys.map((key) => `g:${key}`),
      ...together(familyKeys, givenKeys),
      ...beginnings(families, givens),
      ...(used === undefined ? [] : [`u:${used}`]),
    ],
    born: bornNumber(person.birthDate),
    signature: signatureOf([...families, ...givens]),
  };
}

/** A part of the index to read: one key, birth dates between two bounds. */
export interface Probe {
  /** Probes of a block share the places of that block among the candidates. */
  readonly block: 'date' | 'family' | 'given' | 'names' | 'letters';
  readonly key: string;
  readonly low: number;
  readonly high: number;
}

export interface AskedTraits {
  readonly familyName?: string | undefined;
  readonly givenName?: string | undefined;
  /** `AAAA-MM-JJ`, `AAAA-MM` or `AAAA`. */
  readonly born?: string | undefined;
}

/** Where a person may stand whose traits are asked with one or two errors. Empty when neither name nor whole date is given. */
export function probesOf({ familyName, givenName, born }: AskedTraits): Probe[] {
  const family = familyName === undefined ? [] : skeletons([familyName]);
  const given = givenName === undefined ? [] : skeletons([givenName]);
  const whole = born !== undefined && born.length === 10;
  const near = born === undefined ? [EVER] : whole ? nearDates(born) : [spanOf(born)];
  const probes = (block: Probe['block'], keys: readonly string[], spans: readonly Span[]): Probe[] =>
    keys.flatMap((key) => spans.map(([low, high]) => ({ block, key, low, high })));
  const anyDate = whole ? [EVER] : near;
  const bothNames = familyName !== undefined && givenName !== undefined && family.length > 0 && given.length > 0;
  const alone = born !== undefined || !bothNames;
  return [
    ...(whole ? probes('date', [DATE_KEY], [spanOf(born)]) : []),
    ...(alone ? probes('family', prefixed('n:', family), near) : []),
    ...(alone ? probes('given', prefixed('g:', given), near) : []),
    // A family name typed where the given name belongs, and the reverse, is an error like another.
    ...probes('names', [...together(family, given), ...together(given, family)], anyDate),
    ...(whole || !bothNames ? [] : probes('letters', misspeltBeginnings(familyName, givenName), near)),
  ];
}

/** Bits of the letter pairs of these names, as they stand in the index. */
export function signatureOf(names: readonly string[]): string {
  let low = 0;
  let high = 0;
  for (const name of names) {
    const text = `^${letters(name)}$`;
    for (let at = 0; at + 1 < text.length; at += 1) {
      const pair = Math.imul(text.charCodeAt(at) * 31 + text.charCodeAt(at + 1), 0x9e3779b1) >>> 26;
      if (pair < 32) low |= 1 << pair;
      else high |= 1 << (pair - 32);
    }
  }
  return BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString();
}

/** The used name as its first letters are searched: that of birth where only the given name is another. */
function usedForm({ birthName, firstGivenName, usedName, usedGivenName }: NamesAndBirth): string | undefined {
  if (usedName === null && usedGivenName === null) return undefined;
  return searchForm(usedName ?? birthName, usedGivenName ?? firstGivenName);
}

/** AAAAMMJJ of a civil date, possibly lunar. */
export function bornNumber(date: string): number {
  return Number(date.replaceAll('-', ''));
}

const DATE_KEY = 'd:';
type Span = readonly [low: number, high: number];
const EVER: Span = [0, 99_999_999];

/** Keys of one person at most, of each kind: a name of ten words must not fill the index. */
const MOST_SKELETONS = 6;
const MOST_TOGETHER = 12;

function present(...names: (string | null)[]): string[] {
  return names.filter((name) => name !== null && name !== '') as string[];
}

function prefixed(kind: string, keys: readonly string[]): string[] {
  return keys.map((key) => kind + key);
}

/** Of whole names first, then of the words that bear them: DUPONT-MARTIN is found under DUPONT and under MARTIN too. */
function skeletons(names: readonly string[]): string[] {
  const texts = [...names, ...names.flatMap(bearingWords)];
  return [...new Set(texts.map(skeleton))].filter((key) => key !== '').slice(0, MOST_SKELETONS);
}

/** Letters that a hand or an ear takes for one another, and those that are not heard, in this order. */
const ALIKE: readonly (readonly [RegExp, string])[] = [
  [/[^A-Z]/g, ''],
  [/PH/g, 'F'],
  [/H/g, ''],
  [/BV|W/g, 'V'],
  [/[QCGJ]/g, 'K'],
  [/[ZX]/g, 'S'],
  [/M/g, 'N'],
  [/D/g, 'T'],
  [/^[AEIOUY]/, 'A'],
  [/(?<=..)[TSP]+$/, ''],
];

/**
 * First letter, then which consonants there are, in the order of the alphabet: a letter doubled, left out of the vowels,
 * mistaken for its like or exchanged with its neighbour changes nothing. A random single typo leaves it as it is seven
 * times of ten, and the phonetic key once of twelve; what it brings too much, the signature ranks.
 */
function skeleton(name: string): string {
  const known = SKELETONS.get(name);
  if (known !== undefined) return known;
  const text = ALIKE.reduce((word, [written, like]) => word.replace(written, like), letters(name));
  const others = new Set(text.slice(1).replace(/[AEIOUY]/g, ''));
  const key = text.slice(0, 1) + [...others].sort().join('');
  if (SKELETONS.size === MOST_REMEMBERED) SKELETONS.clear();
  SKELETONS.set(name, key);
  return key;
}

/** Names repeat, and a key costs ten rewritings. */
const MOST_REMEMBERED = 20_000;
const SKELETONS = new Map<string, string>();

function together(families: readonly string[], givens: readonly string[]): string[] {
  const pairs = families.flatMap((family) => givens.map((given) => `a:${family} ${given}`));
  return [...new Set(pairs)].slice(0, MOST_TOGETHER);
}

/** First letters, of the whole name and of the word that bears it: DE LA TOUR is under DEL and under TOU. */
function beginnings(families: readonly string[], givens: readonly string[]): string[] {
  const starts = families
    .flatMap((name) => [letters(name), bearingWords(name)[0] ?? ''])
    .map((text) => text.slice(0, 3));
  const initials = givens.map((name) => letters(name).slice(0, 1));
  return [...new Set(starts.flatMap((start) => initials.map((initial) => `p:${start}${initial}`)))];
}

const ALPHABET = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** The same with one error in the second or the third letter of the name; the first one is hardly ever wrong. */
function misspeltBeginnings(family: string, given: string): string[] {
  const [first = '', second = '', third = '', fourth = ''] = letters(family);
  const starts = [
    first + third + second,
    first + second + fourth,
    first + third + fourth,
    ...ALPHABET.flatMap((other) => [first + other + third, first + second + other, first + other + second]),
  ];
  return [...new Set([...beginnings([family], [given]), ...beginnings(starts, [given])])];
}

/** Bounds of a date, a month or a year. */
function spanOf(born: string): Span {
  const digits = born.replaceAll('-', '');
  return [Number(digits.padEnd(8, '0')), Number(digits.padEnd(8, '9'))];
}

/**
 * The other dates that a hand or an ear makes of this one: another day of the month, day and month exchanged, another month,
 * another digit of the year or its last two exchanged, and what an unknown part is completed with (RNIV EXI PP 19).
 */
function nearDates(date: string): Span[] {
  const [year = '', month = '', day = ''] = date.split('-');
  const months = Array.from({ length: 12 }, (_, index) => String(index + 1).padStart(2, '0'));
  const near = [
    ...months.map((other) => `${year}-${other}-${day}`),
    ...otherYears(year).map((other) => `${other}-${month}-${day}`),
    `${year}-${day}-${month}`,
    `${year}-01-01`,
    `${year}-12-31`,
  ].map(spanOf);
  return [spanOf(`${year}-${month}`), ...near];
}

function otherYears(year: string): string[] {
  const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
  const [century, ten = '', unit = ''] = [year.slice(0, 2), year.slice(2, 3), year.slice(3)];
  const years = [
    ...digits.map((digit) => century + ten + digit),
    ...digits.map((digit) => century + digit + unit),
    century + unit + ten,
    String(Number(year) + 1),
    String(Number(year) - 1),
    ...['19', '20'].map((other) => other + ten + unit),
  ];
  return [...new Set(years)].filter((other) => other !== year);
}
