/** XDS confidentialityCode (JDV_J08, DMP subset JDV_J58): one level from the CDA, then visibility codes. Source: dmp.md 3.3. */
import type { CodedValue } from './code.ts';

const HL7 = '2.16.840.1.113883.5.25';
const VISIBILITY = '1.2.250.1.213.1.1.4.13';

export const CONFIDENTIALITY_LEVELS = {
  N: { code: 'N', system: HL7, label: 'Normal' },
  R: { code: 'R', system: HL7, label: 'Restreint' },
  V: { code: 'V', system: HL7, label: 'Très restreint' },
} as const satisfies Record<string, CodedValue>;

export const VISIBILITY_CODES = {
  MASQUE_PS: { code: 'MASQUE_PS', system: VISIBILITY, label: 'Masqué aux professionnels de santé' },
  INVISIBLE_PATIENT: { code: 'INVISIBLE_PATIENT', system: VISIBILITY, label: 'Non visible par le patient' },
  INVISIBLE_REPRESENTANTS_LEGAUX: {
    code: 'INVISIBLE_REPRESENTANTS_LEGAUX',
    system: VISIBILITY,
    label: 'Non visible par les représentants légaux du patient',
  },
} as const satisfies Record<string, CodedValue>;

export type VisibilityCode = keyof typeof VISIBILITY_CODES;

const ALL: readonly CodedValue[] = [...Object.values(CONFIDENTIALITY_LEVELS), ...Object.values(VISIBILITY_CODES)];

export function confidentialityCode(code: string): CodedValue | undefined {
  return ALL.find((value) => value.code === code);
}
