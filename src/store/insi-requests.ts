/** What a person asked INSi beyond a search by the recorded traits, and which searches failed so far. */
import { type Db, many, maybe, one } from './db.ts';

export interface InsiRequest {
  readonly kind: 'card' | 'criteria';
  /** The proposal that the operator accepted; null for a card. */
  readonly proposal: string | null;
  /** Card reading or criteria, as checked before they were stored. */
  readonly payload: unknown;
  readonly askedBy: string;
}

export async function insiRequestOf(db: Db, identityId: string): Promise<InsiRequest | undefined> {
  return maybe<InsiRequest>(
    db,
    'select kind, proposal, payload, asked_by as "askedBy" from insi_request where identity_id = $1',
    [identityId],
  );
}

/** In place of what was asked before. */
export async function putInsiRequest(
  tx: Db,
  identityId: string,
  { kind, proposal, payload, askedBy }: InsiRequest,
  at: Date,
): Promise<void> {
  await tx.query(
    `insert into insi_request (identity_id, kind, proposal, payload, asked_by, asked_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (identity_id) do update set kind = excluded.kind, proposal = excluded.proposal,
       payload = excluded.payload, asked_by = excluded.asked_by, asked_at = excluded.asked_at`,
    [identityId, kind, proposal, JSON.stringify(payload), askedBy, at],
  );
}

export async function dropInsiRequest(tx: Db, identityId: string): Promise<void> {
  await tx.query('delete from insi_request where identity_id = $1', [identityId]);
}

export interface InsiAttempt {
  readonly at: Date;
  /** Null: the automatic search. */
  readonly proposal: string | null;
  readonly actor: string;
  /** Null: the recorded traits. */
  readonly criteria: unknown;
  readonly outcome: 'none' | 'several';
}

/** Searches without one answer since the last that had one, in order. */
export async function insiAttemptsOf(db: Db, identityId: string): Promise<InsiAttempt[]> {
  return many<InsiAttempt>(
    db,
    'select at, proposal, actor, criteria, outcome from insi_attempt where identity_id = $1 order by id',
    [identityId],
  );
}

export async function addInsiAttempt(tx: Db, identityId: string, attempt: InsiAttempt): Promise<void> {
  await tx.query(
    'insert into insi_attempt (identity_id, at, proposal, actor, criteria, outcome) values ($1, $2, $3, $4, $5, $6)',
    [
      identityId,
      attempt.at,
      attempt.proposal,
      attempt.actor,
      attempt.criteria === null ? null : JSON.stringify(attempt.criteria),
      attempt.outcome,
    ],
  );
}

export async function forgetInsiAttempts(tx: Db, identityId: string): Promise<void> {
  await tx.query('delete from insi_attempt where identity_id = $1', [identityId]);
}

/** More are not counted: the banner of every page asks. */
const MOST_DOCUMENTS = 10_000;

/** Documents that wait for the INS of a patient whose question is in the queue. */
export async function documentsBehindInsi(db: Db, eg: string | null): Promise<number> {
  const row = await one<{ count: number }>(
    db,
    `select count(*)::integer as count from (
       select 1 from identity i join document d on d.identity_id = i.id
        where i.active and i.insi_state = 'queued' and d.state = 'waiting' and ($1::text is null or d.eg = $1)
        limit $2) as first_ones`,
    [eg, MOST_DOCUMENTS],
  );
  return row.count;
}
