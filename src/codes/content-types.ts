/** XDS contentTypeCode of a submission set (JDV_J59, TRE_R209, partial) and its mapping from PV1-2. Source: cda-cisis.md 4. */
import type { CodedValue } from './code.ts';

const SYSTEM = '1.2.250.1.213.2.2';

const LABELS = {
  '03': 'Hospitalisation complète (non compris hospitalisation de semaine)',
  '04': 'Hospitalisation de jour',
  '07': 'Consultations, soins externes',
  '08': 'Bloc opératoire (y compris obstétrical et gynécologique)',
  '09': 'Autres unités médico-techniques (anesthésiologie, explor fonct, rééduc et réadapt fonct, pharmacie)',
  '19': 'Traitement et cure ambulatoire',
  '20': 'Hospitalisation de semaine',
  '26': 'Analyses médicales biologiques',
  '28': 'Consultations dentaires et soins dentaires',
  '60': 'Consultations et actes',
  '97': "Autre type d'activité",
} as const;

/** When the sender says nothing of the stay. */
export const OTHER_ACTIVITY: CodedValue = { code: '97', system: SYSTEM, label: LABELS['97'] };

export function contentType(code: string): CodedValue | undefined {
  return isKnown(code) ? { code, system: SYSTEM, label: LABELS[code] } : undefined;
}

function isKnown(code: string): code is keyof typeof LABELS {
  return Object.hasOwn(LABELS, code);
}

/** Mapping proposed by the ANS HL7 v2 volume: I hospitalised, O outpatient, R recurring, N not applicable, E emergency. */
const FROM_PATIENT_CLASS: Readonly<Record<string, string>> = { I: '03', O: '07', R: '19', N: '97', E: '07' };

/** Content type of a PV1-2 patient class; undefined for a class that the mapping does not know. */
export function contentTypeOfPatientClass(patientClass: string): CodedValue | undefined {
  return contentType(FROM_PATIENT_CLASS[patientClass] ?? '');
}
