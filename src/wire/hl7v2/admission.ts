/** Admissions and identity updates: ADT A01 A04 A05 A08 A28 A31 by the French PAM profile. Source: ins.md 5.2, 5.3. */
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { type MessageHeader, present, readHeader } from './header.ts';
import { type Hl7Message, read, segmentNamed, segmentsNamed } from './message.ts';
import { type PatientSegment, readPatient, yesNo } from './patient-segment.ts';
import { readVisit, type Visit } from './visit-segment.ts';

const EVENTS = ['A01', 'A04', 'A05', 'A08', 'A28', 'A31'] as const;
export type AdmissionEvent = (typeof EVENTS)[number];

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

/** ZBE: the movement that the message is about. */
export interface Movement {
  readonly id?: string;
  readonly startsAt?: string;
  readonly endsAt?: string;
  /** INSERT, UPDATE or CANCEL. */
  readonly action?: string;
  readonly historic?: boolean;
  readonly originalEvent?: string;
  /** Identifier of the unit (XON-10). */
  readonly medicalUnit?: string;
  readonly careUnit?: string;
  readonly nature?: string;
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
}

/** Reads an ADT. Refused when the event is another, when PID is not alone, or when IPP, names, sex or birth date are missing. */
export function readAdmission(message: Hl7Message): Result<Admission> {
  const header = readHeader(message);
  if (header.type !== 'ADT') return refuse(hl7Rules.typeUnsupported, { location: 'MSH-9' });
  const event = EVENTS.find((known) => known === header.event);
  if (event === undefined) return refuse(hl7Rules.eventUnsupported, { location: 'MSH-9' });
  // A31 often comes as ADT_A01 where the standard says ADT_A05, A04 as ADT_A04: all carry the segments read here.
  if (header.structure !== undefined && !['ADT_A01', 'ADT_A05', `ADT_${event}`].includes(header.structure)) {
    return refuse(hl7Rules.typeUnsupported, { location: 'MSH-9' });
  }
  const proof = readProof(message);
  const patient = readAdmittedPatient(message, proof);
  if (!patient.ok) return patient;
  return ok({
    header,
    event,
    patient: patient.value,
    ...present('visit', readVisit(message)),
    ...present('proof', proof),
    ...present('consent', readConsent(message)),
    ...present('movement', readMovement(message)),
  });
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
  return {
    ...present('lunarBirthDate', lunar || undefined),
    ...present('birthDateCorrected', yesNo(read(zfd, 4))),
    ...present('obtainedBy', read(zfd, 5)),
    ...present('insiCalledOn', read(zfd, 6)),
    ...present('deviceType', read(zfd, 7)),
    ...present('deviceValidUntil', read(zfd, 8)),
  };
}

function readConsent(message: Hl7Message): DmpConsent | undefined {
  const zfa = segmentNamed(message, 'ZFA');
  if (zfa === undefined) return undefined;
  return {
    ...present('dmpStatus', read(zfa, 1)),
    ...present('dmpStatusAt', read(zfa, 2)),
    ...present('feeding', read(zfa, 9)),
    ...present('feedingAt', read(zfa, 10)),
    ...present('consultation', read(zfa, 11)),
    ...present('consultationAt', read(zfa, 12)),
  };
}

function readMovement(message: Hl7Message): Movement | undefined {
  const zbe = segmentNamed(message, 'ZBE');
  if (zbe === undefined) return undefined;
  return {
    ...present('id', read(zbe, 1)),
    ...present('startsAt', read(zbe, 2)),
    ...present('endsAt', read(zbe, 3)),
    ...present('action', read(zbe, 4)),
    ...present('historic', yesNo(read(zbe, 5))),
    ...present('originalEvent', read(zbe, 6)),
    ...present('medicalUnit', read(zbe, 7, 10)),
    ...present('careUnit', read(zbe, 8, 10)),
    ...present('nature', read(zbe, 9)),
  };
}
