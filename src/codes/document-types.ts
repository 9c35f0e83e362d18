/** XDS typeCode and classCode of a clinical document, looked up by code. Source: cda-cisis.md 8, dmp.md 3.3. */
import type { CodedValue } from './code.ts';
import { type DocumentTypeRow, LOINC_TYPES, TRE_A05_TYPES } from './document-type-table.ts';

const LOINC = '2.16.840.1.113883.6.1';
const TRE_A05 = '1.2.250.1.213.1.1.4.12';
const TRE_A03 = '1.2.250.1.213.1.1.4.1';

/** JDV_J57, plus class 99 of technical documents. */
const CLASS_LABELS: Readonly<Record<string, string>> = {
  '10': 'Compte rendu',
  '11': 'Synthèse',
  '31': 'Imagerie médicale',
  '42': 'Prescription',
  '43': 'Dispensation',
  '44': 'Plan de soins, protocole de soins',
  '45': 'Traitement administré',
  '52': 'Certificat, déclaration',
  '60': 'Données de remboursement',
  '90': 'Autres documents déposés par le patient',
  '95': 'Document de gestion',
  '99': 'Document technique',
};

export interface DocumentType extends CodedValue {
  /** Absent for the one type (101881-1) that the association table does not class. */
  readonly documentClass?: CodedValue;
  /** In JDV_J66: the DMP takes this type. What the law obliges to feed is another list (practice.md 11). */
  readonly feedable: boolean;
}

const BY_CODE: ReadonlyMap<string, DocumentType> = new Map(
  [...LOINC_TYPES.map((row) => typeOf(row, LOINC)), ...TRE_A05_TYPES.map((row) => typeOf(row, TRE_A05))].map((type) => [
    type.code,
    type,
  ]),
);

/** The document type of this code; when `system` is given (an OID), it must agree. */
export function documentType(code: string, system?: string): DocumentType | undefined {
  const type = BY_CODE.get(code);
  return system === undefined || type?.system === system ? type : undefined;
}

/** Every known type, in table order. */
export function documentTypes(): readonly DocumentType[] {
  return [...BY_CODE.values()];
}

/** XDS classCode (TRE_A03). */
export function documentClass(code: string): CodedValue | undefined {
  const label = Object.hasOwn(CLASS_LABELS, code) ? CLASS_LABELS[code] : undefined;
  return label === undefined ? undefined : { code, system: TRE_A03, label };
}

function typeOf([code, label, classCode, mark]: DocumentTypeRow, system: string): DocumentType {
  const ofClass = classCode === undefined ? undefined : documentClass(classCode);
  return { code, system, label, ...(ofClass && { documentClass: ofClass }), feedable: mark === undefined };
}
