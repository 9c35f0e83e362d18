/** What is sent and when: the waves of each establishment, the week of its cut-over, and the faults on the way. Pure. */
import type { Order } from '../../simulators/connector/outbox.ts';
import { WAVES_PER_MONTH } from './calendar.ts';
import { type Hospital, type ReplayPatient, replayPatient } from './world.ts';

/** One in so many documents is replaced by its next version, one in so many deleted. */
const REPLACED_EVERY = 9;
const DELETED_EVERY = 23;
const MEASURED = 4;

export interface Fault {
  readonly on: 'dmp' | 'insi';
  readonly order: { readonly fault: string; readonly rate: number; readonly durationMs?: number };
}

export interface PlannedOrder {
  readonly kind: Order['kind'];
  /** Rank of the document in the run, whose title and identifiers follow from it. */
  readonly number: number;
  readonly patient: ReplayPatient;
  /** Of a replacement or deletion: the rank of what it is about, of the same establishment. */
  readonly about?: number;
}

export interface Wave {
  readonly index: number;
  /** New patients, admitted before the documents leave. */
  readonly admitted: readonly ReplayPatient[];
  readonly orders: readonly PlannedOrder[];
  /** The connector is pointed to the gateway in the middle of this wave. */
  readonly cutOver: boolean;
}

export interface HospitalPlan {
  readonly hospital: Hospital;
  readonly waves: readonly Wave[];
  readonly cutOverWave: number;
}

export interface PlanOptions {
  readonly documents: number;
  readonly months: number;
}

/** Documents, replacements included, are shared out evenly; deletions come on top. */
export function planOf(hospitals: readonly Hospital[], { documents, months }: PlanOptions): HospitalPlan[] {
  const waves = months * WAVES_PER_MONTH;
  let number = 0;
  let patients = 0;
  return hospitals.map((hospital, rank) => {
    const share = Math.floor(documents / hospitals.length) + (rank < documents % hospitals.length ? 1 : 0);
    const cutOverWave = cutOverOf(rank, hospitals.length, waves);
    let known: ReplayPatient[] = [];
    const alive: { number: number; patient: ReplayPatient }[] = [];
    const planned = Array.from({ length: waves }, (_, index): Wave => {
      const count = countOf(index, share, waves, cutOverWave);
      const admitted: ReplayPatient[] = [];
      // Somebody new each month, whom the connector has never certified.
      if (count > 0 && (known.length === 0 || index % WAVES_PER_MONTH === 0)) {
        admitted.push(replayPatient(patients++));
        known = [...known.slice(-2), ...admitted];
      }
      const orders: PlannedOrder[] = [];
      for (let i = 0; i < count; i++) {
        number += 1;
        const patient = known[number % known.length];
        if (patient === undefined) throw new Error('a document without patient');
        const before = number % REPLACED_EVERY === 0 ? alive.pop() : undefined;
        const order: PlannedOrder =
          before === undefined
            ? { kind: 'new', number, patient }
            : { kind: 'replacement', number, patient: before.patient, about: before.number };
        orders.push(order);
        if (number % DELETED_EVERY === 0) {
          orders.push({ kind: 'deletion', number, patient: order.patient, about: number });
        } else if (order.kind === 'new') alive.push({ number, patient });
      }
      return { index, admitted, orders, cutOver: index === cutOverWave };
    });
    return { hospital, waves: planned, cutOverWave };
  });
}

/** From the second month to the last but one, so that the first month is all of yesterday and the last all of today. */
function cutOverOf(rank: number, hospitals: number, waves: number): number {
  const first = WAVES_PER_MONTH;
  const last = waves - WAVES_PER_MONTH - 1;
  return first + Math.floor((rank * (last - first + 1)) / hospitals);
}

/** Evenly, but for what the week of the cut-over needs at least: documents on both sides of it, or its gap has no measure. */
function countOf(index: number, share: number, waves: number, cutOverWave: number): number {
  const kept = Math.min(MEASURED, share);
  const others = share - kept;
  const even = Math.floor(((index + 1) * others) / waves) - Math.floor((index * others) / waves);
  return even + (index === cutOverWave ? kept : 0);
}

/** The weeks without a cut-over of anybody: what is measured there is no fault of the gateway. */
export function faultsOf(wave: number, plans: readonly HospitalPlan[], waves: number): Fault[] {
  const quiet = plans.every(({ cutOverWave }) => cutOverWave !== wave);
  const lossy: Fault = { on: 'dmp', order: { fault: 'lost-answer', rate: 0.08 } };
  if (!quiet) return [];
  const cases: Readonly<Record<number, readonly Fault[]>> = {
    1: [lossy, { on: 'dmp', order: { fault: 'soap-fault', rate: 0.1 } }],
    2: [{ on: 'dmp', order: { fault: 'down', rate: 1, durationMs: 1_500 } }],
    [waves - 4]: [{ on: 'insi', order: { fault: 'down', rate: 1, durationMs: 2_000 } }],
    [waves - 3]: [lossy, { on: 'dmp', order: { fault: 'reset', rate: 0.05 } }],
    [waves - 2]: [
      { on: 'dmp', order: { fault: 'down', rate: 1, durationMs: 1_500 } },
      { on: 'insi', order: { fault: 'http-500', rate: 0.3 } },
    ],
  };
  return [...(cases[wave] ?? [])];
}
