/**
 * People who never lived, drawn from a seed: families, twins, namesakes and homonyms, births abroad with incomplete dates,
 * married names. What is true of each is known, which is what makes a measurement possible.
 */
import { matriculeKey } from '../../src/ins/matricule.ts';
import { seededRandom } from '../../src/ins/seeded-random.fixture.ts';
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
} from './names.ts';

export interface Person {
  readonly birthName: string;
  /** The first one may be compound. */
  readonly givenNames: readonly string[];
  readonly usedName: string | undefined;
  readonly sex: 'M' | 'F';
  /** AAAA-MM-JJ, complete. */
  readonly birthDate: string;
  /** Day, or day and month, unknown to the registers: the date was completed (RNIV EXI PP 19). */
  readonly incomplete: boolean;
  readonly birthPlace: string;
  /** 15 characters; carries the test OID wherever it is used. */
  readonly matricule: string;
  /** Waiting number (NIA) that it replaced, for some of the people born abroad. */
  readonly formerMatricule: string | undefined;
}

/** `percent(30)` is true 30 times in 100. */
export interface Chance {
  below(max: number): number;
  percent(share: number): boolean;
  of<T>(items: readonly T[]): T;
}

export function chance(seed: number): Chance {
  const random = seededRandom(seed);
  return {
    below: random.below,
    percent: (share) => random.below(10_000) < share * 100,
    of: (items) => {
      const item = items[random.below(items.length)];
      if (item === undefined) throw new Error('nothing to choose from');
      return item;
    },
  };
}

/** Exactly `count` people; the same for the same seed. */
export function drawPeople(count: number, seed: number): Person[] {
  const dice = chance(seed);
  const people: Person[] = [];
  const taken = new Set<string>();
  const add = (person: Unnumbered) => people.push(numbered(person, taken, dice));
  while (people.length < count) {
    const person = drawPerson(dice);
    add(person);
    for (const relative of relativesOf(person, people, dice)) if (people.length < count) add(relative);
  }
  return people;
}

type Unnumbered = Omit<Person, 'matricule' | 'formerMatricule'>;

function drawPerson(dice: Chance): Unnumbered {
  const sex = dice.percent(51) ? 'F' : 'M';
  const abroad = dice.percent(12);
  const year = 1925 + dice.below(101);
  const incomplete = abroad && dice.percent(25);
  return {
    birthName: drawSurname(dice, abroad),
    givenNames: drawGivenNames(dice, sex),
    usedName: sex === 'F' && year < 2000 && dice.percent(45) ? drawSurname(dice, false) : undefined,
    sex,
    birthDate: incomplete ? `${year}-${dice.of(['12-31', '01-01', `0${1 + dice.below(9)}-01`])}` : drawDate(dice, year),
    incomplete,
    birthPlace: abroad ? dice.of(COUNTRIES) : dice.of(COMMUNES),
  };
}

/** Those who look like a person without being that person: what a matcher is judged by. */
function relativesOf(person: Unnumbered, people: readonly Person[], dice: Chance): Unnumbered[] {
  const year = Number(person.birthDate.slice(0, 4));
  const child = (sex: 'M' | 'F') => ({ sex, givenNames: drawGivenNames(dice, sex), usedName: undefined });
  const relatives: Unnumbered[] = [];
  if (dice.percent(1.5)) relatives.push({ ...person, ...child(dice.percent(60) ? person.sex : other(person.sex)) });
  if (dice.percent(8))
    relatives.push({
      ...person,
      ...child(dice.of(['M', 'F'])),
      birthDate: drawDate(dice, year + 1 + dice.below(8)),
      incomplete: false,
    });
  // A son who bears his father's names.
  if (person.sex === 'M' && dice.percent(1))
    relatives.push({ ...person, birthDate: drawDate(dice, year + 18 + dice.below(22)), incomplete: false });
  const earlier = people.length > 0 ? dice.of(people) : undefined;
  // Homonyms: the same two names; for one in five, the same day as well.
  if (earlier !== undefined && dice.percent(2)) {
    const { birthName, givenNames, sex } = earlier;
    const sameDay = dice.percent(20) ? { birthDate: earlier.birthDate, incomplete: earlier.incomplete } : {};
    relatives.push({
      ...drawPerson(dice),
      birthName,
      sex,
      usedName: undefined,
      givenNames: [givenNames[0] ?? '', ...drawGivenNames(dice, sex).slice(1)],
      ...sameDay,
    });
  }
  return relatives;
}

function other(sex: 'M' | 'F'): 'M' | 'F' {
  return sex === 'M' ? 'F' : 'M';
}

export function drawSurname(dice: Chance, abroad: boolean): string {
  if (abroad && dice.percent(80)) return dice.of(OTHER_SURNAMES);
  const name = dice.percent(35) ? frequentSurname(dice) : madeSurname(dice);
  if (dice.percent(4)) return `${dice.of(PARTICLES)}${name}`;
  return dice.percent(3) ? `${name}-${frequentSurname(dice)}` : name;
}

/** The first of the list are more frequent, as they are in the country. */
function frequentSurname(dice: Chance): string {
  const bound = 1 + dice.below(FREQUENT_SURNAMES.length);
  return FREQUENT_SURNAMES[dice.below(bound)] ?? 'MARTIN';
}

function madeSurname(dice: Chance): string {
  return `${dice.of(STARTS)}${dice.percent(60) ? dice.of(MIDDLES) : ''}${dice.of(ENDS)}`;
}

function drawGivenNames(dice: Chance, sex: 'M' | 'F'): string[] {
  const names = sex === 'F' ? GIVEN_F : GIVEN_M;
  const list = [dice.of(names)];
  for (const share of [70, 40]) {
    const name = dice.of(names);
    if (dice.percent(share) && !list.includes(name)) list.push(name);
  }
  return list;
}

export function drawDate(dice: Chance, year: number): string {
  return `${Math.min(year, 2026)}-${two(1 + dice.below(12))}-${two(1 + dice.below(28))}`;
}

export function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** Nobody's number: made from the traits as a real one is, the first order that is free. */
function numbered(person: Unnumbered, taken: Set<string>, dice: Chance): Person {
  const made = () => {
    const start = `${person.sex === 'M' ? '1' : '2'}${person.birthDate.slice(2, 4)}${person.birthDate.slice(5, 7)}${person.birthPlace}`;
    let order = 1 + dice.below(900);
    while (taken.has(`${start}${three(order)}`)) order += 1;
    const number = `${start}${three(order)}`;
    taken.add(number);
    return `${number}${two(matriculeKey(number))}`;
  };
  const matricule = made();
  const abroad = person.birthPlace.startsWith('99');
  return { ...person, matricule, formerMatricule: abroad && dice.percent(20) ? made() : undefined };
}

function three(number: number): string {
  return String(number).padStart(3, '0');
}
