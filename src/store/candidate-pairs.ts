/** Two identities that may be one person, or that claim the same INS: what was found, and what was decided. */
import type { TraitScore } from '../ins/matching/score.ts';
import { type Db, many, maybe } from './db.ts';

export type PairKind = 'duplicate' | 'same-ins';
export type PairState = 'open' | 'later' | 'different' | 'linked' | 'merged' | 'closed';

export interface CandidatePair {
  readonly id: string;
  readonly firstId: string;
  readonly secondId: string;
  readonly kind: PairKind;
  readonly score: number;
  readonly traits: readonly TraitScore[];
  readonly state: PairState;
  readonly foundAt: Date;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly reason: string | null;
}

const SELECT = `select id, first_id as "firstId", second_id as "secondId", kind, score::float8 as score, traits, state,
  found_at as "foundAt", decided_at as "decidedAt", decided_by as "decidedBy", reason from candidate_pair`;

export interface FoundPair {
  readonly ids: readonly [string, string];
  readonly kind: PairKind;
  readonly score: number;
  readonly traits: readonly TraitScore[];
}

/**
 * Stores what was found. What a person decided stays decided, except that one INS claimed by two records is looked at again;
 * what was put off stays put off. Gives how many are new.
 */
export async function putPairs(tx: Db, found: readonly FoundPair[], at: Date): Promise<number> {
  let added = 0;
  // In one order whoever writes, so that two searches that find the same pairs never wait for each other in a circle.
  for (const { ids, kind, score, traits } of found.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)))) {
    const { rows } = await tx.query<{ added: boolean }>(
      `insert into candidate_pair (first_id, second_id, kind, score, traits, state, found_at)
       values (least($1::uuid, $2::uuid), greatest($1::uuid, $2::uuid), $3, $4, $5, 'open', $6)
       on conflict (first_id, second_id) do update set
         kind = case when candidate_pair.kind = 'same-ins' and candidate_pair.state in ('open', 'later') then 'same-ins'
                     else excluded.kind end,
         score = excluded.score, traits = excluded.traits,
         state = case when candidate_pair.state = 'closed' or excluded.kind = 'same-ins' then 'open'
                      else candidate_pair.state end,
         found_at = case when candidate_pair.state = 'closed' then excluded.found_at else candidate_pair.found_at end
       returning xmax = 0 as added`,
      [...ids, kind, score, JSON.stringify(traits), at],
    );
    if (rows[0]?.added === true) added += 1;
  }
  return added;
}

function keyOf({ ids }: FoundPair): string {
  return [...ids].sort().join();
}

/** Pairs of these identities on which nobody has decided. */
export async function undecidedPairsOf(db: Db, identityIds: readonly string[]): Promise<CandidatePair[]> {
  return many<CandidatePair>(
    db,
    `${SELECT} where (first_id = any($1) or second_id = any($1)) and state in ('open', 'later') order by id`,
    [identityIds],
  );
}

/** The reason to look is gone: the traits differ now, a record was closed, the INS is free. */
export async function closePairs(tx: Db, ids: readonly string[], state: 'closed' | 'merged'): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(`update candidate_pair set state = $2 where id = any($1) and state in ('open', 'later')`, [
    ids,
    state,
  ]);
}

export async function pairById(db: Db, id: string): Promise<CandidatePair | undefined> {
  return maybe<CandidatePair>(db, `${SELECT} where id = $1`, [id]);
}

/** Locked until the transaction ends: one decision at a time. */
export async function lockPair(tx: Db, id: string): Promise<CandidatePair | undefined> {
  return maybe<CandidatePair>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export interface Decision {
  readonly state: Exclude<PairState, 'open' | 'closed'>;
  readonly at: Date;
  readonly by: string;
  readonly reason: string;
}

export async function decidePair(tx: Db, id: string, { state, at, by, reason }: Decision): Promise<void> {
  await tx.query('update candidate_pair set state = $2, decided_at = $3, decided_by = $4, reason = $5 where id = $1', [
    id,
    state,
    at,
    by,
    reason,
  ]);
}

/** Decided without having been found: a person separated two records. */
export async function setAside(
  tx: Db,
  ids: readonly [string, string],
  { state, at, by, reason }: Decision,
): Promise<void> {
  await tx.query(
    `insert into candidate_pair (first_id, second_id, kind, score, traits, state, found_at, decided_at, decided_by, reason)
     values (least($1::uuid, $2::uuid), greatest($1::uuid, $2::uuid), 'duplicate', 0, '[]', $3, $4, $4, $5, $6)
     on conflict (first_id, second_id) do update set state = excluded.state, decided_at = excluded.decided_at,
       decided_by = excluded.decided_by, reason = excluded.reason`,
    [...ids, state, at, by, reason],
  );
}

export interface PairFilter {
  readonly state: PairState;
  readonly kind: PairKind | null;
  readonly identityId: string | null;
  readonly limit: number;
  readonly offset: number;
}

/** The same INS on two records first, then the surest; decided ones by the time of the decision. */
export async function listPairs(
  db: Db,
  { state, kind, identityId, limit, offset }: PairFilter,
): Promise<CandidatePair[]> {
  const order = state === 'open' || state === 'later' ? 'kind desc, score desc, id' : 'decided_at desc nulls last, id';
  return many<CandidatePair>(
    db,
    `${SELECT} where state = $1 and ($2::text is null or kind = $2) and ($3::uuid is null or $3 in (first_id, second_id))
     order by ${order} limit $4 offset $5`,
    [state, kind, identityId, limit, offset],
  );
}

/** What waits for a decision, for the work page and the indicators. */
export async function countUndecided(
  db: Db,
): Promise<{ readonly kind: PairKind; readonly state: PairState; readonly pairs: number; readonly oldest: Date }[]> {
  return many(
    db,
    `select kind, state, count(*) as pairs, min(found_at) as oldest from candidate_pair where state in ('open', 'later')
     group by kind, state order by kind desc, state desc`,
  );
}
