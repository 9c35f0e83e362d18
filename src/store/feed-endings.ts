/** Documents whose wait ended without a sending: « non transmissible », by reason and destination (practice 9). */
import { laneRules } from '../rules/lanes.ts';
import { type Db, many } from './db.ts';
import { DOCUMENT_COLUMNS, type DocumentRecord } from './documents.ts';

/** Those of a patient that ended by one of these rules, in the order in which they came. */
export async function endedForPatient(
  db: Db,
  identityId: string,
  ruleIds: readonly string[],
): Promise<DocumentRecord[]> {
  return many<DocumentRecord>(
    db,
    `select ${DOCUMENT_COLUMNS} from document
     where identity_id = $1 and state = 'withdrawn' and rule_id = any($2) and action <> 'delete' order by received_at, id`,
    [identityId, ruleIds],
  );
}

export interface EndingCount {
  readonly destination: 'DMP' | 'MSSANTE-PS' | 'MSSANTE-PATIENT';
  readonly ruleId: string;
  readonly documents: number;
  /** Of them, those of a type that must be fed. */
  readonly mandatory: number;
}

/** What is asked of the documents received in a period: `from` included, `to` excluded; `eg` null for all. */
export interface Period {
  readonly eg: string | null;
  readonly from: Date;
  readonly to: Date;
}

/** Somebody else feeds them, or did: they are neither « non transmissibles » nor missing in the DMP for a reason of ours. */
const FED_ELSEWHERE: readonly string[] = [laneRules.byTheOldWay.id, laneRules.alreadyFed.id];

/** « Non transmissible », by destination and reason, the most frequent first. */
export async function endingsByReason(
  db: Db,
  { eg, from, to }: Period,
  mandatoryTypes: readonly string[],
): Promise<EndingCount[]> {
  return many<EndingCount>(
    db,
    `with ended as (
       select 'DMP' as destination, rule_id, type_code from document
       where state = 'withdrawn' and rule_id <> all($5) and action <> 'delete' and received_at >= $1 and received_at < $2 and ($3::text is null or eg = $3)
       union all
       select m.destination, m.rule_id, d.type_code from mail m join document d on d.id = m.document_id
       where m.state = 'withdrawn' and d.action <> 'delete' and d.received_at >= $1 and d.received_at < $2
         and ($3::text is null or d.eg = $3))
     select destination, rule_id as "ruleId", count(*) as documents, count(*) filter (where type_code = any($4)) as mandatory
     from ended where rule_id is not null group by destination, rule_id order by destination, documents desc, rule_id`,
    [from, to, eg, mandatoryTypes, FED_ELSEWHERE],
  );
}

export interface NotGone {
  readonly typeCode: string;
  readonly state: 'waiting' | 'refused' | 'withdrawn';
  readonly ruleId: string | null;
  readonly documents: number;
  readonly oldest: Date;
}

/** A type that must be fed, from a day on, and outside a hospital stay only where the obligation says so. */
export interface Obligation {
  readonly code: string;
  readonly since?: string | undefined;
  readonly outsideStay?: boolean | undefined;
}

/** Documents that must be fed and are not in the DMP, by type, situation and reason. */
export async function mandatoryNotGone(
  db: Db,
  { eg, from, to }: Period,
  obligations: readonly Obligation[],
): Promise<NotGone[]> {
  return many<NotGone>(
    db,
    `select d.type_code as "typeCode", d.rule_id as "ruleId", count(*) as documents, min(d.received_at) as oldest,
       case when d.state = 'withdrawn' then 'withdrawn' when d.state in ('refused', 'unreadable') then 'refused' else 'waiting' end as state
     from document d join unnest($4::text[], $5::date[], $6::boolean[]) as must (code, since, outside) on must.code = d.type_code
     where d.state in ('received', 'waiting', 'ready', 'unknown', 'refused', 'unreadable', 'withdrawn') and d.action <> 'delete'
       and d.received_at >= $1 and d.received_at < $2 and ($3::text is null or d.eg = $3)
       and (d.rule_id is null or d.rule_id <> all($7))
       and (must.since is null or d.received_at >= must.since) and (not must.outside or d.notice->>'patientClass' is distinct from 'I')
     group by 1, 2, 5 order by documents desc, 1`,
    [
      from,
      to,
      eg,
      obligations.map(({ code }) => code),
      obligations.map(({ since }) => since ?? null),
      obligations.map(({ outsideStay }) => outsideStay === true),
      FED_ELSEWHERE,
    ],
  );
}

export interface InvisibleDocument {
  readonly id: string;
  readonly identityId: string | null;
  readonly eg: string;
  readonly typeCode: string;
  readonly title: string;
  readonly kind: DocumentRecord['kind'];
  /** When the DMP took it. */
  readonly since: Date;
}

/** In the DMP and still invisible to their patient, the oldest first (practice 10). */
export async function invisibleDocuments(
  db: Db,
  { eg, limit }: { readonly eg: string | null; readonly limit: number },
): Promise<InvisibleDocument[]> {
  return many<InvisibleDocument>(
    db,
    `select d.id, d.identity_id as "identityId", d.eg, d.type_code as "typeCode", d.title, d.kind,
       coalesce(v.settled_at, d.updated_at) as since
     from document d join delivery v on v.document_id = d.id
     where d.state = 'accepted' and (d.notice #>> '{visibility,invisibleToPatient}') = 'true' and d.action <> 'delete'
       and ($1::text is null or d.eg = $1)
     order by since, d.id limit $2`,
    [eg, limit],
  );
}
