/** Stays and their movements: the indicators count closed stays without their discharge document, by unit and day. */
import { type Db, many, one } from './db.ts';

export type MovementKind = 'planned' | 'admission' | 'transfer' | 'discharge' | 'other';

export interface StayMovement {
  /** ZBE-1 with its authority, or the part that the movement plays when its sender numbers none. */
  readonly movement: string;
  readonly kind: MovementKind;
  readonly cancelled: boolean;
  /** Told again, long after it happened. */
  readonly historic: boolean;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly medicalUnit: string | null;
  readonly careUnit: string | null;
  readonly nature: string | null;
  readonly patientClass: string | null;
  /** When its sender said so. */
  readonly saidAt: Date;
}

export interface StayState {
  readonly state: 'planned' | 'open' | 'closed' | 'cancelled';
  readonly patientClass: string | null;
  readonly unit: string | null;
  readonly admittedAt: Date | null;
  readonly dischargedAt: Date | null;
}

export interface StayRecord extends StayState {
  readonly id: string;
  readonly eg: string;
  /** Who gave the visit number, and the number. */
  readonly authority: string;
  readonly number: string;
  readonly identityId: string | null;
}

const STAY = `select id, eg, authority, number, identity_id as "identityId", state, patient_class as "patientClass", unit,
  admitted_at as "admittedAt", discharged_at as "dischargedAt" from stay`;

/** The stay of a visit number, locked until the transaction ends; created when nobody spoke of it yet. */
export async function lockStay(
  tx: Db,
  stay: Pick<StayRecord, 'id' | 'eg' | 'authority' | 'number' | 'identityId'> & { readonly at: Date },
): Promise<StayRecord> {
  await tx.query(
    `insert into stay (id, eg, authority, number, identity_id, state, updated_at) values ($1, $2, $3, $4, $5, 'cancelled', $6)
     on conflict (authority, number) do nothing`,
    [stay.id, stay.eg, stay.authority, stay.number, stay.identityId, stay.at],
  );
  return one<StayRecord>(tx, `${STAY} where authority = $1 and number = $2 for update`, [stay.authority, stay.number]);
}

export interface StayFilter {
  readonly eg: string | null;
  readonly number: string | null;
  readonly identityId: string | null;
  readonly state: StayState['state'] | null;
  readonly limit: number;
  readonly offset: number;
}

/** The latest discharge first, then the stays that go on. */
export async function listStays(db: Db, filter: StayFilter): Promise<StayRecord[]> {
  return many<StayRecord>(
    db,
    `${STAY} where ($1::text is null or eg = $1) and ($2::text is null or number = $2)
       and ($3::uuid is null or identity_id = $3) and ($4::text is null or state = $4)
     order by discharged_at desc nulls last, admitted_at desc nulls last, id limit $5 offset $6`,
    [filter.eg, filter.number, filter.identityId, filter.state, filter.limit, filter.offset],
  );
}

const MOVEMENT = `select movement, kind, cancelled, historic, starts_at as "startsAt", ends_at as "endsAt",
  medical_unit as "medicalUnit", care_unit as "careUnit", nature, patient_class as "patientClass", said_at as "saidAt"
  from stay_movement`;

export async function movementsOf(db: Db, stayId: string): Promise<StayMovement[]> {
  return many<StayMovement>(db, `${MOVEMENT} where stay_id = $1 order by starts_at, movement`, [stayId]);
}

/**
 * Keeps what was said last of a movement, not what arrived last; of two words of one instant, the cancellation. An update
 * or a cancellation that leaves something out does not erase it.
 */
export async function putMovement(
  tx: Db,
  stayId: string,
  movement: StayMovement & { readonly messageId: number },
): Promise<void> {
  await tx.query(
    `insert into stay_movement as known (stay_id, movement, kind, cancelled, historic, starts_at, ends_at, medical_unit,
       care_unit, nature, patient_class, said_at, message_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     on conflict (stay_id, movement) do update set
       kind = case when excluded.kind = 'other' then known.kind else excluded.kind end,
       cancelled = excluded.cancelled, historic = excluded.historic,
       starts_at = coalesce(excluded.starts_at, known.starts_at), ends_at = coalesce(excluded.ends_at, known.ends_at),
       medical_unit = coalesce(excluded.medical_unit, known.medical_unit),
       care_unit = coalesce(excluded.care_unit, known.care_unit), nature = coalesce(excluded.nature, known.nature),
       patient_class = coalesce(excluded.patient_class, known.patient_class),
       said_at = excluded.said_at, message_id = excluded.message_id
     where (excluded.said_at, excluded.cancelled) >= (known.said_at, known.cancelled)`,
    [
      stayId,
      movement.movement,
      movement.kind,
      movement.cancelled,
      movement.historic,
      movement.startsAt,
      movement.endsAt,
      movement.medicalUnit,
      movement.careUnit,
      movement.nature,
      movement.patientClass,
      movement.saidAt,
      movement.messageId,
    ],
  );
}

export async function updateStay(
  tx: Db,
  id: string,
  stay: StayState & { readonly identityId: string; readonly at: Date },
): Promise<void> {
  await tx.query(
    `update stay set state = $2, patient_class = $3, unit = $4, admitted_at = $5, discharged_at = $6, identity_id = $7,
       updated_at = $8 where id = $1`,
    [id, stay.state, stay.patientClass, stay.unit, stay.admittedAt, stay.dischargedAt, stay.identityId, stay.at],
  );
}

/** Stays of a patient in these establishments. */
export async function staysOfEstablishments(db: Db, identityId: string, egs: readonly string[]): Promise<string[]> {
  const rows = await many<{ id: string }>(db, 'select id from stay where identity_id = $1 and eg = any($2)', [
    identityId,
    egs,
  ]);
  return rows.map(({ id }) => id);
}
