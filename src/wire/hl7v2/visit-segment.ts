/** The PV1 segment: what the gate and the indicators need of a stay. Source: PAM France, cda-cisis.md 5. */

import { defined } from '../defined.ts';
import { firstRepetition, type Hl7Message, read, segmentNamed } from './message.ts';
import { type Identifier, readIdentifier } from './patient-segment.ts';

export interface Visit {
  /** PV1-2: I, O, E, R, N… */
  readonly patientClass?: string;
  /** PV1-3.1: point of care. */
  readonly unit?: string;
  /** PV1-19. */
  readonly number?: Identifier;
  /** PV1-44 and PV1-45 as received. */
  readonly admittedAt?: string;
  readonly dischargedAt?: string;
}

/** The visit of a message, undefined when it has no PV1. */
export function readVisit(message: Hl7Message): Visit | undefined {
  const pv1 = segmentNamed(message, 'PV1');
  if (pv1 === undefined) return undefined;
  return defined({
    patientClass: read(pv1, 2),
    unit: read(pv1, 3),
    number: readIdentifier(firstRepetition(pv1, 19)),
    admittedAt: read(pv1, 44),
    dischargedAt: read(pv1, 45),
  });
}
