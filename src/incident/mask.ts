/**
 * Masks the traits of a patient wherever they stand in a text, however they are written: capitals, accents, ligatures, double
 * names in parts, dates in figures or in words, numbers with spaces. It rather masks too much: an incident goes to others.
 */
import { withoutMatricule } from '../ins/redact.ts';
import { folded } from './folded.ts';

export interface PatientTraits {
  readonly names: readonly string[];
  /** `AAAAMMJJ`, separators allowed. */
  readonly birthDates: readonly string[];
  /** Matricules, local numbers, visit numbers, codes of the place of birth, postal codes. */
  readonly numbers: readonly string[];
  readonly phones: readonly string[];
  /** Lines of an address, towns, electronic addresses. */
  readonly places: readonly string[];
}

export interface Masker {
  /** Also what is only shaped like a matricule. */
  readonly text: (value: string) => string;
  /** An identifier: only what is known of this patient, since a number of 13 digits may be a time. */
  readonly identifier: (value: string) => string;
}

const MASK = '[masqué]';
/** Shorter names stand alone: « LI » is not looked for inside « publication ». */
const INSIDE_WORDS_FROM = 5;
const SHORTEST_PLACE = 4;
const SEPARATOR = '[\\s.\\-/_]?';
const MONTHS = 'JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE'.split(' ');
const STREETS = new Set('AVENUE BOULEVARD CHEMIN ALLEE PLACE IMPASSE ROUTE QUAI COURS SQUARE FRANCE'.split(' '));

export function createMasker(traits: PatientTraits): Masker {
  const patterns = [
    ...traits.numbers.flatMap(numberPattern),
    ...traits.phones.flatMap(phonePattern),
    ...traits.birthDates.flatMap(datePatterns),
    ...traits.places.flatMap(wholePattern),
    ...words(traits.places)
      .filter((word) => word.length >= SHORTEST_PLACE && !STREETS.has(word))
      .map(wordPattern),
    ...words(traits.names).map(wordPattern),
  ];
  const known = patterns.length === 0 ? undefined : new RegExp([...new Set(patterns)].join('|'), 'g');
  const identifier = (value: string): string => (known === undefined ? value : masked(value, known));
  return { identifier, text: (value) => identifier(withoutMatricule(value)) };
}

function masked(value: string, known: RegExp): string {
  const { text, origins } = folded(value);
  let shown = '';
  let from = 0;
  for (const { 0: found, index } of text.matchAll(known)) {
    shown += value.slice(from, origins[index]) + MASK;
    from = Math.max(from, endOf(origins, index + found.length));
  }
  return shown + value.slice(from);
}

/** Where a match ends: marks that follow its last letter belong to it, and so does the rest of a ligature. */
function endOf(origins: readonly number[], end: number): number {
  const last = origins[end - 1] ?? 0;
  return origins.slice(end).find((origin) => origin > last) ?? origins.at(-1) ?? 0;
}

/** Each part of a name or of an address by itself, also as a software that mistakes its encoding would write it. */
function words(values: readonly string[]): string[] {
  const seen = values.flatMap((value) => [value, Buffer.from(value, 'utf8').toString('latin1')]);
  return seen.flatMap((value) => folded(value).text.split(/[^\p{L}\p{N}]+/u)).filter((word) => /\p{L}{2}/u.test(word));
}

function wordPattern(word: string): string {
  const literal = escaped(word);
  return word.length >= INSIDE_WORDS_FROM ? literal : `(?<!\\p{L})${literal}(?!\\p{L})`.replaceAll('\\p{L}', '[A-Z]');
}

function wholePattern(value: string): string[] {
  const text = folded(value).text.trim();
  return text.length < SHORTEST_PLACE ? [] : [escaped(text)];
}

/** `1 84 12 76 451 089 46` is `184127645108946`; a matricule is also known without its key. */
function numberPattern(value: string): string[] {
  const text = folded(value).text.trim();
  if (text === '') return [];
  const forms = /^\d{5}[\dAB]{2}\d{8}$/.test(text) ? [text, text.slice(0, 13)] : [text];
  return forms.map(
    (form) => `(?<![A-Z0-9])${[...form].map(escaped).join(form.length > 4 ? SEPARATOR : '')}(?![A-Z0-9])`,
  );
}

/** `06 12 34 56 78` is `+33 612345678`. */
function phonePattern(value: string): string[] {
  const digits = value.replace(/\D/g, '').slice(-9);
  return digits.length < 9 ? [] : [`\\+?\\d{0,3}${SEPARATOR}${[...digits].join(SEPARATOR)}`];
}

function datePatterns(value: string): string[] {
  const [, year, month, day] = /^(\d{4})[-/]?(\d{2})[-/]?(\d{2})/.exec(value) ?? [];
  if (year === undefined || month === undefined || day === undefined) return [];
  const [d, m] = [Number(day), Number(month)];
  const name = MONTHS[m - 1];
  return [
    `${year}${SEPARATOR}${month}${SEPARATOR}${day}`,
    `${day}${SEPARATOR}${month}${SEPARATOR}${year}`,
    `(?<!\\d)0?${d}[\\s.\\-/]0?${m}[\\s.\\-/](?:${year}|${year.slice(2)})(?!\\d)`,
    ...(name === undefined ? [] : [`(?<!\\d)0?${d}(?:ER)?\\s+${name}\\s+${year}`]),
  ];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
