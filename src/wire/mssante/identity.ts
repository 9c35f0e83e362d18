/** Whom a mail names: with the qualified INS, or without any (practice 8). */
import type { QualifiedIdentity, UnqualifiedPatient } from '../../ins/types.ts';

export type MailPatient = QualifiedIdentity | UnqualifiedPatient;

export function isQualified(patient: MailPatient): patient is QualifiedIdentity {
  return 'ins' in patient;
}
