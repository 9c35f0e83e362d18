import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MovementKind, StayMovement } from '../store/stays.ts';
import { stateOfStay } from './state.ts';

const at = (hour: number) => new Date(Date.UTC(2026, 10, 23, hour));

function moved(kind: MovementKind, hour: number, parts: Partial<StayMovement> = {}): StayMovement {
  return {
    movement: `${kind}-${hour}`,
    kind,
    cancelled: false,
    historic: false,
    startsAt: at(hour),
    endsAt: null,
    medicalUnit: null,
    careUnit: null,
    nature: null,
    patientClass: null,
    saidAt: at(hour),
    ...parts,
  };
}

const cancelled = (movement: StayMovement): StayMovement => ({ ...movement, cancelled: true });

/** Every order of a short list. */
function orders<T>(list: readonly T[]): T[][] {
  return list.length < 2
    ? [[...list]]
    : list.flatMap((item, index) => orders(list.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

test('a stay is told by its movements, whatever the order in which they come', () => {
  const stay = [
    moved('planned', 1, { medicalUnit: 'ADMISSIONS' }),
    moved('admission', 2, { medicalUnit: 'CHIR', patientClass: 'I' }),
    moved('transfer', 3, { medicalUnit: 'REA' }),
    moved('other', 4, { careUnit: 'SOINS' }),
    moved('discharge', 5),
  ];
  for (const order of orders(stay)) {
    assert.deepEqual(stateOfStay(order), {
      state: 'closed',
      patientClass: 'I',
      unit: 'SOINS',
      admittedAt: at(2),
      dischargedAt: at(5),
    });
  }
});

test('a cancelled movement counts no more', () => {
  const admission = moved('admission', 2, { medicalUnit: 'CHIR' });
  const transfer = moved('transfer', 3, { medicalUnit: 'REA' });
  const discharge = moved('discharge', 5);
  const summary = (...movements: StayMovement[]) => {
    const { state, unit, dischargedAt } = stateOfStay(movements);
    return [state, unit, dischargedAt];
  };
  assert.deepEqual(summary(admission, transfer, discharge), ['closed', 'REA', at(5)]);
  assert.deepEqual(summary(admission, transfer, cancelled(discharge)), ['open', 'REA', null]);
  assert.deepEqual(summary(admission, cancelled(transfer)), ['open', 'CHIR', null]);
  assert.deepEqual(summary(cancelled(admission)), ['cancelled', null, null]);
  assert.deepEqual(summary(cancelled(admission), discharge), ['cancelled', null, null]);
  assert.deepEqual(summary(moved('planned', 1), cancelled(admission)), ['planned', null, null]);
});

test('a discharge told before its admission closes the stay; a transfer after it opens the stay again', () => {
  assert.equal(stateOfStay([moved('discharge', 5)]).state, 'closed');
  assert.equal(stateOfStay([moved('discharge', 5), moved('transfer', 6)]).state, 'open');
  assert.equal(stateOfStay([moved('admission', 5), moved('discharge', 5)]).state, 'closed');
  assert.equal(stateOfStay([]).state, 'cancelled');
});
