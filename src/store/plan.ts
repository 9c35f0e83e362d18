/** The plan of the transition: statements, aims, photographs of the day. */
import { type Db, many, maybe } from './db.ts';

export interface DeclarationRow {
  readonly eg: string;
  readonly item: string;
  readonly state: string;
  readonly onDay: string;
  readonly note: string;
  readonly attachment: string | null;
  readonly actor: string;
  readonly at: Date;
}

const DECLARATION = `eg, item, state, to_char(on_day, 'YYYY-MM-DD') as "onDay", note, attachment, by_actor as actor, at`;

/** The last of each item. */
export async function lastDeclarations(db: Db, eg: string): Promise<DeclarationRow[]> {
  return many<DeclarationRow>(
    db,
    `select distinct on (item) ${DECLARATION} from plan_declaration where eg = $1 order by item, id desc`,
    [eg],
  );
}

/** The last first. */
export async function declarationsOf(db: Db, eg: string, limit: number): Promise<DeclarationRow[]> {
  return many<DeclarationRow>(
    db,
    `select ${DECLARATION} from plan_declaration where eg = $1 order by id desc limit $2`,
    [eg, limit],
  );
}

export async function insertDeclaration(db: Db, row: DeclarationRow): Promise<void> {
  const { eg, item, state, onDay, note, attachment, actor, at } = row;
  await db.query(
    `insert into plan_declaration (eg, item, state, on_day, note, attachment, by_actor, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [eg, item, state, onDay, note, attachment, actor, at],
  );
}

export interface AimRow {
  readonly eg: string;
  readonly deadline: string | null;
  readonly qualifiedPercent: number;
  readonly fedPercent: number;
  readonly reason: string;
  readonly actor: string;
  readonly at: Date;
}

export async function lastAim(db: Db, eg: string): Promise<AimRow | undefined> {
  return maybe<AimRow>(
    db,
    `select eg, to_char(deadline, 'YYYY-MM-DD') as deadline, qualified_percent as "qualifiedPercent",
       fed_percent as "fedPercent", reason, by_actor as actor, at
     from plan_aim where eg = $1 order by id desc limit 1`,
    [eg],
  );
}

export async function insertAim(db: Db, row: AimRow): Promise<void> {
  const { eg, deadline, qualifiedPercent, fedPercent, reason, actor, at } = row;
  await db.query(
    `insert into plan_aim (eg, deadline, qualified_percent, fed_percent, reason, by_actor, at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [eg, deadline, qualifiedPercent, fedPercent, reason, actor, at],
  );
}

export interface SnapshotRow<Facts> {
  readonly eg: string;
  /** AAAA-MM-JJ, Paris. */
  readonly day: string;
  readonly at: Date;
  readonly readiness: number;
  readonly steps: readonly number[];
  readonly reached: number;
  readonly facts: Facts;
}

/** The last photograph of the day is the one that is kept. */
export async function putSnapshot(db: Db, row: SnapshotRow<object>): Promise<void> {
  const { eg, day, at, readiness, steps, reached, facts } = row;
  await db.query(
    `insert into plan_snapshot (eg, day, at, readiness, steps, reached, facts) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (eg, day) do update set at = excluded.at, readiness = excluded.readiness, steps = excluded.steps,
       reached = excluded.reached, facts = excluded.facts where plan_snapshot.at <= excluded.at`,
    [eg, day, at, readiness, steps, reached, JSON.stringify(facts)],
  );
}

const SNAPSHOT = `eg, to_char(day, 'YYYY-MM-DD') as day, at, readiness, steps, reached`;

export async function lastSnapshot<Facts>(db: Db, eg: string): Promise<SnapshotRow<Facts> | undefined> {
  return maybe<SnapshotRow<Facts>>(
    db,
    `select ${SNAPSHOT}, facts from plan_snapshot where eg = $1 order by day desc limit 1`,
    [eg],
  );
}

export type Reading = Omit<SnapshotRow<never>, 'facts'>;

/** Of each establishment, its last photograph; all of them when none is named. */
export async function lastReadings(db: Db, egs: readonly string[] | null): Promise<Reading[]> {
  return many<Reading>(
    db,
    `select distinct on (eg) ${SNAPSHOT} from plan_snapshot where $1::text[] is null or eg = any($1) order by eg, day desc`,
    [egs],
  );
}

/** The oldest first. */
export async function readingsOf(db: Db, eg: string, days: number): Promise<Reading[]> {
  const rows = await many<Reading>(
    db,
    `select ${SNAPSHOT} from plan_snapshot where eg = $1 order by day desc limit $2`,
    [eg, days],
  );
  return rows.toReversed();
}

export interface ShareReading {
  /** AAAA-MM-JJ, Paris. */
  readonly day: string;
  readonly admitted: number;
  readonly qualified: number;
  readonly due: number;
  readonly accepted: number;
}

/** The two figures that a site aims at, as each photograph counted them; the oldest first. */
export async function sharesOf(db: Db, eg: string, days: number): Promise<ShareReading[]> {
  const rows = await many<ShareReading>(
    db,
    `select to_char(day, 'YYYY-MM-DD') as day, coalesce((facts #>> '{admissions,admitted}')::integer, 0) as admitted,
       coalesce((facts #>> '{admissions,qualified}')::integer, 0) as qualified,
       coalesce(sender.due, 0)::integer as due, coalesce(sender.accepted, 0)::integer as accepted
     from plan_snapshot left join lateral (
       select sum((s ->> 'documents')::integer - (s ->> 'ended')::integer - (s ->> 'moving')::integer) as due,
         sum((s ->> 'accepted')::integer) as accepted
       from jsonb_array_elements(facts -> 'documentSenders') s) sender on true
     where eg = $1 order by day desc limit $2`,
    [eg, days],
  );
  return rows.toReversed();
}
