/** Figures of the plan, each for all the establishments asked at once: one walk, whatever their number. Counts only. */
import { type Db, many, maybe } from './db.ts';

export interface FactsAsked {
  readonly egs: readonly string[];
  readonly since: Date;
}

/** Admissions since then, by unit or by day: `unit` holds for the rows without a day. */
export interface AdmissionCount {
  readonly eg: string;
  readonly unit: string | null;
  /** AAAA-MM-JJ, Paris; null in a row of a unit or of the whole. */
  readonly day: string | null;
  readonly whole: boolean;
  readonly admitted: number;
  readonly qualified: number;
  readonly mirrored: number;
  readonly firstQualified: Date | null;
}

/** A patient who came twice counts once in each row. */
export async function admissionCounts(db: Db, { egs, since }: FactsAsked): Promise<AdmissionCount[]> {
  return many<AdmissionCount>(
    db,
    `select eg, unit, day, grouping(unit) = 1 and grouping(day) = 1 as whole,
       count(distinct id)::integer as admitted, count(distinct id) filter (where status = 'QUAL')::integer as qualified,
       count(distinct id) filter (where status = 'QUAL' and mirror)::integer as mirrored,
       min(obtained) filter (where status = 'QUAL') as "firstQualified"
     from (
       select s.eg, s.unit, to_char(s.admitted_at at time zone 'Europe/Paris', 'YYYY-MM-DD') as day, i.id, i.status, i.mirror,
         coalesce(i.ins_obtained_at, i.created_at) as obtained
       from stay s join identity i on i.id = s.identity_id
       where s.state in ('open', 'closed') and s.admitted_at >= $2 and s.eg = any($1) and i.active and not i.fictive) admission
     group by grouping sets ((eg), (eg, unit), (eg, day)) order by eg, day, unit`,
    [egs, since],
  );
}

export interface SenderCount {
  readonly eg: string;
  readonly sender: string;
  readonly documents: number;
  readonly rawPdf: number;
  readonly withIns: number;
  readonly accepted: number;
  readonly moving: number;
  readonly ended: number;
  readonly first: Date;
  readonly last: Date;
}

export async function senderCounts(db: Db, { egs, since }: FactsAsked): Promise<SenderCount[]> {
  return many<SenderCount>(
    db,
    `select eg, sender, count(*)::integer as documents,
       count(*) filter (where kind = 'raw' and mime_type = 'application/pdf')::integer as "rawPdf",
       count(*) filter (where notice->'patient' ? 'matricule')::integer as "withIns",
       count(*) filter (where state in ('accepted', 'replaced'))::integer as accepted,
       count(*) filter (where state in ('received', 'ready', 'sending'))::integer as moving,
       count(*) filter (where state in ('withdrawn', 'deleted'))::integer as ended,
       min(received_at) as first, max(received_at) as last
     from document where received_at >= $2 and eg = any($1) and action <> 'delete' group by eg, sender order by eg, sender`,
    [egs, since],
  );
}

export interface FeedCount {
  readonly eg: string;
  readonly first: Date | null;
  readonly last: Date | null;
  readonly accepted: number;
}

/** From the proof ledger, by its index: the first line, the last one, and those since then. */
export async function feedCounts(db: Db, { egs, since }: FactsAsked): Promise<FeedCount[]> {
  return many<FeedCount>(
    db,
    `select eg, (select min(l.at) from ledger l where l.eg = asked.eg) as first,
       (select max(l.at) from ledger l where l.eg = asked.eg) as last,
       (select count(*)::integer from ledger l where l.eg = asked.eg and l.at >= $2) as accepted
     from unnest($1::text[]) as asked (eg)`,
    [egs, since],
  );
}

/** First line of the ledger, whoever the document belongs to. */
export async function firstAcceptance(db: Db): Promise<Date | null> {
  return (await maybe<{ at: Date }>(db, 'select at from ledger order by id limit 1'))?.at ?? null;
}

/** First and last call that INSi answered, of the first and last thousand. */
export async function answeredCalls(db: Db): Promise<{ first: Date | null; last: Date | null }> {
  const answered = `outcome in ('found', 'identical', 'none', 'several')`;
  const row = await maybe<{ first: Date | null; last: Date | null }>(
    db,
    `select (select min(at) from (select at, outcome from insi_call order by id limit 1000) f where ${answered}) as first,
       (select max(at) from (select at, outcome from insi_call order by id desc limit 1000) l where ${answered}) as last`,
  );
  return row ?? { first: null, last: null };
}

export interface GivenCount {
  readonly eg: string;
  readonly subscriber: string;
  readonly qualified: number;
  readonly given: number;
}

/** Of the qualified patients admitted since then, those whose INS each subscriber accepted. */
export async function givenCounts(db: Db, { egs, since }: FactsAsked): Promise<GivenCount[]> {
  return many<GivenCount>(
    db,
    `select person.eg, s.name as subscriber, count(*)::integer as qualified,
       count(*) filter (where k.accepted_at is not null and k.ins_oids <> '{}')::integer as given
     from (select distinct st.eg, i.id from stay st join identity i on i.id = st.identity_id
           where st.state in ('open', 'closed') and st.admitted_at >= $2 and st.eg = any($1)
             and i.active and not i.fictive and i.status = 'QUAL') person
       cross join diffusion_subscriber s
       left join diffusion_known k on k.subscriber = s.name and k.identity_id = person.id
     where s.enabled group by 1, 2`,
    [egs, since],
  );
}

export interface LastAudit {
  readonly eg: string;
  readonly template: string;
  readonly software: string;
  readonly right: boolean;
  readonly at: Date;
}

export async function lastAudits(db: Db, egs: readonly string[]): Promise<LastAudit[]> {
  return many<LastAudit>(
    db,
    `select distinct on (eg, template, software) eg, template, software, is_right as "right", at
     from template_audit where eg = any($1) order by eg, template, software, at desc`,
    [egs],
  );
}

export interface WaitingCount {
  readonly eg: string;
  readonly ruleId: string;
  readonly documents: number;
  readonly oldest: Date;
}

export async function waitingCounts(db: Db, egs: readonly string[]): Promise<WaitingCount[]> {
  return many<WaitingCount>(
    db,
    `select eg, rule_id as "ruleId", count(*)::integer as documents, min(received_at) as oldest from document
     where state in ('waiting', 'unknown', 'ready') and rule_id is not null and eg = any($1)
     group by eg, rule_id order by eg, oldest`,
    [egs],
  );
}

export interface UnitDayCount {
  readonly unit: string | null;
  /** AAAA-MM-JJ, Paris. */
  readonly day: string;
  readonly admitted: number;
  readonly qualified: number;
}

/** Desk by desk: admissions of one establishment by unit and day, the last day first. */
export async function unitDays(db: Db, eg: string, since: Date): Promise<UnitDayCount[]> {
  return many<UnitDayCount>(
    db,
    `select s.unit, to_char(s.admitted_at at time zone 'Europe/Paris', 'YYYY-MM-DD') as day,
       count(distinct i.id)::integer as admitted, count(distinct i.id) filter (where i.status = 'QUAL')::integer as qualified
     from stay s join identity i on i.id = s.identity_id
     where s.state in ('open', 'closed') and s.admitted_at >= $2 and s.eg = $1 and i.active and not i.fictive
     group by 1, 2 order by 2 desc, 1`,
    [eg, since],
  );
}
