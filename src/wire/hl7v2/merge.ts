/** Merges and changes of number: ADT A40 and A47 by the PAM profile. Source: ins.md 5.3, HL7 v2 chapter 3 (MRG). */

import { hl7Rules } from '../../rules/hl7.ts';
import { identityRules } from '../../rules/identity.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { defined } from '../defined.ts';
import { type Admission, admissionOf } from './admission.ts';
import { type MessageHeader, readHeader } from './header.ts';
import { type Hl7Message, repetitions, segmentsNamed } from './message.ts';
import { type Identifier, type PatientSegment, readIdentifier, readPatient } from './patient-segment.ts';

export interface Merge {
  readonly header: MessageHeader;
  /** A40: two records become one. A47: one record changes its number. */
  readonly event: 'A40' | 'A47';
  /** PID: who remains, and under which number. */
  readonly patient: PatientSegment;
  /** MRG-1: the numbers that are given up. */
  readonly retired: readonly Identifier[];
  /** The same PID as an identity message, when it carries all that an identity needs. */
  readonly identity?: Admission;
}

/** Reads an A40 or A47. Refused when it names two patients, nobody, or the same number twice. */
export function readMerge(message: Hl7Message): Result<Merge> {
  const header = readHeader(message);
  if (header.type !== 'ADT') return refuse(hl7Rules.typeUnsupported, { location: 'MSH-9' });
  const { event } = header;
  if (event !== 'A40' && event !== 'A47') return refuse(hl7Rules.eventUnsupported, { location: 'MSH-9' });
  const [pid, secondPid] = segmentsNamed(message, 'PID');
  const [mrg, secondMrg] = segmentsNamed(message, 'MRG');
  // Several merges in one message may be each other's condition: their sender tells them one by one.
  if (secondPid !== undefined) return refuse(hl7Rules.segmentRepeated, { location: 'PID' });
  if (secondMrg !== undefined) return refuse(hl7Rules.segmentRepeated, { location: 'MRG' });
  if (pid === undefined) return refuse(hl7Rules.segmentMissing, { location: 'PID' });
  if (mrg === undefined) return refuse(hl7Rules.segmentMissing, { location: 'MRG' });
  const patient = readPatient(pid);
  if (!patient.ok) return patient;
  if (patient.value.ipps.length === 0) return refuse(hl7Rules.ippMissing, { location: 'PID-3' });
  const retired = repetitions(mrg, 1)
    .flatMap((repetition) => readIdentifier(repetition) ?? [])
    .filter(({ typeCode = 'PI' }) => typeCode === 'PI');
  if (retired.length === 0) return refuse(hl7Rules.ippMissing, { location: 'MRG-1' });
  if (retired.some(({ value }) => /[\u0000-\u001f\u007f-\u009f]/.test(value)))
    return refuse(hl7Rules.controlCharacter, { location: 'MRG-1' });
  if (retired.some((number) => patient.value.ipps.some((kept) => isSame(kept, number))))
    return refuse(identityRules.mergeWithItself, { location: 'MRG-1' });
  const identity = admissionOf(message, header, event);
  return ok(
    defined({
      header,
      event,
      patient: patient.value,
      retired,
      identity: identity.ok ? identity.value : undefined,
    }),
  );
}

function isSame(one: Identifier, other: Identifier): boolean {
  const [a, b] = [one.authority, other.authority];
  const sameAuthority = a.universalId === b.universalId && a.namespace === b.namespace;
  return one.value === other.value && (sameAuthority || b.universalId === undefined || a.universalId === undefined);
}
