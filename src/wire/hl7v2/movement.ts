/** ZBE and EVN: the movement of a stay that an ADT tells, by the French PAM profile. Source: ins.md 5.2 and 5.3, IHE PAM. */

import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { defined } from '../defined.ts';
import { type Hl7Message, read, segmentNamed, segmentsNamed } from './message.ts';
import { yesNo } from './patient-segment.ts';

const MOVEMENT_ACTIONS = ['INSERT', 'UPDATE', 'CANCEL'] as const;

/** ZBE: the movement that the message is about. Times as received. */
export interface Movement {
  /** ZBE-1, with who numbered it. */
  readonly id?: string;
  readonly authority?: string;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly action?: (typeof MOVEMENT_ACTIONS)[number];
  /** True for a past movement told again, not one that has just happened. */
  readonly historic?: boolean;
  /** ZBE-6, of an UPDATE or a CANCEL: the event that created the movement, for example `A02`. */
  readonly originalEvent?: string;
  /** Identifier of the unit (XON-10), else its name. */
  readonly medicalUnit?: string;
  readonly careUnit?: string;
  readonly nature?: string;
}

/** EVN. Times as received. */
export interface EventTimes {
  /** EVN-2. */
  readonly recordedAt?: string;
  /** EVN-6. */
  readonly occurredAt?: string;
}

/** Events that undo one: what each cancels. */
const CANCELLED: Readonly<Record<string, string>> = { A11: 'A01', A12: 'A02', A13: 'A03' };

/** The event that created what this one cancels, undefined for any other event. */
export function cancelledEvent(event: string): string | undefined {
  return CANCELLED[event];
}

/** Longest ZBE-1, characters: it is a key of the database. */
const LONGEST_ID = 199;

/** The movement of a message, undefined without ZBE. Refused when it contradicts its event or itself. */
export function readMovement(message: Hl7Message, event: string): Result<Movement | undefined> {
  const [zbe, second] = segmentsNamed(message, 'ZBE');
  if (second !== undefined) return refuse(hl7Rules.segmentRepeated, { location: 'ZBE' });
  if (zbe === undefined) return event === 'Z99' ? refuse(hl7Rules.segmentMissing, { location: 'ZBE' }) : ok(undefined);
  const said = read(zbe, 4)?.toUpperCase();
  const action = MOVEMENT_ACTIONS.find((known) => known === said);
  if (said !== undefined && action === undefined) return refuse(hl7Rules.valueUnexpected, { location: 'ZBE-4' });
  if (!fits(event, action)) return refuse(hl7Rules.movementIncoherent, { location: 'ZBE-4' });
  const movement: Movement = defined({
    id: read(zbe, 1),
    authority: read(zbe, 1, 3) ?? read(zbe, 1, 2),
    startsAt: read(zbe, 2),
    endsAt: read(zbe, 3),
    action,
    historic: yesNo(read(zbe, 5)),
    originalEvent: read(zbe, 6),
    medicalUnit: read(zbe, 7, 10) ?? read(zbe, 7),
    careUnit: read(zbe, 8, 10) ?? read(zbe, 8),
    nature: read(zbe, 9),
  });
  // An update or a cancellation is of one movement, which it names.
  if (movement.id === undefined && (event === 'Z99' || action === 'CANCEL'))
    return refuse(hl7Rules.fieldMissing, { location: 'ZBE-1' });
  const unusable = Object.values(movement).some((value) => typeof value === 'string' && !isUsable(value));
  return unusable ? refuse(hl7Rules.valueUnexpected, { location: 'ZBE' }) : ok(movement);
}

/** A cancellation says CANCEL and nothing else does, save Z99, which tells of a movement whatever became of it. */
function fits(event: string, action: Movement['action']): boolean {
  if (event === 'Z99' || action === undefined) return true;
  return (CANCELLED[event] !== undefined) === (action === 'CANCEL');
}

function isUsable(value: string): boolean {
  return value.length <= LONGEST_ID && !/[\u0000-\u001f\u007f-\u009f]/.test(value);
}

export function readEventTimes(message: Hl7Message): EventTimes {
  const evn = segmentNamed(message, 'EVN');
  return defined({ recordedAt: read(evn, 2), occurredAt: read(evn, 6) });
}
