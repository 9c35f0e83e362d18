/** What is asked: a patient who is there, with the errors of each case. */
import type { PatientQuery } from '../../src/identity/index.ts';
import { draw, type Patient } from './people.ts';

export interface Question {
  readonly patient: Patient;
  readonly query: PatientQuery;
}

export interface QuestionKind {
  readonly name: string;
  readonly exact: boolean;
  readonly ask: (patient: Patient, number: number) => PatientQuery;
  /** Who can be asked for so; everybody by default. */
  readonly of?: (patient: Patient) => boolean;
  /** Floors asked the same questions in the same turn. */
  readonly floors?: readonly string[];
}

const LIKE = 'AEIOURSLN';

/** One letter left out, exchanged with the next, replaced or added; the first one stays. */
function mistyped(text: string, number: number, purpose: number): string {
  if (text.length < 3) return text;
  const at = 1 + Math.floor(draw(number, purpose) * (text.length - 2));
  const other = LIKE[Math.floor(draw(number, purpose + 1) * LIKE.length)] ?? 'A';
  const [before, letter, next, rest] = [text.slice(0, at), text[at] ?? '', text[at + 1] ?? '', text.slice(at + 2)];
  return [
    before + next + rest,
    before + next + letter + rest,
    before + other + next + rest,
    before + letter + other + next + rest,
  ][Math.floor(draw(number, purpose + 2) * 4)] as string;
}

function otherDay(date: string, number: number): string {
  const day = 1 + ((Number(date.slice(8)) + Math.floor(draw(number, 53) * 26)) % 28);
  return `${date.slice(0, 8)}${String(day).padStart(2, '0')}`;
}

function exchanged(date: string): string {
  return `${date.slice(0, 5)}${date.slice(8)}-${date.slice(5, 7)}`;
}

/** Two last digits exchanged, or the last one wrong. */
function otherYear(date: string, number: number): string {
  const [ten = '', unit = ''] = [date[2], date[3]];
  const wrong =
    ten === unit || draw(number, 54) < 0.5
      ? `${ten}${(Number(unit) + 1 + Math.floor(draw(number, 55) * 8)) % 10}`
      : `${unit}${ten}`;
  return `${date.slice(0, 2)}${wrong}${date.slice(4)}`;
}

function whole({ birthName, firstGivenName, birthDate, sex, birthPlace }: Patient): PatientQuery {
  return {
    familyName: birthName,
    givenName: firstGivenName,
    born: birthDate,
    sex,
    ...(birthPlace === null ? {} : { birthPlace }),
  };
}

const TRGM = ['pg-trgm-bounded'] as const;

export const QUESTIONS: readonly QuestionKind[] = [
  {
    name: 'ins',
    exact: true,
    of: ({ matricule }) => matricule !== null,
    ask: ({ matricule }) => ({ ins: { matricule: matricule ?? '' } }),
    floors: ['b-tree-ins'],
  },
  { name: 'ipp', exact: true, ask: ({ ipp }) => ({ identifier: { value: ipp } }) },
  {
    name: 'strict-traits',
    exact: true,
    ask: ({ birthName, ...one }) => ({ ...whole({ ...one, birthName }), familyName: undefined, birthName }),
    floors: ['b-tree-strict-traits'],
  },
  {
    name: 'first-letters',
    exact: true,
    ask: ({ birthName, firstGivenName, birthDate }) => ({
      familyName: birthName.slice(0, 4),
      givenName: firstGivenName.slice(0, 2),
      born: birthDate,
    }),
  },
  {
    name: 'first-letters-year',
    exact: true,
    ask: ({ birthName, birthDate }) => ({ familyName: birthName.slice(0, 4), born: birthDate.slice(0, 4) }),
  },
  {
    name: 'used-name-date',
    exact: true,
    of: ({ usedName }) => usedName !== null,
    ask: ({ usedName, birthDate }) => ({ usedName: usedName ?? '', born: birthDate }),
  },
  { name: 'date-sex', exact: true, ask: ({ birthDate, sex }) => ({ born: birthDate, sex }) },
  {
    name: 'typo-name',
    exact: false,
    ask: (one, number) => ({ ...whole(one), familyName: mistyped(one.birthName, number, 60) }),
    floors: TRGM,
  },
  {
    name: 'wrong-day',
    exact: false,
    ask: (one, number) => ({ ...whole(one), born: otherDay(one.birthDate, number) }),
    floors: TRGM,
  },
  {
    name: 'typo-name-no-date',
    exact: false,
    ask: ({ birthName, firstGivenName, sex }, number) => ({
      familyName: mistyped(birthName, number, 60),
      givenName: firstGivenName,
      sex,
    }),
  },
  {
    name: 'typo-name-wrong-day',
    exact: false,
    ask: (one, number) => ({
      ...whole(one),
      familyName: mistyped(one.birthName, number, 60),
      born: otherDay(one.birthDate, number),
    }),
    floors: TRGM,
  },
  {
    name: 'typo-name-wrong-day-no-place',
    exact: false,
    ask: (one, number) => ({
      ...whole(one),
      familyName: mistyped(one.birthName, number, 60),
      born: otherDay(one.birthDate, number),
      birthPlace: undefined,
    }),
  },
  {
    name: 'typo-name-typo-given',
    exact: false,
    ask: (one, number) => ({
      ...whole(one),
      familyName: mistyped(one.birthName, number, 60),
      givenName: mistyped(one.firstGivenName, number, 70),
    }),
    floors: TRGM,
  },
  {
    name: 'typo-given-wrong-year',
    exact: false,
    ask: (one, number) => ({
      ...whole(one),
      givenName: mistyped(one.firstGivenName, number, 70),
      born: otherYear(one.birthDate, number),
    }),
    floors: TRGM,
  },
  {
    name: 'typo-name-exchanged-date',
    exact: false,
    of: ({ birthDate }) => Number(birthDate.slice(8)) <= 12 && birthDate.slice(5, 7) !== birthDate.slice(8),
    ask: (one, number) => ({
      ...whole(one),
      familyName: mistyped(one.birthName, number, 60),
      born: exchanged(one.birthDate),
    }),
    floors: TRGM,
  },
  {
    name: 'exchanged-names-wrong-day',
    exact: false,
    ask: (one, number) => ({
      ...whole(one),
      familyName: one.firstGivenName,
      givenName: one.birthName,
      born: otherDay(one.birthDate, number),
    }),
    floors: TRGM,
  },
  {
    name: 'typo-used-name-wrong-day',
    exact: false,
    of: ({ usedName }) => usedName !== null,
    ask: (one, number) => ({
      ...whole(one),
      familyName: mistyped(one.usedName ?? '', number, 60),
      born: otherDay(one.birthDate, number),
    }),
  },
];
