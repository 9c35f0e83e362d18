/** Corrections asked for, one per identity and side at a time, with every step: who and when. */
import type { CorrectionAddressee, CorrectionSide, Disagreement } from '../ins/correction-route.ts';
import { type Db, many, maybe } from './db.ts';

/** `handed`: the explanation was given to the patient, or the request to the service. `corrected`: said to be done. */
export type CorrectionState = 'opened' | 'handed' | 'corrected' | 'closed';

export interface CorrectionRequest {
  readonly id: string;
  readonly identityId: string;
  readonly side: CorrectionSide;
  readonly addressee: CorrectionAddressee;
  readonly differences: readonly Disagreement[];
  readonly deviceType: string | null;
  readonly reason: string;
  readonly state: CorrectionState;
  readonly openedAt: Date;
  readonly openedBy: string;
  readonly updatedAt: Date;
}

export interface CorrectionStep {
  readonly at: Date;
  readonly actor: string;
  readonly step: CorrectionState;
  readonly note: string | null;
}

const SELECT = `select id, identity_id as "identityId", side, addressee, differences, device_type as "deviceType", reason,
  state, opened_at as "openedAt", opened_by as "openedBy", updated_at as "updatedAt" from correction_request`;

/** False when one is already open for this side of this identity. */
export async function insertCorrection(tx: Db, request: CorrectionRequest): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into correction_request (id, identity_id, side, addressee, differences, device_type, reason, state, opened_at,
       opened_by, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (identity_id, side) where state <> 'closed' do nothing`,
    [
      request.id,
      request.identityId,
      request.side,
      request.addressee,
      JSON.stringify(request.differences),
      request.deviceType,
      request.reason,
      request.state,
      request.openedAt,
      request.openedBy,
      request.updatedAt,
    ],
  );
  return rowCount === 1;
}

export async function addCorrectionStep(tx: Db, id: string, step: CorrectionStep): Promise<void> {
  await tx.query('update correction_request set state = $2, updated_at = $3 where id = $1', [id, step.step, step.at]);
  await tx.query('insert into correction_step (request_id, at, actor, step, note) values ($1, $2, $3, $4, $5)', [
    id,
    step.at,
    step.actor,
    step.step,
    step.note,
  ]);
}

export async function correctionById(db: Db, id: string): Promise<CorrectionRequest | undefined> {
  return maybe<CorrectionRequest>(db, `${SELECT} where id = $1`, [id]);
}

/** Same, locked until the transaction ends. */
export async function lockCorrection(tx: Db, id: string): Promise<CorrectionRequest | undefined> {
  return maybe<CorrectionRequest>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export async function correctionStepsOf(db: Db, id: string): Promise<CorrectionStep[]> {
  return many<CorrectionStep>(
    db,
    'select at, actor, step, note from correction_step where request_id = $1 order by id',
    [id],
  );
}

export async function correctionsOf(db: Db, identityId: string): Promise<CorrectionRequest[]> {
  return many<CorrectionRequest>(db, `${SELECT} where identity_id = $1 order by opened_at desc, id`, [identityId]);
}

export type ListedCorrection = CorrectionRequest & {
  readonly birthName: string;
  readonly firstGivenName: string;
};

/** The oldest first. `state` absent: all that are not closed. */
export async function listCorrections(
  db: Db,
  filter: { readonly state?: CorrectionState | undefined; readonly limit: number; readonly offset: number },
): Promise<ListedCorrection[]> {
  return many<ListedCorrection>(
    db,
    `select c.*, identity.birth_name as "birthName", identity.first_given_name as "firstGivenName"
     from (${SELECT} where case when $1::text is null then state <> 'closed' else state = $1 end
           order by opened_at, id limit $2 offset $3) c
     join identity on identity.id = c."identityId" order by c."openedAt", c.id`,
    [filter.state ?? null, filter.limit, filter.offset],
  );
}

/** Those that are not closed, by state, for the work page. */
export async function correctionWork(db: Db): Promise<{ state: CorrectionState; requests: number; oldest: Date }[]> {
  return many(
    db,
    `select state, count(*) as requests, min(opened_at) as oldest from correction_request where state <> 'closed' group by state`,
  );
}
