import { cdaHeaderRules } from './cda-header.ts';
import { cdaPatientRules } from './cda-patient.ts';
import { pdfRules } from './pdf.ts';
import type { Rule } from './rule.ts';

/** Rules `TDU-DOC-nnn`. 001 to 099: CDA documents, in their own files. 101 to 199: PDF and its marking. */
export const documentRules = {
  ...cdaHeaderRules,
  ...cdaPatientRules,
  ...pdfRules,
} satisfies Record<string, Rule>;
