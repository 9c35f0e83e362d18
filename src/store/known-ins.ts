/** The INS of an identity over time: the one it bears, those that INSi says were this person's, those taken away here. */
import { z } from 'zod';
import { type Db, many } from './db.ts';

/** `former`: INSi itself says that it was this person's. `withdrawn`: taken away here; whose it is remains to be seen. */
export type InsStanding = 'active' | 'former' | 'withdrawn';

export interface NumberedIns {
  readonly matricule: string;
  readonly oid: string;
}

export interface KnownIns extends NumberedIns {
  readonly standing: InsStanding;
  /** As INSi returned them: the second may precede the first. */
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/** Of the `insi_history` column, INSHISTO as returned: what makes a number. A line without key cannot be compared. */
const returned = z.array(
  z.object({
    number: z.string(),
    key: z.string(),
    oid: z.string(),
    from: z.string().optional(),
    until: z.string().optional(),
  }),
);

interface FormerIns extends NumberedIns {
  readonly startsOn: string | null;
  readonly endsOn: string | null;
}

/** The numbers of INSHISTO, without the active one that it may repeat (ins.md 4.6). */
export function formerNumbers(insiHistory: unknown, active: NumberedIns | undefined): FormerIns[] {
  const lines = Array.isArray(insiHistory) ? insiHistory.map((line) => returned.element.safeParse(line)) : [];
  return lines
    .flatMap(({ data }) => (data === undefined ? [] : [data]))
    .map(({ number, key, oid, from, until }) => ({
      matricule: `${number}${key}`.toUpperCase(),
      oid,
      startsOn: from ?? null,
      endsOn: until ?? null,
    }))
    .filter(({ matricule, oid }) => matricule !== active?.matricule || oid !== active.oid);
}

/** Notes a number under a standing; one already known changes standing and keeps the day it was first seen. */
export async function noteIns(
  tx: Db,
  identityId: string,
  ins: NumberedIns & Partial<FormerIns>,
  standing: InsStanding,
  at: Date,
): Promise<void> {
  await tx.query(
    `insert into known_ins (identity_id, oid, matricule, standing, starts_on, ends_on, first_seen_at, last_seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, $7)
     on conflict (identity_id, oid, matricule) do update set standing = excluded.standing, last_seen_at = excluded.last_seen_at,
       starts_on = coalesce(excluded.starts_on, known_ins.starts_on), ends_on = coalesce(excluded.ends_on, known_ins.ends_on)`,
    [identityId, ins.oid, ins.matricule, standing, ins.startsOn ?? null, ins.endsOn ?? null, at],
  );
}

/** Every number of an identity, the active one first, then the last seen. */
export async function insHistoryOf(db: Db, identityId: string): Promise<KnownIns[]> {
  return many<KnownIns>(
    db,
    `select matricule, oid, standing, starts_on as "startsOn", ends_on as "endsOn", first_seen_at as "firstSeenAt",
       last_seen_at as "lastSeenAt"
     from known_ins where identity_id = $1 order by standing <> 'active', last_seen_at desc, matricule`,
    [identityId],
  );
}

/**
 * Active identities of whom this is a former number, or that bear it now, in the order of their ids: candidates for a
 * person to look at, never a match by itself (ins.md 1).
 */
export async function holdersEver(db: Db, ins: NumberedIns): Promise<{ identityId: string; standing: InsStanding }[]> {
  return many(
    db,
    `select k.identity_id as "identityId", k.standing from known_ins k join identity on identity.id = k.identity_id
     where k.matricule = $1 and k.oid = $2 and k.standing <> 'withdrawn' and identity.active order by k.identity_id`,
    [ins.matricule, ins.oid],
  );
}

/** True when the person who bears `active` now was once known under `former` (INSHISTO). */
export async function isFormerInsOf(db: Db, active: NumberedIns, former: NumberedIns): Promise<boolean> {
  const rows = await many(
    db,
    `select 1 from known_ins a join known_ins f on f.identity_id = a.identity_id
     where a.matricule = $1 and a.oid = $2 and a.standing = 'active' and f.matricule = $3 and f.oid = $4
       and f.standing = 'former' limit 1`,
    [active.matricule, active.oid, former.matricule, former.oid],
  );
  return rows.length > 0;
}
