/** XDS authorSpecialty, CDA author code: profession and specialty of a person (JDV_J01). Source: cda-cisis.md 3, dmp.md 3.4. */
import type { CodedValue } from './code.ts';
import { PHYSICIAN_SPECIALTIES } from './physician-specialties.ts';
import { PROFESSIONS } from './profession-table.ts';

/** TRE_A00: where every code of a profession with its specialty is; the code system of a code that we do not know. */
const PROFESSION_SYSTEM = '1.2.250.1.213.1.1.4.5';

const BY_CODE: ReadonlyMap<string, CodedValue> = new Map(
  [
    ...Object.entries(PROFESSIONS).flatMap(([system, table]) =>
      rowsOf(table).map(([code, label]) => ({ code, system, label })),
    ),
    ...rowsOf(PHYSICIAN_SPECIALTIES).map(([code, label]) => ({
      code: `G15_10/${code}`,
      system: PROFESSION_SYSTEM,
      label: `Médecin - ${label}`,
    })),
  ].map((specialty) => [specialty.code, specialty]),
);

/** Profession and specialty by code (`G15_10/SM26`), or undefined. */
export function authorSpecialty(code: string): CodedValue | undefined {
  return BY_CODE.get(code);
}

/** Every profession and specialty that an author may have, in alphabetical order of their labels. */
export function authorSpecialties(): readonly CodedValue[] {
  return [...BY_CODE.values()].sort((a, b) => a.label.localeCompare(b.label, 'fr'));
}

/** As a declaration gives it: the code system follows from the code, the label too where none is given. */
export function specialtyValue(code: string, label: string | undefined): CodedValue {
  const known = BY_CODE.get(code);
  return { code, system: known?.system ?? PROFESSION_SYSTEM, label: label ?? known?.label ?? code };
}

function rowsOf(table: string): [code: string, label: string][] {
  return table
    .trim()
    .split('\n')
    .map((row) => {
      const bar = row.indexOf('|');
      return [row.slice(0, bar), row.slice(bar + 1)];
    });
}
