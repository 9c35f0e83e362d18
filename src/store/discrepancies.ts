/** Other traits than ours, said of a proved identity by an application: kept until a person settles, or they agree again. */
import type { ComparedTrait } from '../ins/coherence.ts';
import type { StrictTraits } from '../ins/types.ts';
import { type Db, many, maybe } from './db.ts';

/** `kept`: ours are right. `adopted`: theirs were. `agreed`: one side changed, nothing differs any more. */
export type DiscrepancyState = 'open' | 'kept' | 'adopted' | 'agreed';

/** Of one trait, both values and the positions (0-based) of the characters to mark in each. */
export interface TraitDifference {
  readonly trait: ComparedTrait;
  readonly local: string;
  readonly received: string;
  readonly marks: { readonly local: readonly number[]; readonly received: readonly number[] };
}

export interface TraitDiscrepancy {
  readonly id: string;
  readonly identityId: string;
  /** Who says it: `source:GAM`. */
  readonly actor: string;
  /** By what, the last time: `ADT^A31 123`. */
  readonly source: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly times: number;
  readonly traits: StrictTraits;
  readonly comparison: readonly TraitDifference[];
  readonly state: DiscrepancyState;
  readonly settledAt: Date | null;
  readonly settledBy: string | null;
  readonly reason: string | null;
}

const SELECT = `select id, identity_id as "identityId", actor, source, first_at as "firstAt", last_at as "lastAt", times, traits,
  comparison, state, settled_at as "settledAt", settled_by as "settledBy", reason from trait_discrepancy`;

export type ReportedDiscrepancy = Pick<
  TraitDiscrepancy,
  'id' | 'identityId' | 'actor' | 'source' | 'traits' | 'comparison'
>;

/** Notes it once per application; what a person has already answered the same way is only counted again. */
export async function reportDiscrepancy(tx: Db, said: ReportedDiscrepancy, at: Date): Promise<void> {
  const traits = JSON.stringify(said.traits);
  const answered = await tx.query(
    `update trait_discrepancy set times = times + 1, last_at = $4, source = $5
     where identity_id = $1 and actor = $2 and state = 'kept' and traits = $3::jsonb`,
    [said.identityId, said.actor, traits, at, said.source],
  );
  if (answered.rowCount !== 0) return;
  await tx.query(
    `insert into trait_discrepancy (id, identity_id, actor, source, first_at, last_at, traits, comparison, state)
     values ($1, $2, $3, $4, $5, $5, $6, $7, 'open')
     on conflict (identity_id, actor) where state = 'open' do update set times = trait_discrepancy.times + 1,
       last_at = excluded.last_at, source = excluded.source, traits = excluded.traits, comparison = excluded.comparison`,
    [said.id, said.identityId, said.actor, said.source, at, traits, JSON.stringify(said.comparison)],
  );
}

export async function discrepancyById(db: Db, id: string): Promise<TraitDiscrepancy | undefined> {
  return maybe<TraitDiscrepancy>(db, `${SELECT} where id = $1`, [id]);
}

/** Same, locked until the transaction ends. */
export async function lockDiscrepancy(tx: Db, id: string): Promise<TraitDiscrepancy | undefined> {
  return maybe<TraitDiscrepancy>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export async function settleDiscrepancy(
  tx: Db,
  id: string,
  how: {
    readonly state: 'kept' | 'adopted' | 'agreed';
    readonly at: Date;
    readonly by: string;
    readonly reason: string;
  },
): Promise<void> {
  await tx.query(
    `update trait_discrepancy set state = $2, settled_at = $3, settled_by = $4, reason = $5 where id = $1 and state = 'open'`,
    [id, how.state, how.at, how.by, how.reason],
  );
}

/** Those of an identity, the open ones first, then the last settled. */
export async function discrepanciesOf(db: Db, identityId: string): Promise<TraitDiscrepancy[]> {
  return many<TraitDiscrepancy>(
    db,
    `${SELECT} where identity_id = $1 order by state <> 'open', settled_at desc, first_at limit 50`,
    [identityId],
  );
}

/** Those that one application has open about an identity. */
export async function openDiscrepancies(db: Db, identityId: string, actor: string | null): Promise<TraitDiscrepancy[]> {
  return many<TraitDiscrepancy>(
    db,
    `${SELECT} where identity_id = $1 and state = 'open' and ($2::text is null or actor = $2)`,
    [identityId, actor],
  );
}

export type ListedDiscrepancy = TraitDiscrepancy & { readonly birthName: string; readonly firstGivenName: string };

/** What waits for a person, the oldest first. */
export async function listOpenDiscrepancies(
  db: Db,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<ListedDiscrepancy[]> {
  return many<ListedDiscrepancy>(
    db,
    `select d.*, identity.birth_name as "birthName", identity.first_given_name as "firstGivenName"
     from (${SELECT} where state = 'open' order by first_at, id limit $1 offset $2) d
     join identity on identity.id = d."identityId" order by d."firstAt", d.id`,
    [limit, offset],
  );
}

/** How many wait, and since when; undefined when none does. */
export async function discrepancyWork(db: Db): Promise<{ discrepancies: number; oldest: Date } | undefined> {
  return maybe(
    db,
    `select count(*) as discrepancies, min(first_at) as oldest from trait_discrepancy where state = 'open' having count(*) > 0`,
  );
}
