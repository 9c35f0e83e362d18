/**
 * Exhaustiveness: closed stays (A03) and their discharge document, by unit and day of discharge. What is expected of which
 * stays is data (the list of what must be fed); when it is late is a setting.
 */
import type { DocumentList } from '../codes/feeding-lists.ts';
import type { Config } from '../config/schema.ts';
import { type Db, many } from '../store/db.ts';
import type { DocumentState } from '../store/documents.ts';
import type { Scope } from './feed.ts';

export interface Asked extends Scope {
  /** First instant of discharge; `to` is excluded. */
  readonly from: Date;
  readonly to: Date;
  readonly unit: string | null;
  readonly now: Date;
}

export interface UnitDay {
  readonly eg: string;
  readonly unit: string | null;
  /** Day of discharge at the establishment, AAAA-MM-JJ. */
  readonly day: string;
  /** Closed stays of a kind that ends with a document. */
  readonly stays: number;
  /** Of them, those whose document is in the DMP. */
  readonly fed: number;
  /** A document came, and waits or is on its way. */
  readonly waiting: number;
  readonly refused: number;
  /** « Non transmissible ». */
  readonly ended: number;
  /** No document came, and it is late. */
  readonly missing: number;
  /** No document came, and it is not late yet. */
  readonly notDue: number;
}

export type Outcome = 'fed' | 'waiting' | 'refused' | 'ended' | 'missing' | 'not-due';

export interface JudgedStay {
  readonly stayId: string;
  readonly eg: string;
  readonly number: string;
  readonly unit: string | null;
  readonly patientClass: string | null;
  readonly admittedAt: Date | null;
  readonly dischargedAt: Date;
  readonly identityId: string | null;
  readonly outcome: Outcome;
  /** The document that went furthest, when one came. */
  readonly documentId: string | null;
  readonly documentState: DocumentState | null;
  readonly ruleId: string | null;
}

const HOUR_MS = 3_600_000;

/** The document names the visit, or names none and was written from the admission on. Fed before waiting, last before first. */
const JUDGED = `with place as (select * from unnest($5::text[], $6::text[]) as place (eg, tz)),
  expected as (select * from unnest($7::text[], $8::text[]) as expected (class, type)),
  closed as (
    select s.*, (s.discharged_at at time zone coalesce(place.tz, 'Europe/Paris'))::date as day
    from stay s left join place on place.eg = s.eg
    where s.state = 'closed' and s.discharged_at >= $1 and s.discharged_at < $2 and ($3::text is null or s.eg = $3)
      and ($4::text is null or coalesce(s.unit, '') = $4) and s.patient_class in (select class from expected)),
  judged as (
    select c.*, d.id as document_id, d.state as document_state, d.rule_id,
      case when d.state in ('accepted', 'replaced') then 'fed'
        when d.state in ('refused', 'unreadable') then 'refused' when d.state in ('withdrawn', 'deleted') then 'ended'
        when d.state is not null then 'waiting' when c.discharged_at > $9 then 'not-due' else 'missing' end as outcome
    from closed c left join lateral (
      select d.id, d.state, d.rule_id from document d
      where d.identity_id in (select i.id from identity i where i.id = c.identity_id or i.merged_into = c.identity_id)
        and d.eg = c.eg and d.action <> 'delete'
        and exists (select 1 from expected e where e.class = c.patient_class and e.type = d.type_code)
        and (d.notice->>'visitNumber' = c.number
          or (d.notice->>'visitNumber' is null and d.received_at >= coalesce(c.admitted_at, c.discharged_at)))
      order by d.state in ('accepted', 'replaced') desc, d.state in ('refused', 'unreadable', 'withdrawn', 'deleted'), d.received_at desc
      limit 1) d on true)`;

function parameters(config: Config, list: DocumentList, { from, to, eg, unit, now }: Asked): unknown[] {
  const places = config.legalEntities.flatMap((legal) => legal.geographicEntities);
  const expected = list.entries.flatMap(({ code, dischargeOf = [] }) =>
    dischargeOf.map((each) => [each, code] as const),
  );
  const late = new Date(now.getTime() - config.policy.dischargeDocumentHours * HOUR_MS);
  return [
    from,
    to,
    eg,
    unit,
    places.map(({ finess }) => finess),
    places.map(({ timeZone }) => timeZone),
    expected.map(([each]) => each),
    expected.map(([, code]) => code),
    late,
  ];
}

/** By establishment, unit and day, the last day first. */
export async function exhaustiveness(db: Db, config: Config, list: DocumentList, asked: Asked): Promise<UnitDay[]> {
  return many<UnitDay>(
    db,
    `${JUDGED}
     select eg, unit, to_char(day, 'YYYY-MM-DD') as day, count(*) as stays,
       count(*) filter (where outcome = 'fed') as fed, count(*) filter (where outcome = 'waiting') as waiting,
       count(*) filter (where outcome = 'refused') as refused, count(*) filter (where outcome = 'ended') as ended,
       count(*) filter (where outcome = 'missing') as missing, count(*) filter (where outcome = 'not-due') as "notDue"
     from judged group by eg, unit, judged.day order by judged.day desc, eg, unit nulls last`,
    parameters(config, list, asked),
  );
}

/** The stays behind the figures, the first discharged first; `outcomes` empty: all. */
export async function judgedStays(
  db: Db,
  config: Config,
  list: DocumentList,
  asked: Asked,
  page: { readonly outcomes: readonly Outcome[]; readonly limit: number; readonly offset: number },
): Promise<JudgedStay[]> {
  return many<JudgedStay>(
    db,
    `${JUDGED}
     select id as "stayId", eg, number, unit, patient_class as "patientClass", admitted_at as "admittedAt",
       discharged_at as "dischargedAt", identity_id as "identityId", outcome, document_id as "documentId",
       document_state as "documentState", rule_id as "ruleId"
     from judged where cardinality($10::text[]) = 0 or outcome = any($10)
     order by discharged_at, id limit $11 offset $12`,
    [...parameters(config, list, asked), page.outcomes, page.limit, page.offset],
  );
}
