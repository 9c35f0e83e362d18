/** What is known of a flow that says whether it may go forward: counts over its own documents. */
import { type Db, many, maybe, one } from './db.ts';

export interface FlowCounts {
  /** Documents decided since then, by whatever lane. */
  readonly documents: number;
  /** Of those, for a patient whose identity is qualified now. */
  readonly qualified: number;
  readonly byTheOldWay: number;
  readonly byV2: number;
  /** Of any age: they wait for the flow. */
  readonly waiting: number;
  /** Of any age: handed on to the old platform, which has not acknowledged them. */
  readonly onTheirWay: number;
  readonly lastByTheOldWay: Date | null;
}

export async function flowCounts(db: Db, flowId: string, since: Date): Promise<FlowCounts> {
  return one<FlowCounts>(
    db,
    `select count(*) as documents, count(*) filter (where i.status = 'QUAL') as qualified,
       count(*) filter (where l.carrier = 'old') as "byTheOldWay", count(*) filter (where l.carrier = 'v2') as "byV2",
       (select count(*) from document_lane w join document d on d.id = w.document_id
         where w.flow_id = $1 and w.carrier = 'none' and d.state in ('received', 'waiting')) as waiting,
       (select count(*) from relay where flow_id = $1 and state = 'pending') as "onTheirWay",
       (select max(decided_at) from document_lane where flow_id = $1 and carrier = 'old') as "lastByTheOldWay"
     from document_lane l join document d on d.id = l.document_id left join identity i on i.id = d.identity_id
     where l.flow_id = $1 and l.decided_at >= $2`,
    [flowId, since],
  );
}

export interface Counted {
  readonly code: string;
  readonly documents: number;
}

/** Types of the documents of a flow, the most frequent first. */
export async function typesOfFlow(db: Db, flowId: string, since: Date): Promise<Counted[]> {
  return many<Counted>(
    db,
    `select d.type_code as code, count(*) as documents from document_lane l join document d on d.id = l.document_id
     where l.flow_id = $1 and l.decided_at >= $2 and d.action <> 'delete' group by d.type_code order by documents desc, code`,
    [flowId, since],
  );
}

/** Local codes that keep documents of a flow waiting, counted by kind and value. */
export async function unmappedOfFlow(db: Db, flowId: string): Promise<Counted[]> {
  return many<Counted>(
    db,
    `select u.kind || ' ' || u.local_value as code, count(*) as documents
     from unmapped_value u join document_lane l on l.document_id = u.document_id
     where l.flow_id = $1 group by 1 order by documents desc, code limit 50`,
    [flowId],
  );
}

export interface ShadowCount {
  readonly outcome: 'leaves' | 'waits' | 'refused';
  readonly ruleId: string | null;
  readonly documents: number;
  readonly lastAt: Date;
}

export async function shadowCounts(db: Db, flowId: string, since: Date): Promise<ShadowCount[]> {
  return many<ShadowCount>(
    db,
    `select outcome, rule_id as "ruleId", count(*) as documents, max(at) as "lastAt" from shadow_result
     where flow_id = $1 and at >= $2 group by outcome, rule_id order by documents desc, outcome, rule_id`,
    [flowId, since],
  );
}

interface ShadowDocument {
  readonly documentId: string;
  readonly title: string;
  readonly controlId: string;
  readonly at: Date;
  readonly detail: string | null;
}

/** The last documents of a flow with one outcome of the shadow; a rule, or none. */
export async function shadowDocuments(
  db: Db,
  flowId: string,
  { outcome, ruleId, limit }: Pick<ShadowCount, 'outcome' | 'ruleId'> & { readonly limit: number },
): Promise<ShadowDocument[]> {
  return many<ShadowDocument>(
    db,
    `select s.document_id as "documentId", d.title, d.control_id as "controlId", s.at, s.detail
     from shadow_result s join document d on d.id = s.document_id
     where s.flow_id = $1 and s.outcome = $2 and s.rule_id is not distinct from $3 order by s.at desc, s.document_id limit $4`,
    [flowId, outcome, ruleId, limit],
  );
}

export interface LastAudit {
  readonly template: string;
  readonly right: boolean;
  readonly at: Date;
}

/** The last audit of each template that a software prints in an establishment. */
export async function lastTemplateAudits(db: Db, eg: string, software: string): Promise<LastAudit[]> {
  return many<LastAudit>(
    db,
    `select distinct on (template) template, is_right as "right", at from template_audit
     where eg = $1 and lower(software) = lower($2) order by template, at desc, id desc`,
    [eg, software],
  );
}

export async function shadowResultOf(
  db: Db,
  documentId: string,
): Promise<(Pick<ShadowCount, 'outcome' | 'ruleId'> & Pick<ShadowDocument, 'at' | 'detail'>) | undefined> {
  const sql = 'select outcome, rule_id as "ruleId", at, detail from shadow_result where document_id = $1';
  return maybe(db, sql, [documentId]);
}
