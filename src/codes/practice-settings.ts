/** XDS practiceSettingCode, CDA standardIndustryClassCode (JDV_J04; the DMP takes a subset, JDV_J62). Source: dmp.md 3.3. */
import type { CodedValue } from './code.ts';

const SYSTEM = '1.2.250.1.213.1.1.4.9';

/** Code, label, in JDV_J62. */
const ROWS: readonly (readonly [string, string, boolean])[] = [
  ['AMBULATOIRE', 'Ambulatoire', true],
  ['AMO', "Organisme d'assurance maladie obligatoire", false],
  ['DEPISTAGE', 'Dépistage', true],
  ['ESSMS', 'Etablissement ou Service Social ou Médico-Social', false],
  ['ETABLISSEMENT', 'Etablissement de santé', true],
  ['HAD', 'Hospitalisation à domicile', true],
  ['MAD', 'Maintien à domicile', true],
  ['PALLIATIF', 'Soins palliatifs', true],
  ['SAD', 'Soins à domicile', true],
  ['SAMU_SMUR', 'SAMU/SMUR', true],
];

export interface PracticeSetting extends CodedValue {
  /** Among the codes that dmp.md reads in JDV_J62. */
  readonly dmp: boolean;
}

export function practiceSetting(code: string): PracticeSetting | undefined {
  const row = ROWS.find(([known]) => known === code);
  return row && { code: row[0], system: SYSTEM, label: row[1], dmp: row[2] };
}

/** Those that the DMP takes. */
export function dmpPracticeSettings(): readonly CodedValue[] {
  return ROWS.filter(([, , dmp]) => dmp).map(([code, label]) => ({ code, system: SYSTEM, label }));
}
