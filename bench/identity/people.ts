/**
 * Patients who never lived, as many as wanted, one by one: number n is always the same person. Made to be hard to tell apart:
 * a few names are borne by many, made names are alike, brothers, sisters and twins share name, place or day, fathers and sons
 * both names, and those whose day is not known are all born on 1 January or 31 December. Real names are more alike still.
 */
import {
  COMMUNES,
  COUNTRIES,
  ENDS,
  FREQUENT_SURNAMES,
  GIVEN_F,
  GIVEN_M,
  MIDDLES,
  OTHER_SURNAMES,
  PARTICLES,
  STARTS,
} from '../population/names.ts';

export interface Patient {
  readonly id: string;
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames: string;
  readonly usedName: string | null;
  readonly sex: 'M' | 'F';
  readonly birthDate: string;
  readonly birthPlace: string | null;
  readonly matricule: string | null;
  readonly ipp: string;
}

/** 0 to 1, a draw of its own for each number and purpose. */
export function draw(number: number, purpose: number): number {
  let mixed = Math.imul(number ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(purpose + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

function pick<T>(items: readonly T[], at: number): T {
  return items[Math.floor(at * items.length)] as T;
}

/** The first of the list most: with 3, the first of 65,000 is borne by one in forty, the first hundred by one in nine. */
function skewed<T>(items: readonly T[], at: number, by: number): T {
  return pick(items, at ** by);
}

const MADE = STARTS.flatMap((start) => ['', ...MIDDLES].flatMap((middle) => ENDS.map((end) => start + middle + end)));
/** By frequency: the frequent ones, then the made ones, shuffled. */
const SURNAMES = [
  ...FREQUENT_SURNAMES,
  ...MADE.map((name, index) => ({ name, at: draw(index, 99) }))
    .sort((one, other) => one.at - other.at)
    .map(({ name }) => name),
];

function surname(number: number, purpose: number): string {
  const kind = draw(number, purpose);
  const name = skewed(SURNAMES, draw(number, purpose + 1), 3);
  if (kind < 0.06) return pick(OTHER_SURNAMES, draw(number, purpose + 2));
  if (kind < 0.09) return pick(PARTICLES, draw(number, purpose + 2)) + name;
  if (kind < 0.12) return `${name}-${skewed(SURNAMES, draw(number, purpose + 2), 3)}`;
  return name;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

const THIRTY = [4, 6, 9, 11];

function dateIn(year: number, number: number, purpose: number): string {
  const kind = draw(number, purpose);
  if (kind < 0.02) return `${year}-01-01`;
  if (kind < 0.025) return `${year}-12-31`;
  const month = 1 + Math.floor(draw(number, purpose + 1) * 12);
  const days = month === 2 ? 28 : THIRTY.includes(month) ? 30 : 31;
  return `${year}-${two(month)}-${two(1 + Math.floor(draw(number, purpose + 2) * days))}`;
}

/** One in seven is of the family of the patient before. */
const FAMILY = 0.14;

export function patient(number: number): Patient {
  const kin = number > 0 ? draw(number, 1) : 1;
  const head = kin < FAMILY ? headOf(number - 1) : number;
  const twin = kin < 0.012;
  const namesake = kin > 0.012 && kin < 0.02;
  const sex = draw(namesake ? head : number, 2) < 0.51 ? 'F' : 'M';
  const year =
    yearOf(head) +
    (head === number || twin ? 0 : namesake ? 18 + Math.floor(draw(number, 4) * 22) : Math.floor(draw(number, 4) * 12));
  const first = skewed(sex === 'F' ? GIVEN_F : GIVEN_M, draw(namesake ? head : number, 5), 1.6);
  const others = [6, 7].map((purpose) => skewed(sex === 'F' ? GIVEN_F : GIVEN_M, draw(number, purpose), 1.6));
  const abroad = draw(head, 8) < 0.1;
  const place = abroad ? pick(COUNTRIES, draw(head, 9)) : skewed(PLACES, draw(head, 9), 2);
  const birthDate = twin ? dateIn(year, head, 20) : dateIn(Math.min(year, 2026), number, 20);
  const married = sex === 'F' && year < 1996 && draw(number, 10) < 0.4;
  return {
    id: idOf(number),
    birthName: surname(head, 11),
    firstGivenName: first,
    birthGivenNames: [...new Set([first, ...others])].join(' '),
    usedName: married ? surname(number, 15) : null,
    sex,
    birthDate,
    birthPlace: draw(number, 18) < 0.04 ? null : place,
    matricule: draw(number, 19) < 0.6 ? matricule(number, sex, birthDate, place) : null,
    ipp: `P${number}`,
  };
}

/** Who gives a family its name. */
function headOf(number: number): number {
  let head = number;
  while (head > 0 && draw(head, 1) < FAMILY) head -= 1;
  return head;
}

function yearOf(number: number): number {
  return 1925 + Math.floor(draw(number, 3) ** 0.8 * 101);
}

/** Of the size of the country's list: some large towns, then thousands. */
const PLACES = [
  ...COMMUNES,
  ...Array.from(
    { length: 4_000 },
    (_, index) => `${two(1 + (index % 95))}${String(1 + Math.floor(index / 12)).padStart(3, '0')}`,
  ),
];

/** Its key is not computed: nothing here reads it. */
function matricule(number: number, sex: 'M' | 'F', birthDate: string, place: string): string {
  const start = `${sex === 'M' ? '1' : '2'}${birthDate.slice(2, 4)}${birthDate.slice(5, 7)}${place}`;
  return `${start}${String(number % 1_000).padStart(3, '0')}${two(1 + (Math.floor(number / 1_000) % 97))}`;
}

/** In no order, as those of the house. */
function idOf(number: number): string {
  const words = [30, 31, 32].map((purpose) =>
    Math.floor(draw(number, purpose) * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  );
  const text = words.join('') + number.toString(16).padStart(8, '0');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-8${text.slice(17, 20)}-${text.slice(20)}`;
}
