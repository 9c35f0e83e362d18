/** National numbers of patients as old connectors wrote them: INS-C, NIR of TD0.0. Hints, never an INS. */
import { type Db, many, write } from './db.ts';

export interface LegacyNumber {
  readonly oid: string;
  readonly value: string;
}

export interface SeenNumber extends LegacyNumber {
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/** Seen with a document whose patient was found otherwise. */
export async function noteLegacyNumber(
  tx: Db,
  identityId: string,
  { oid, value }: LegacyNumber,
  at: Date,
): Promise<void> {
  await write(
    tx,
    `insert into legacy_number (identity_id, oid, value, first_seen_at, last_seen_at) values ($1, $2, $3, $4, $4)
     on conflict (identity_id, oid, value) do update set last_seen_at = greatest(legacy_number.last_seen_at, excluded.last_seen_at)`,
    [identityId, oid, value, at],
  );
}

/** Those of an identity and of the records merged into it, the last seen first. */
export async function legacyNumbersOf(db: Db, identityId: string): Promise<SeenNumber[]> {
  return many<SeenNumber>(
    db,
    `select oid, value, min(first_seen_at) as "firstSeenAt", max(last_seen_at) as "lastSeenAt"
     from legacy_number where identity_id in (select $1::uuid union select id from identity where merged_into = $1)
     group by oid, value order by 4 desc, value`,
    [identityId],
  );
}

/** Living identities with which this number was seen; a record merged since counts as its survivor. */
export async function bearersOfLegacyNumber(db: Db, { oid, value }: LegacyNumber): Promise<string[]> {
  const rows = await many<{ id: string }>(
    db,
    `select distinct coalesce(i.merged_into, i.id) as id from legacy_number n join identity i on i.id = n.identity_id
     where n.value = $1 and n.oid = $2`,
    [value, oid],
  );
  return rows.map(({ id }) => id);
}
