/**
 * Identity messages that leave the house, PAM.FR 2.11: A28, A31, A40, A47. A matricule enters one only inside a
 * QualifiedIdentity, and all strict traits go with it. Source: ins.md 5.1 to 5.3.
 */
import { isLunar } from '../../ins/civil-date.ts';
import { insNature } from '../../ins/oids.ts';
import type { CivilDate, IdentityAttribute, Oid, QualifiedIdentity, StrictTraits } from '../../ins/types.ts';
import type { Hl7Encoding } from './encoding.ts';
import { type ComponentValue, encodeSegments, type FieldValue, headerText, segmentText } from './er7.ts';
import { hl7Timestamp } from './timestamp.ts';

type IdentityEventCode = 'A28' | 'A31' | 'A40' | 'A47';

/** A local number and its identification domain. */
export interface OutgoingNumber {
  readonly value: string;
  readonly domain: string;
  /** CX-4.1, the name that the domain goes by in messages. */
  readonly authority?: string;
}

/** Who is spoken of. `qualified` brings its own traits: the INS never goes without them (ins.md 5.1). */
export type OutgoingPerson =
  | { readonly qualified: QualifiedIdentity }
  | { readonly traits: StrictTraits; readonly usedName?: string; readonly usedGivenName?: string };

export interface OutgoingPatient {
  readonly numbers: readonly OutgoingNumber[];
  readonly person: OutgoingPerson;
  /** OIDs of the INS that this receiver was given and that is withdrawn: sent as HL7 null. */
  readonly withdrawnIns: readonly Oid[];
  /** An identification device was checked: PID-32 says VALI, else PROV; nothing else may stand there (ins.md 0.3). */
  readonly checked: boolean;
  readonly attributes: readonly IdentityAttribute[];
  /** The birth date was completed (ZFD-4). */
  readonly birthDateInterpreted: boolean;
  /** The incomplete date as it was given (ZFD-1), when PID-7 has the completed one. */
  readonly birthDateAsGiven?: CivilDate;
  /** ZFD-6, AAAAMMJJ, and how: only said of an INS that is sent. */
  readonly insiAskedOn?: string;
  /** ZFD-7. */
  readonly deviceType?: string;
  /** ZFA-1 and ZFA-2, for a receiver that wants what TD0.2 said of the DMP (practice 20). */
  readonly dmp?: { readonly status: string; readonly at: Date };
  readonly updatedAt: Date;
}

export interface OutgoingEnvelope {
  readonly from: { readonly application: string; readonly facility: string };
  readonly to: { readonly application: string; readonly facility: string };
  readonly controlId: string;
  readonly processingId: 'P' | 'T' | 'D';
  readonly encoding: Hl7Encoding;
  readonly now: Date;
  readonly timeZone: string;
}

export type IdentityMessage =
  | { readonly event: 'A28' | 'A31'; readonly patient: OutgoingPatient }
  /** `retired`: numbers given up, of the record that was closed (A40) or of the same one (A47). */
  | { readonly event: 'A40' | 'A47'; readonly patient: OutgoingPatient; readonly retired: readonly OutgoingNumber[] };

const STRUCTURES: Readonly<Record<IdentityEventCode, string>> = {
  A28: 'ADT_A05',
  A31: 'ADT_A05',
  A40: 'ADT_A39',
  A47: 'ADT_A30',
};

export function buildIdentityMessage(message: IdentityMessage, envelope: OutgoingEnvelope): Buffer {
  const { event, patient } = message;
  const sentAt = hl7Timestamp(envelope.now, envelope.timeZone);
  const segments = [
    headerText({
      encoding: envelope.encoding,
      sendingApplication: { namespace: envelope.from.application },
      sendingFacility: { namespace: envelope.from.facility },
      receivingApplication: { namespace: envelope.to.application },
      receivingFacility: { namespace: envelope.to.facility },
      sentAt,
      messageType: ['ADT', event, STRUCTURES[event]],
      controlId: envelope.controlId,
      processingId: envelope.processingId,
      version: ['2.5', 'FRA', '2.11'],
      language: 'FR',
      profile: ['2.11', 'IHE_FRANCE-2.11-PAM'],
    }),
    segmentText('EVN', { 2: sentAt, 6: hl7Timestamp(patient.updatedAt, envelope.timeZone) }),
    pid(patient, envelope.timeZone),
    ...('retired' in message
      ? [segmentText('MRG', { 1: { repetitions: message.retired.map(numberCx) } })]
      : // HL7 requires the segment, an identity has no stay: class N (not applicable).
        [segmentText('PV1', { 1: '1', 2: 'N' }), ...zfa(patient, envelope.timeZone), zfd(patient)]),
  ];
  return encodeSegments(segments, envelope.encoding);
}

/** What the message tells of the patient, without who sends it when: equal texts mean that there is nothing to tell. */
export function patientText(patient: OutgoingPatient): string {
  return [pid({ ...patient, updatedAt: new Date(0) }, 'UTC'), ...zfa(patient, 'UTC'), zfd(patient)].join('\r');
}

/** PID of a patient, in any message that leaves the house. */
export function pid(patient: OutgoingPatient, timeZone: string): string {
  const { person } = patient;
  const { traits } = 'qualified' in person ? person.qualified : person;
  return segmentText('PID', {
    1: '1',
    3: { repetitions: [...patient.numbers.map(numberCx), ...insRepetitions(patient)] },
    5: { repetitions: names(person) },
    // A date that is of no calendar goes by ZFD-1 alone.
    7: isLunar(traits.birthDate) ? undefined : traits.birthDate.replaceAll('-', ''),
    8: traits.sex === 'I' ? 'U' : traits.sex,
    11: birthPlace(traits.birthPlace),
    32: { repetitions: [[patient.checked ? 'VALI' : 'PROV'], ...patient.attributes.map((one) => [CODES[one]])] },
    33: hl7Timestamp(patient.updatedAt, timeZone),
  });
}

/** Extra repetitions of PID-32 (ins.md 3); of the two codes of a homonym, the one of a detected homonym. */
const CODES: Readonly<Record<IdentityAttribute, string>> = { homonyme: 'HOMD', douteuse: 'DOUT', fictive: 'FICT' };

function numberCx({ value, domain, authority }: OutgoingNumber): readonly ComponentValue[] {
  return [value, '', '', [authority, domain, 'ISO'], 'PI'];
}

function insRepetitions({ person, withdrawnIns }: OutgoingPatient): readonly (readonly ComponentValue[])[] {
  const ins = 'qualified' in person ? person.qualified.ins : undefined;
  // Withdrawn under the OID of the INS that takes its place: the new value says it all.
  const withdrawn = withdrawnIns.filter((oid) => oid !== ins?.oid).map((oid) => insCx('""', oid));
  return ins === undefined ? withdrawn : [...withdrawn, insCx(ins.matricule, ins.oid)];
}

function insCx(value: string, oid: Oid): readonly ComponentValue[] {
  return [value, '', '', [`ASIP-SANTE-INS-${insNature(oid) ?? 'NIR'}`, oid, 'ISO'], 'INS'];
}

function names(person: OutgoingPerson): readonly (readonly ComponentValue[])[] {
  const { traits, usedName, usedGivenName } =
    'qualified' in person ? person.qualified : { usedName: undefined, usedGivenName: undefined, ...person };
  const birth = [traits.birthName, traits.firstGivenName, traits.birthGivenNames, '', '', '', 'L'];
  if (usedName === undefined && usedGivenName === undefined) return [birth];
  // One that was not declared stays empty: no software fills a used name in (EXI ID 08).
  return [birth, [usedName, usedGivenName, '', '', '', '', 'D']];
}

function birthPlace(code: string | undefined): FieldValue | undefined {
  return code === undefined ? undefined : ['', '', '', '', '', '', 'BDL', '', code];
}

function zfa({ dmp }: OutgoingPatient, timeZone: string): string[] {
  return dmp === undefined ? [] : [segmentText('ZFA', { 1: dmp.status, 2: hl7Timestamp(dmp.at, timeZone) })];
}

function zfd(patient: OutgoingPatient): string {
  const { person } = patient;
  const { birthDate } = ('qualified' in person ? person.qualified : person).traits;
  const given = isLunar(birthDate) ? birthDate : patient.birthDateAsGiven;
  return segmentText('ZFD', {
    1: given?.split('-').reverse(),
    4: patient.birthDateInterpreted ? 'Y' : 'N',
    5: 'qualified' in person ? 'INSI' : undefined,
    6: 'qualified' in person ? patient.insiAskedOn : undefined,
    7: patient.deviceType,
  });
}
