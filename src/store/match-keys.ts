/** The blocks in which identities are compared; derived data, made by the tasks that compare. */
import { type Db, many } from './db.ts';

export interface Blocks {
  readonly id: string;
  /** Hashes, never none. */
  readonly keys: readonly number[];
}

/** One array for each identity: an array of arrays must be a matrix, and they are of different lengths. */
const ASKED = `select asked.id, array(select jsonb_array_elements_text(asked.keys)::integer) as keys
  from jsonb_to_recordset($1::jsonb) as asked (id uuid, keys jsonb)`;

export async function putBlocks(db: Db, blocks: readonly Blocks[], at: Date): Promise<void> {
  await db.query(
    `insert into identity_match (identity_id, keys, matched_at) select id, keys, $2 from (${ASKED}) made order by id
     on conflict (identity_id) do update set keys = excluded.keys, matched_at = excluded.matched_at
       where identity_match.keys <> excluded.keys`,
    [JSON.stringify(blocks), at],
  );
}

export async function dropBlocks(db: Db, ids: readonly string[]): Promise<void> {
  await db.query('delete from identity_match where identity_id = any($1)', [ids]);
}

/** Who shares a block with each, at most `most` for one. Never a look at the whole table. */
export async function sharingBlocks(
  tx: Db,
  blocks: readonly Blocks[],
  most: number,
): Promise<{ readonly id: string; readonly candidateId: string }[]> {
  // Few rows are wanted of a large table: a planner that hopes to meet them soon would read it from its beginning.
  await tx.query('set local enable_seqscan = off');
  const found = await many<{ id: string; candidateId: string }>(
    tx,
    `select asked.id, near.identity_id as "candidateId" from (${ASKED}) asked cross join lateral
       (select identity_id from identity_match m where m.keys && asked.keys and m.identity_id <> asked.id limit $2) near`,
    [JSON.stringify(blocks), most],
  );
  await tx.query('set local enable_seqscan = on');
  return found;
}
