/** A stay as its movements tell it, whatever the order in which they arrived. Pure. Source: PAM France, ZBE. */
import type { MovementKind, StayMovement, StayState } from '../store/stays.ts';

/** At one instant, what opens a stay comes before what happens in it, and what closes it last. */
const RANK: Readonly<Record<MovementKind, number>> = { planned: 0, admission: 1, transfer: 2, other: 2, discharge: 3 };

/** What remains once the cancelled movements are set aside, by the time of the movements. */
export function stateOfStay(movements: readonly StayMovement[]): StayState {
  const kept = movements.filter(({ cancelled }) => !cancelled).toSorted(inTime);
  const admission = kept.find(({ kind }) => kind === 'admission');
  const told = kept.filter(({ kind }) => kind !== 'planned' && kind !== 'other');
  const last = told.at(-1);
  const admissionCancelled = admission === undefined && movements.some(({ kind }) => kind === 'admission');
  const closed = last?.kind === 'discharge' && !admissionCancelled;
  const planned = kept.some(({ kind }) => kind === 'planned');
  const open = !admissionCancelled && kept.some(({ kind }) => kind !== 'planned');
  return {
    state: closed ? 'closed' : open ? 'open' : planned ? 'planned' : 'cancelled',
    patientClass: lastOf(kept, ({ patientClass }) => patientClass),
    unit: lastOf(kept, ({ medicalUnit, careUnit }) => medicalUnit ?? careUnit),
    admittedAt: admission?.startsAt ?? null,
    dischargedAt: closed ? (last?.startsAt ?? null) : null,
  };
}

function inTime(one: StayMovement, other: StayMovement): number {
  return (
    (one.startsAt?.getTime() ?? 0) - (other.startsAt?.getTime() ?? 0) ||
    RANK[one.kind] - RANK[other.kind] ||
    one.saidAt.getTime() - other.saidAt.getTime()
  );
}

function lastOf<T>(movements: readonly StayMovement[], value: (movement: StayMovement) => T | null): T | null {
  const last = movements.findLast((movement) => value(movement) !== null);
  return last === undefined ? null : value(last);
}
