/**
 * Admissions, movements and identity updates: ADT A01 A02 A03 A04 A05 A08 A11 A12 A13 A28 A31 Z99 by the French PAM
 * profile. Source: ins.md 5.2, 5.3.
 */

import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { defined } from '../defined.ts';
import { type MessageHeader, readHeader } from './header.ts';
import { type Hl7Message, read, segmentNamed, segmentsNamed } from './message.ts';
import { type EventTimes, type Movement, readEventTimes, readMovement } from './movement.ts';
import { type PatientSegment, readPatient, yesNo } from './patient-segment.ts';
import { readVisit, type Visit } from './visit-segment.ts';

/** Each with the structures that senders give it, the one of the standard first. */
const STRUCTURES = {
  A01: ['ADT_A01'],
  A02: ['ADT_A02', 'ADT_A01'],
  A03: ['ADT_A03', 'ADT_A01'],
  A04: ['ADT_A01', 'ADT_A04', 'ADT_A05'],
  A05: ['ADT_A05', 'ADT_A01'],
  A08: ['ADT_A01', 'ADT_A08', 'ADT_A05'],
  A11: ['ADT_A09', 'ADT_A11', 'ADT_A01'],
  A12: ['ADT_A09', 'ADT_A12', 'ADT_A01'],
  A13: ['ADT_A01', 'ADT_A13'],
  A28: ['ADT_A05', 'ADT_A28', 'ADT_A01'],
  // A31 often comes as ADT_A01 where the standard says ADT_A05.
  A31: ['ADT_A05', 'ADT_A31', 'ADT_A01'],
  Z99: ['ADT_Z99', 'ADT_A01'],
} as const satisfies Record<string, readonly string[]>;

/** `A40` and `A47` are read by `merge.ts`; the identity that they carry is applied as that of any other event. */
export type AdmissionEvent = keyof typeof STRUCTURES | 'A40' | 'A47';

/** ZFD, what is known of how the identity was obtained. Source: ins.md 5.2. */
export interface IdentityProof {
  /** ZFD-1: as printed, parts may be 00. */
  readonly lunarBirthDate?: { readonly day: string; readonly month: string; readonly year: string };
  /** ZFD-4: the birth date of PID-7 was completed. */
  readonly birthDateCorrected?: boolean;
  /** ZFD-5: SM, CV, INSI, CB, RFID, AV. */
  readonly obtainedBy?: string;
  /** ZFD-6, AAAAMMJJ: date of the INSi call. */
  readonly insiCalledOn?: string;
  /** ZFD-7: identity document type, table 9004. */
  readonly deviceType?: string;
  /** ZFD-8. */
  readonly deviceValidUntil?: string;
}

/** ZFA: what the patient said about the DMP. */
export interface DmpConsent {
  /** ZFA-1, for example ACTIF. */
  readonly dmpStatus?: string;
  readonly dmpStatusAt?: string;
  /** ZFA-9: INO no opposition to feeding, IO opposition, NA not collected. */
  readonly feeding?: string;
  readonly feedingAt?: string;
  /** ZFA-11: IC, INC, NA. */
  readonly consultation?: string;
  readonly consultationAt?: string;
}

/** An admission with everything that an identity needs present; the strings are as received. */
export interface Admission {
  readonly header: MessageHeader;
  readonly event: AdmissionEvent;
  readonly patient: PatientSegment & Required<Pick<PatientSegment, 'birthName' | 'firstGivenName' | 'sex'>>;
  readonly visit?: Visit;
  readonly proof?: IdentityProof;
  readonly consent?: DmpConsent;
  readonly movement?: Movement;
  readonly times: EventTimes;
}

/** Reads an ADT. Refused when the event is another, when PID is not alone, or when IPP, names, sex or birth date are missing. */
export function readAdmission(message: Hl7Message): Result<Admission> {
  const header = readHeader(message);
  if (header.type !== 'ADT') return refuse(hl7Rules.typeUnsupported, { location: 'MSH-9' });
  const event = (Object.keys(STRUCTURES) as (keyof typeof STRUCTURES)[]).find((known) => known === header.event);
  if (event === undefined) return refuse(hl7Rules.eventUnsupported, { location: 'MSH-9' });
  const structures: readonly string[] = STRUCTURES[event];
  if (header.structure !== undefined && !structures.includes(header.structure)) {
    return refuse(hl7Rules.typeUnsupported, { location: 'MSH-9' });
  }
  return admissionOf(message, header, event);
}

/** The content of an ADT, whatever its event. */
export function admissionOf(message: Hl7Message, header: MessageHeader, event: AdmissionEvent): Result<Admission> {
  const proof = readProof(message);
  const patient = readAdmittedPatient(message, proof);
  if (!patient.ok) return patient;
  const movement = readMovement(message, event);
  if (!movement.ok) return movement;
  return ok(
    defined({
      header,
      event,
      patient: patient.value,
      visit: readVisit(message),
      proof,
      consent: readConsent(message),
      movement: movement.value,
      times: readEventTimes(message),
    }),
  );
}

function readAdmittedPatient(message: Hl7Message, proof: IdentityProof | undefined): Result<Admission['patient']> {
  const [pid, second] = segmentsNamed(message, 'PID');
  if (pid === undefined) return refuse(hl7Rules.segmentMissing, { location: 'PID' });
  if (second !== undefined) return refuse(hl7Rules.segmentRepeated, { location: 'PID' });
  const read = readPatient(pid);
  if (!read.ok) return read;
  const { birthName, firstGivenName, sex, ...rest } = read.value;
  if (rest.ipps.length === 0) return refuse(hl7Rules.ippMissing, { location: 'PID-3' });
  if (birthName === undefined) return refuse(hl7Rules.birthNameMissing, { location: 'PID-5' });
  if (firstGivenName === undefined) return refuse(hl7Rules.firstGivenNameMissing, { location: 'PID-5' });
  if (sex === undefined) return refuse(hl7Rules.fieldMissing, { location: 'PID-8' });
  if (rest.birthDate === undefined && proof?.lunarBirthDate === undefined) {
    return refuse(hl7Rules.fieldMissing, { location: 'PID-7' });
  }
  return ok({ ...rest, birthName, firstGivenName, sex });
}

function readProof(message: Hl7Message): IdentityProof | undefined {
  const zfd = segmentNamed(message, 'ZFD');
  if (zfd === undefined) return undefined;
  const year = read(zfd, 1, 3);
  const lunar = year && { day: read(zfd, 1, 1) ?? '00', month: read(zfd, 1, 2) ?? '00', year };
  return defined({
    lunarBirthDate: lunar || undefined,
    birthDateCorrected: yesNo(read(zfd, 4)),
    obtainedBy: read(zfd, 5),
    insiCalledOn: read(zfd, 6),
    deviceType: read(zfd, 7),
    deviceValidUntil: read(zfd, 8),
  });
}

function readConsent(message: Hl7Message): DmpConsent | undefined {
  const zfa = segmentNamed(message, 'ZFA');
  if (zfa === undefined) return undefined;
  return defined({
    dmpStatus: read(zfa, 1),
    dmpStatusAt: read(zfa, 2),
    feeding: read(zfa, 9),
    feedingAt: read(zfa, 10),
    consultation: read(zfa, 11),
    consultationAt: read(zfa, 12),
  });
}
