/** Searches for duplicates over a whole base: how far they are. */
import { type Db, many, maybe, one } from './db.ts';

export interface MatchingRun {
  readonly id: string;
  readonly state: 'running' | 'done' | 'cancelled';
  readonly startedBy: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly cursor: string | null;
  /** Active identities when it started. */
  readonly total: number;
  readonly compared: number;
  /** Pairs that were not known. */
  readonly found: number;
}

const SELECT = `select id, state, started_by as "startedBy", started_at as "startedAt", finished_at as "finishedAt", cursor,
  total, compared, found from matching_run`;

/** The one that is going on, else a new one. */
export async function startMatchingRun(
  tx: Db,
  { id, by, at }: { readonly id: string; readonly by: string; readonly at: Date },
): Promise<{ readonly run: MatchingRun; readonly started: boolean }> {
  await tx.query(
    `insert into matching_run (id, state, started_by, started_at, total)
     select $1, 'running', $2, $3, (select count(*) from identity where active)
     on conflict ((true)) where state = 'running' do nothing`,
    [id, by, at],
  );
  const run = await one<MatchingRun>(tx, `${SELECT} where state = 'running'`);
  return { run, started: run.id === id };
}

export async function matchingRunById(db: Db, id: string): Promise<MatchingRun | undefined> {
  return maybe<MatchingRun>(db, `${SELECT} where id = $1`, [id]);
}

/** The last ones, the newest first. */
export async function listMatchingRuns(db: Db, limit: number): Promise<MatchingRun[]> {
  return many<MatchingRun>(db, `${SELECT} order by started_at desc, id limit $1`, [limit]);
}

/** From the first identity, and all those that there are now. */
export async function beginAgain(tx: Db, id: string): Promise<void> {
  await tx.query(
    `update matching_run set cursor = null, compared = 0, total = (select count(*) from identity where active)
     where id = $1 and state = 'running'`,
    [id],
  );
}

/** A step that began before the run was begun again does not move it. */
export async function advanceMatchingRun(
  tx: Db,
  { id, cursor: from }: Pick<MatchingRun, 'id' | 'cursor'>,
  { cursor, compared, found }: { readonly cursor: string; readonly compared: number; readonly found: number },
): Promise<void> {
  await tx.query(
    `update matching_run set cursor = $2, compared = compared + $3, found = found + $4
     where id = $1 and cursor is not distinct from $5`,
    [id, cursor, compared, found, from],
  );
}

/** False when it was not going on. */
export async function endMatchingRun(tx: Db, id: string, state: 'done' | 'cancelled', at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update matching_run set state = $2, finished_at = $3 where id = $1 and state = 'running'`,
    [id, state, at],
  );
  return rowCount === 1;
}

/** Active identities after this one, in the order of a run. */
export async function nextToCompare(db: Db, after: string | null, limit: number): Promise<string[]> {
  const rows = await many<{ id: string }>(
    db,
    'select id from identity where active and ($1::uuid is null or id > $1) order by id limit $2',
    [after, limit],
  );
  return rows.map(({ id }) => id);
}
