/** Recalls: what is asked about an INS that turned out wrong, who decided, and how far it is. */
import { type Db, many, maybe, one } from './db.ts';

export type RecallPath = 'doubt' | 'wrong-person' | 'new-ins';
/** `done`: also a new INS of the same person, explained. `released`: the doubt was lifted. */
export type RecallState = 'open' | 'prepared' | 'running' | 'done' | 'released';
export type RecallCause =
  | 'report'
  | 'qualification-lost'
  | 'doubtful'
  | 'ins-changed'
  | 'merge'
  | 'unmerge'
  | 'split'
  | 'verification';

export interface Recall {
  readonly id: string;
  readonly identityId: string;
  readonly path: RecallPath;
  readonly state: RecallState;
  readonly cause: RecallCause;
  readonly matricule: string;
  readonly oid: string;
  readonly rightIdentityId: string | null;
  readonly reason: string;
  readonly openedBy: string;
  readonly openedAt: Date;
  readonly explanation: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly count: number | null;
  readonly preparedBy: string | null;
  readonly preparedAt: Date | null;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly liftedBy: string | null;
  readonly liftedAt: Date | null;
}

const COLUMNS = [
  ['path', 'path'],
  ['state', 'state'],
  ['rightIdentityId', 'right_identity_id'],
  ['explanation', 'explanation'],
  ['decidedBy', 'decided_by'],
  ['decidedAt', 'decided_at'],
  ['count', 'count'],
  ['preparedBy', 'prepared_by'],
  ['preparedAt', 'prepared_at'],
  ['approvedBy', 'approved_by'],
  ['approvedAt', 'approved_at'],
  ['finishedAt', 'finished_at'],
  ['liftedBy', 'lifted_by'],
  ['liftedAt', 'lifted_at'],
] as const satisfies readonly (readonly [keyof Recall, string])[];

const SELECT = `select id, identity_id as "identityId", cause, matricule, oid, reason, opened_by as "openedBy",
  opened_at as "openedAt", ${COLUMNS.map(([property, column]) => `${column} as "${property}"`).join(', ')} from recall`;

/** A recall as it is opened: nothing is decided. */
export type NewRecall = Pick<
  Recall,
  'identityId' | 'path' | 'cause' | 'matricule' | 'oid' | 'reason' | 'openedBy' | 'openedAt'
>;

/** Its id; undefined when one about this identity and this INS is open already. */
export async function insertRecall(tx: Db, recall: NewRecall): Promise<string | undefined> {
  const row = await maybe<{ id: string }>(
    tx,
    `insert into recall (identity_id, path, state, cause, matricule, oid, reason, opened_by, opened_at)
     values ($1, $2, 'open', $3, $4, $5, $6, $7, $8) on conflict do nothing returning id`,
    [
      recall.identityId,
      recall.path,
      recall.cause,
      recall.matricule,
      recall.oid,
      recall.reason,
      recall.openedBy,
      recall.openedAt,
    ],
  );
  return row?.id;
}

export async function recallById(db: Db, id: string): Promise<Recall | undefined> {
  return maybe<Recall>(db, `${SELECT} where id = $1`, [id]);
}

export async function lockRecall(tx: Db, id: string): Promise<Recall | undefined> {
  return maybe<Recall>(tx, `${SELECT} where id = $1 for update`, [id]);
}

/** Writes what was decided; what it is about never changes. */
export async function updateRecall(tx: Db, recall: Recall): Promise<void> {
  const sets = COLUMNS.map(([, column], index) => `${column} = $${index + 2}`).join(', ');
  await tx.query(`update recall set ${sets} where id = $1`, [recall.id, ...COLUMNS.map(([name]) => recall[name])]);
}

/** Open ones of a record, under lock, the oldest first. */
export async function lockOpenRecalls(tx: Db, identityId: string): Promise<Recall[]> {
  return many<Recall>(
    tx,
    `${SELECT} where identity_id = $1 and state in ('open', 'prepared', 'running') order by opened_at, id for update`,
    [identityId],
  );
}

/** A record, and those merged into it: what was decided of one of them holds for the patient. */
const OF_PATIENT = 'identity_id = any(array(select id from identity where id = $1 or merged_into = $1))';

/** Whether what was emitted under this INS from this record, or one merged into it, has been looked at, or is. */
export async function isAnswered(
  db: Db,
  identityId: string,
  { matricule, oid }: { matricule: string; oid: string },
): Promise<boolean> {
  const row = await maybe(
    db,
    `select 1 from recall where ${OF_PATIENT} and matricule = $2 and oid = $3 and state <> 'released' limit 1`,
    [identityId, matricule, oid],
  );
  return row !== undefined;
}

/** The questions that are open about a closed record pass to the one that remains, where they are not asked already. */
export async function passRecalls(tx: Db, loserId: string, survivorId: string): Promise<void> {
  await tx.query(
    `update recall r set identity_id = $2 where identity_id = $1 and state in ('open', 'prepared', 'running')
       and not exists (select 1 from recall o where o.identity_id = $2 and o.matricule = r.matricule and o.oid = r.oid
         and o.state in ('open', 'prepared', 'running'))`,
    [loserId, survivorId],
  );
}

/** Of a record, and of those merged into it; the newest first. */
export async function recallsOf(db: Db, identityId: string): Promise<Recall[]> {
  return many<Recall>(
    db,
    `${SELECT} where identity_id in (select id from identity where $1 in (id, merged_into)) order by opened_at desc, id`,
    [identityId],
  );
}

/** Newest first. */
export async function listRecalls(
  db: Db,
  filter: { state?: RecallState | undefined; before?: Date | undefined; limit: number },
): Promise<Recall[]> {
  return many<Recall>(
    db,
    `${SELECT} where ($1::text is null or state = $1) and ($2::timestamptz is null or opened_at < $2)
     order by opened_at desc, id limit $3`,
    [filter.state ?? null, filter.before ?? null, filter.limit],
  );
}

/** Opened before then, and nobody has decided, or nobody has approved. */
export async function undecidedSince(db: Db, before: Date): Promise<Pick<Recall, 'id' | 'path' | 'openedAt'>[]> {
  return many(
    db,
    `select id, path, opened_at as "openedAt" from recall where state in ('open', 'prepared') and opened_at <= $1
     order by opened_at limit 200`,
    [before],
  );
}

/** Was this INS recalled from this record, or from one merged into it, as another person's, and nobody said that it may come back? */
export async function isRecalledFrom(
  db: Db,
  identityId: string,
  { matricule, oid }: { matricule: string; oid: string },
): Promise<boolean> {
  const row = await maybe(
    db,
    `select 1 from recall where ${OF_PATIENT} and matricule = $2 and oid = $3 and path = 'wrong-person'
       and right_identity_id is null and state in ('open', 'prepared', 'running', 'done') and lifted_at is null limit 1`,
    [identityId, matricule, oid],
  );
  return row !== undefined;
}

export interface RecallCounts {
  readonly open: number;
  readonly toApprove: number;
  readonly running: number;
  readonly oldestOpen: Date | null;
  readonly oldestToApprove: Date | null;
}

/** For the work page. */
export async function recallCounts(db: Db): Promise<RecallCounts> {
  return one<RecallCounts>(
    db,
    `select count(*) filter (where state = 'open')::integer as open,
       count(*) filter (where state = 'prepared')::integer as "toApprove",
       count(*) filter (where state = 'running')::integer as running,
       min(opened_at) filter (where state = 'open') as "oldestOpen",
       min(opened_at) filter (where state = 'prepared') as "oldestToApprove"
     from recall where state in ('open', 'prepared', 'running')`,
  );
}
