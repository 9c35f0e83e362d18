/** For tests: every known type, in table order. */
import { LOINC_TYPES, TRE_A05_TYPES } from './document-type-table.ts';
import { type DocumentType, documentType } from './document-types.ts';

export function documentTypes(): readonly DocumentType[] {
  return [...LOINC_TYPES, ...TRE_A05_TYPES].flatMap(([code]) => documentType(code) ?? []);
}
