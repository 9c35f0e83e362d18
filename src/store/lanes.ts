/** Flows on their way to API V2: the lane of each, who moved it, and by which lane each document leaves. */
import { type Db, many, maybe, write } from './db.ts';

export type Way = 'hl7' | 'xds-v1' | 'xds-v2';
export type LaneName = 'observed' | 'shadow' | 'canary' | 'v2' | 'closed';
/** `v2`: we feed. `old`: somebody else does, by the old way. `none`: it waits for its flow. */
export type Carrier = 'v2' | 'old' | 'none';

/** Which documents of a flow the canary chooses: those of some services, or a share of the document sets, per cent. */
export type CanaryRule = { readonly services: readonly string[] } | { readonly percentage: number };

export interface FlowName {
  readonly eg: string;
  /** As its source is declared. */
  readonly application: string;
  readonly facility: string;
  readonly way: Way;
}

export interface LaneFlow extends FlowName {
  readonly id: string;
  readonly lane: LaneName;
  readonly canary: CanaryRule | null;
  readonly since: Date;
  readonly createdAt: Date;
  readonly revision: number;
}

const FLOW = `select id, eg, application, facility, way, lane, canary, since, created_at as "createdAt", revision from migration_flow`;

/** Advisory lock class: a lock of PostgreSQL's own keeps a mover from starving behind those who decide, as row locks would. */
const FLOW_LOCK_CLASS = 7_057;

function lockName({ eg, application, facility, way }: FlowName): string {
  return [eg, application, facility, way].join('|');
}

/** As it is, and stays until the transaction ends. To be asked before any lock of a document. */
export async function shareFlow(tx: Db, name: FlowName): Promise<LaneFlow | undefined> {
  const [, flow] = await Promise.all([
    tx.query('select pg_advisory_xact_lock_shared($1, hashtext($2))', [FLOW_LOCK_CLASS, lockName(name)]),
    flowByName(tx, name),
  ]);
  return flow;
}

/** Whoever decides for a document waits until this transaction ends. */
export async function lockFlow(tx: Db, name: FlowName): Promise<LaneFlow | undefined> {
  await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [FLOW_LOCK_CLASS, lockName(name)]);
  return flowByName(tx, name);
}

/** Nothing when it is there already. */
export async function insertFlow(
  db: Db,
  { eg, application, facility, way }: FlowName,
  { id, lane, at }: { readonly id: string; readonly lane: LaneName; readonly at: Date },
): Promise<void> {
  await db.query(
    `insert into migration_flow (id, eg, application, facility, way, lane, since, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict do nothing`,
    [id, eg, application, facility, way, lane, at],
  );
}

async function flowByName(db: Db, { eg, application, facility, way }: FlowName): Promise<LaneFlow | undefined> {
  const where = 'eg = $1 and application = $2 and facility = $3 and way = $4';
  return maybe<LaneFlow>(db, `${FLOW} where ${where}`, [eg, application, facility, way]);
}

export async function flowById(db: Db, id: string): Promise<LaneFlow | undefined> {
  return maybe<LaneFlow>(db, `${FLOW} where id = $1`, [id]);
}

/** By establishment and application; `eg` narrows to one. */
export async function laneFlows(db: Db, eg: string | null): Promise<LaneFlow[]> {
  return many<LaneFlow>(db, `${FLOW} where $1::text is null or eg = $1 order by eg, application, facility, way`, [eg]);
}

export interface Move {
  readonly at: Date;
  readonly actor: string;
  readonly from: LaneName;
  readonly to: LaneName;
  readonly canary: CanaryRule | null;
  readonly reason: string;
  readonly overridden: readonly string[];
}

export async function insertMove(tx: Db, flowId: string, move: Move): Promise<void> {
  const { at, actor, from, to, canary, reason, overridden } = move;
  const rule = canary === null ? null : JSON.stringify(canary);
  await tx.query(
    `with moved as (
       update migration_flow set lane = $5, canary = $6::jsonb, since = case when lane = $5 then since else $2 end,
         revision = revision + 1 where id = $1)
     insert into migration_move (flow_id, at, by_actor, from_lane, to_lane, canary, reason, overridden)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)`,
    [flowId, at, actor, from, to, rule, reason, [...overridden]],
  );
}

/** The last first. */
export async function movesOf(db: Db, flowId: string, limit: number): Promise<Move[]> {
  return many<Move>(
    db,
    `select at, by_actor as actor, from_lane as "from", to_lane as "to", canary, reason, overridden
     from migration_move where flow_id = $1 order by id desc limit $2`,
    [flowId, limit],
  );
}

export interface DocumentLane {
  readonly documentId: string;
  readonly flowId: string;
  readonly messageId: number;
  readonly setKey: string;
  readonly number: string | null;
  /** Of the flow, when it was decided. */
  readonly lane: LaneName;
  readonly carrier: Carrier;
  readonly decidedAt: Date;
}

const DOCUMENT_LANE = `select document_id as "documentId", flow_id as "flowId", message_id as "messageId", set_key as "setKey",
  number, lane, carrier, decided_at as "decidedAt" from document_lane`;

/**
 * What was decided for the documents that it must travel with: another of its message, or an earlier one of its set. Those
 * that merely wait bind nobody.
 */
export async function carrierOfCompanions(
  tx: Db,
  flowId: string,
  { messageId, setKey, number }: Pick<DocumentLane, 'messageId' | 'setKey' | 'number'>,
): Promise<Exclude<Carrier, 'none'> | undefined> {
  const row = await maybe<{ carrier: Exclude<Carrier, 'none'> }>(
    tx,
    `select carrier from document_lane
     where flow_id = $1 and carrier <> 'none'
       and (set_key = $2 or (number is not null and number = $3) or message_id = $4)
     order by (message_id = $4) desc, decided_at, document_id limit 1`,
    [flowId, setKey, number, messageId],
  );
  return row?.carrier;
}

/** By which lane the documents of a message leave; undefined when it brought none. */
export async function carrierOfMessage(tx: Db, messageId: number): Promise<Carrier | undefined> {
  const sql = `select carrier from document_lane where message_id = $1 order by carrier = 'old' desc limit 1`;
  return (await maybe<{ carrier: Carrier }>(tx, sql, [messageId]))?.carrier;
}

export async function insertDocumentLane(tx: Db, row: DocumentLane): Promise<void> {
  const { documentId, flowId, messageId, setKey, number, lane, carrier, decidedAt } = row;
  await write(
    tx,
    `insert into document_lane (document_id, flow_id, message_id, set_key, number, lane, carrier, decided_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [documentId, flowId, messageId, setKey, number, lane, carrier, decidedAt],
  );
}

export async function documentLane(db: Db, documentId: string): Promise<DocumentLane | undefined> {
  return maybe<DocumentLane>(db, `${DOCUMENT_LANE} where document_id = $1`, [documentId]);
}

export async function lockDocumentLane(tx: Db, documentId: string): Promise<DocumentLane | undefined> {
  return maybe<DocumentLane>(tx, `${DOCUMENT_LANE} where document_id = $1 for update`, [documentId]);
}

/** Of one that waited. The database refuses it for one that has left. */
export async function decideDocumentLane(
  tx: Db,
  documentId: string,
  decided: Pick<DocumentLane, 'lane' | 'carrier' | 'decidedAt'>,
): Promise<void> {
  await tx.query('update document_lane set lane = $2, carrier = $3, decided_at = $4 where document_id = $1', [
    documentId,
    decided.lane,
    decided.carrier,
    decided.decidedAt,
  ]);
}

/** The next documents that wait for their flow, after the one given, by identifier. */
export async function documentsOfFlowWaiting(
  db: Db,
  flowId: string,
  after: string | null,
  limit: number,
): Promise<{ id: string; uniqueId: string; chainKey: string | null; eg: string }[]> {
  return many(
    db,
    `select d.id, d.unique_id as "uniqueId", d.chain_key as "chainKey", d.eg
     from document_lane l join document d on d.id = l.document_id
     where l.flow_id = $1 and l.carrier = 'none' and d.state in ('received', 'waiting')
       and ($2::uuid is null or l.document_id > $2::uuid)
     order by l.document_id limit $3`,
    [flowId, after, limit],
  );
}

export interface ShadowResult {
  readonly documentId: string;
  readonly flowId: string;
  readonly at: Date;
  readonly outcome: 'leaves' | 'waits' | 'refused';
  readonly ruleId: string | null;
  readonly detail: string | null;
}

export async function putShadowResult(tx: Db, result: ShadowResult): Promise<void> {
  const { documentId, flowId, at, outcome, ruleId, detail } = result;
  await write(
    tx,
    `insert into shadow_result (document_id, flow_id, at, outcome, rule_id, detail) values ($1, $2, $3, $4, $5, $6)
     on conflict (document_id) do update set at = excluded.at, outcome = excluded.outcome, rule_id = excluded.rule_id,
       detail = excluded.detail`,
    [documentId, flowId, at, outcome, ruleId, detail],
  );
}
