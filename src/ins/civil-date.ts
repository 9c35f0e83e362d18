/**
 * Civil dates as strings, possibly lunar (month or day `00`). Never a JavaScript Date: a lunar date does not exist in
 * any calendar, and a Date would move with the time zone. Source: ins.md 2 (EXI ID 11, EXI ID 12, EXI PP 19).
 */
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { CivilDate } from './types.ts';

/** INSi, FHIR and storage · HL7 v2, CDA and XDS · DataMatrix · what people read. */
export type DateForm = 'AAAA-MM-JJ' | 'AAAAMMJJ' | 'JJ-MM-AAAA' | 'JJ/MM/AAAA';

const SHAPES: Readonly<Record<DateForm, RegExp>> = {
  'AAAA-MM-JJ': /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})$/,
  AAAAMMJJ: /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})$/,
  'JJ-MM-AAAA': /^(?<day>\d{2})-(?<month>\d{2})-(?<year>\d{4})$/,
  'JJ/MM/AAAA': /^(?<day>\d{2})\/(?<month>\d{2})\/(?<year>\d{4})$/,
};

/** Reads a date of the calendar, or a lunar one. `2023-02-30` and month 13 are refused. */
export function parseCivilDate(text: string, form: DateForm = 'AAAA-MM-JJ'): Result<CivilDate> {
  const { year, month, day } = SHAPES[form].exec(text)?.groups ?? {};
  if (year === undefined || month === undefined || day === undefined) return refuse(identityRules.malformedCivilDate);
  if (!exists(Number(year), Number(month), Number(day))) return refuse(identityRules.malformedCivilDate);
  return ok(`${year}-${month}-${day}` as CivilDate);
}

export function formatCivilDate(date: CivilDate, form: DateForm): string {
  const [year, month, day] = parts(date);
  switch (form) {
    case 'AAAA-MM-JJ':
      return date;
    case 'AAAAMMJJ':
      return `${year}${month}${day}`;
    case 'JJ-MM-AAAA':
      return `${day}-${month}-${year}`;
    case 'JJ/MM/AAAA':
      return `${day}/${month}/${year}`;
  }
}

/** True when year, month or day is unknown. */
export function isLunar(date: CivilDate): boolean {
  const [year, month, day] = parts(date);
  return year === '0000' || month === '00' || day === '00';
}

/** A complete date, with the flag that it was interpreted (ZFD-4). */
export interface CompletedDate {
  readonly date: CivilDate;
  readonly interpreted: boolean;
}

/** RNIV completion: day unknown, 1st of the month; month unknown, January; both, 31 December. The year is never guessed. */
export function completeDate(date: CivilDate): Result<CompletedDate> {
  if (!isLunar(date)) return ok({ date, interpreted: false });
  const [year, month, day] = parts(date);
  if (year === '0000') return refuse(identityRules.birthYearUnknown);
  if (month === '00' && day === '00') return ok({ date: `${year}-12-31` as CivilDate, interpreted: true });
  const completed = `${year}-${month === '00' ? '01' : month}-${day === '00' ? '01' : day}`;
  return ok({ date: completed as CivilDate, interpreted: true });
}

/**
 * Whole years from a birth date to a day, both of the calendar; a lunar one counts as completed by the RNIV. Undefined when
 * the year of birth is unknown.
 */
export function ageOn(birth: CivilDate, day: CivilDate): number | undefined {
  const completed = completeDate(birth);
  if (!completed.ok) return undefined;
  const [year, month, dayOfMonth] = parts(completed.value.date);
  const [toYear, toMonth, toDay] = parts(day);
  const years = Number(toYear) - Number(year);
  return `${toMonth}${toDay}` < `${month}${dayOfMonth}` ? years - 1 : years;
}

function parts(date: CivilDate): [string, string, string] {
  return [date.slice(0, 4), date.slice(5, 7), date.slice(8, 10)];
}

/** An unknown month allows 31 days, an unknown year allows 29 February. */
function exists(year: number, month: number, day: number): boolean {
  if (month > 12 || day > 31) return false;
  if (month === 2) return day <= (year === 0 || isLeap(year) ? 29 : 28);
  return day <= ([4, 6, 9, 11].includes(month) ? 30 : 31);
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}
