/** Codes of communes that followed one another, as the INSEE publishes them; empty until the site loads its file. */
import { type Db, one, transaction } from './db.ts';

type Pool = Parameters<typeof transaction>[0];

/** One event of a commune: a merger, a split, a change of code. */
export interface CommuneChange {
  readonly from: string;
  readonly to: string;
  /** `AAAA-MM-JJ`. */
  readonly on: string;
  /** MOD of the INSEE file. */
  readonly kind: string;
}

/** A commune created or re-established out of another. */
const SPLITS = ['20', '21'];
/** Longest chain of mergers that is followed; the longest published one is far below. */
const LONGEST_CHAIN = 12;

/** Puts the whole history in the place of the one that was there. */
export async function replaceCommuneChanges(pool: Pool, changes: readonly CommuneChange[]): Promise<number> {
  return transaction(pool, async (tx) => {
    await tx.query('delete from commune_change');
    const { rowCount } = await tx.query(
      `insert into commune_change (from_code, to_code, effective_on, kind)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) on conflict do nothing`,
      [
        changes.map(({ from }) => from),
        changes.map(({ to }) => to),
        changes.map(({ on }) => on),
        changes.map(({ kind }) => kind),
      ],
    );
    return rowCount ?? 0;
  });
}

/**
 * True when one code took the place of the other: by mergers and changes of code one after the other, or by one split. A
 * split after a merger is not followed: it would make neighbours of communes that only shared a town hall for a time.
 */
export async function followedOneAnother(db: Db, a: string, b: string): Promise<boolean> {
  const row = await one<{ linked: boolean }>(
    db,
    `with recursive chain (origin, code, length) as (
       select * from (values ($1::text, $1::text, 0), ($2, $2, 0)) as start
       union
       select chain.origin, c.to_code, chain.length + 1 from chain join commune_change c on c.from_code = chain.code
       where c.kind <> all($3) and chain.length < ${LONGEST_CHAIN})
     select exists (select 1 from chain where (origin, code) in (($1, $2), ($2, $1)))
         or exists (select 1 from commune_change
                    where kind = any($3) and (from_code, to_code) in (($1, $2), ($2, $1))) as linked`,
    [a, b, SPLITS],
  );
  return row.linked;
}
