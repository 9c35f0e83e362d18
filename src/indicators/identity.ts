/**
 * Indicators of the identitovigilance cell: counts and rates of a period, with no threshold. Formulas are in
 * docs/fr/identitovigilance.md; `FORMULAS` changes with them.
 */
import type { IdentityStatus } from '../ins/types.ts';
import { type Db, many, one } from '../store/db.ts';
import type { Scope } from './feed.ts';

/** Version of the formulas, in every answer and every file. */
export const FORMULAS = 1;

export interface AdmissionDay {
  /** `AAAA-MM-JJ`, in Paris. */
  readonly day: string;
  readonly admitted: number;
  /** Of those, qualified today. */
  readonly qualified: number;
}

export interface RetrievedStock {
  readonly stock: number;
  readonly oldest: Date | null;
  readonly medianDays: number | null;
  /** How long the INS has been waiting for its device: less than a day, a week, 30 days, more. */
  readonly underDay: number;
  readonly underWeek: number;
  readonly underMonth: number;
  readonly older: number;
}

export interface PairFigures {
  /** Undecided at the end of the period; one that closed by itself since counts as closed from the start. */
  readonly open: number;
  readonly found: number;
  /** Merges of the period that stand, whoever made them. */
  readonly merged: number;
  readonly linked: number;
  readonly different: number;
}

export interface EventFigures {
  readonly found: number;
  readonly settled: number;
  /** Not settled at the end of the period. */
  readonly open: number;
}

export interface IdentityIndicators {
  readonly from: Date;
  readonly to: Date;
  readonly establishment: string | null;
  /** Identities with a stay in the period, by their status today. */
  readonly activeFile: Readonly<Record<IdentityStatus, number>>;
  readonly admissionDays: readonly AdmissionDay[];
  readonly retrieved: RetrievedStock;
  readonly duplicates: PairFigures;
  readonly adverseEvents: EventFigures;
}

interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** `from` included, `to` excluded. */
export async function identityIndicators(db: Db, scope: Scope, period: Period, now: Date): Promise<IdentityIndicators> {
  const values = [period.from, period.to, scope.eg];
  const [activeFile, admissionDays, retrieved, duplicates, adverseEvents] = await Promise.all([
    activeFileOf(db, values),
    admissionDaysOf(db, values),
    retrievedOf(db, scope, now),
    pairsOf(db, values),
    eventsOf(db, values),
  ]);
  return { ...period, establishment: scope.eg, activeFile, admissionDays, retrieved, duplicates, adverseEvents };
}

/** Qualified over all, 0 to 1; null when there is none. */
export function rateOf(qualified: number, all: number): number | null {
  return all === 0 ? null : qualified / all;
}

export function totalOf(file: IdentityIndicators['activeFile']): number {
  return Object.values(file).reduce((sum, count) => sum + count, 0);
}

/** A merged record is closed and its stays are the survivor's; a fictive one is nobody. */
async function activeFileOf(db: Db, values: readonly unknown[]): Promise<IdentityIndicators['activeFile']> {
  const rows = await many<{ status: IdentityStatus; count: number }>(
    db,
    `select i.status, count(*) as count from identity i where i.active and not i.fictive and exists (
       select 1 from stay s where s.identity_id = i.id and s.state in ('open', 'closed') and s.admitted_at < $2
         and (s.discharged_at is null or s.discharged_at >= $1) and ($3::text is null or s.eg = $3))
     group by i.status`,
    values,
  );
  return { PROV: 0, VALI: 0, RECUP: 0, QUAL: 0, ...Object.fromEntries(rows.map((row) => [row.status, row.count])) };
}

async function admissionDaysOf(db: Db, values: readonly unknown[]): Promise<AdmissionDay[]> {
  return many<AdmissionDay>(
    db,
    `select to_char(s.admitted_at at time zone 'Europe/Paris', 'YYYY-MM-DD') as day,
       count(distinct i.id) as admitted, count(distinct i.id) filter (where i.status = 'QUAL') as qualified
     from stay s join identity i on i.id = s.identity_id
     where s.state in ('open', 'closed') and s.admitted_at >= $1 and s.admitted_at < $2
       and ($3::text is null or s.eg = $3) and i.active and not i.fictive
     group by 1 order by 1`,
    values,
  );
}

/** Today's stock: an INS that INSi gave and that still waits for the check of a device. */
async function retrievedOf(db: Db, { eg }: Scope, now: Date): Promise<RetrievedStock> {
  return one<RetrievedStock>(
    db,
    `select count(*) as stock, min(at) as oldest,
       percentile_cont(0.5) within group (order by extract(epoch from $1 - at) / 86400)::float8 as "medianDays",
       count(*) filter (where at > $1 - interval '1 day') as "underDay",
       count(*) filter (where at <= $1 - interval '1 day' and at > $1 - interval '7 days') as "underWeek",
       count(*) filter (where at <= $1 - interval '7 days' and at > $1 - interval '30 days') as "underMonth",
       count(*) filter (where at <= $1 - interval '30 days') as older
     from (select i.ins_obtained_at as at from identity i
       where i.active and i.status = 'RECUP' and not i.fictive and ($2::text is null or exists (
         select 1 from stay s where s.identity_id = i.id and s.eg = $2 and s.state in ('open', 'closed')))) as waiting`,
    [now, eg],
  );
}

/** A pair is of an establishment when one of its records has a stay there. */
async function pairsOf(db: Db, values: readonly unknown[]): Promise<PairFigures> {
  return one<PairFigures>(
    db,
    `select count(*) filter (where found_at < $2 and (state in ('open', 'later') or decided_at >= $2)) as open,
       count(*) filter (where found_at >= $1 and found_at < $2) as found,
       (select count(*) from identity_merge m where m.at >= $1 and m.at < $2 and m.undone_at is null
          and ($3::text is null or exists (select 1 from stay s where s.identity_id = m.survivor_id and s.eg = $3))) as merged,
       count(*) filter (where state = 'linked' and decided_at >= $1 and decided_at < $2) as linked,
       count(*) filter (where state = 'different' and decided_at >= $1 and decided_at < $2) as different
     from candidate_pair p where $3::text is null or exists (
       select 1 from stay s where s.identity_id in (p.first_id, p.second_id) and s.eg = $3
         and s.state in ('open', 'closed'))`,
    values,
  );
}

async function eventsOf(db: Db, values: readonly unknown[]): Promise<EventFigures> {
  return one<EventFigures>(
    db,
    `select count(*) filter (where found_at >= $1 and found_at < $2) as found,
       count(*) filter (where settled_at >= $1 and settled_at < $2) as settled,
       count(*) filter (where found_at < $2 and (settled_at is null or settled_at >= $2)) as open
     from adverse_event where $3::text is null or eg = $3`,
    values,
  );
}
