/**
 * Contents that a rule of the site takes away, a small batch at a time. Rows stay: who, when, what, with what outcome;
 * only the bytes go. Identities, ledger, audit, documents and their timeline are not touched here at all.
 */
import { type Db, many, maybe, one, type Pool } from './db.ts';

/** Before which instant each kind of content may go. */
export interface PruneLimits {
  readonly accepted: Date;
  readonly withdrawn: Date;
  readonly refused: Date;
  readonly admission: Date;
  readonly stopped: Date;
}

/** The rule under which each kind goes. */
export type PruneRules = Readonly<Record<keyof PruneLimits, string>>;

export interface Prunable {
  readonly id: number;
  readonly ruleId: string;
  /** Of the message, and of the CDA built from it. */
  readonly bytes: number;
}

/** One process at a time prunes. */
const PRUNE_LOCK = 7_033_500;

/** Runs `work` unless another process prunes; undefined then. */
export async function whilePruning<T>(pool: Pool, work: () => Promise<T>): Promise<T | undefined> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const { leader } = await one<{ leader: boolean }>(client, 'select pg_try_advisory_lock($1) as leader', [
      PRUNE_LOCK,
    ]);
    if (!leader) return undefined;
    const value = await work();
    await client.query('select pg_advisory_unlock($1)', [PRUNE_LOCK]);
    return value;
  } catch (error) {
    // The lock goes with its connection.
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The next messages that still have their content, by row number. */
export async function messagesWithContent(db: Db, after: number, before: Date, limit: number): Promise<number[]> {
  const rows = await many<{ id: number }>(
    db,
    `select id from inbound_message where pruned_at is null and id > $1 and received_at < $2 order by id limit $3`,
    [after, before, limit],
  );
  return rows.map(({ id }) => id);
}

/** Keeps states and legal holds as they are until the transaction ends. */
export async function lockDocumentsOf(tx: Db, messages: readonly number[]): Promise<void> {
  await tx.query('select 1 from document where message_id = any($1) order by id for update', [messages]);
}

/**
 * Those whose content may go: every document of the message ended long enough ago, and none is under legal hold; without
 * a document, the message itself was settled long enough ago.
 */
export async function prunableMessages(
  db: Db,
  messages: readonly number[],
  limits: PruneLimits,
  rules: PruneRules,
): Promise<Prunable[]> {
  return many<Prunable>(
    db,
    `select id, "ruleId", bytes from (
       select m.id, octet_length(m.body) + coalesce(d.built, 0) as bytes,
         case
           when d.documents > 0 then case when d.prunable then d.rule end
           when m.rule_id is not null then case when m.received_at < $6 then $11::text end
           when m.state = 'processed' then case when m.received_at < $5 then $10::text end
         end as "ruleId"
       from inbound_message m
       left join lateral (
         select count(*) as documents, sum(octet_length(c.bytes)) as built,
           min(case when d.state in ('accepted', 'replaced', 'deleted') then $7::text
                    when d.state = 'withdrawn' then $8::text else $9::text end) as rule,
           bool_and(h.document_id is null and case
             when d.state in ('accepted', 'replaced', 'deleted') then d.updated_at < $2
             when d.state = 'withdrawn' then d.updated_at < $3
             when d.state in ('refused', 'unreadable') then d.updated_at < $4
             else false end) as prunable
         from document d left join document_cda c on c.document_id = d.id left join legal_hold h on h.document_id = d.id
         where d.message_id = m.id) d on true
       where m.id = any($1) and m.pruned_at is null
         and not exists (select 1 from relay r where r.message_id = m.id and r.state = 'pending')) judged
     where "ruleId" is not null order by id`,
    [
      messages,
      limits.accepted,
      limits.withdrawn,
      limits.refused,
      limits.admission,
      limits.stopped,
      rules.accepted,
      rules.withdrawn,
      rules.refused,
      rules.admission,
      rules.stopped,
    ],
  );
}

export async function pruneMessages(tx: Db, messages: readonly Prunable[], at: Date): Promise<void> {
  const values = [messages.map(({ id }) => id), messages.map(({ ruleId }) => ruleId), at];
  const gone = 'from unnest($1::bigint[], $2::text[]) as gone (id, rule)';
  await tx.query(
    `update inbound_message set body = '', pruned_at = $3, pruned_rule = gone.rule ${gone} where inbound_message.id = gone.id`,
    values,
  );
  await tx.query(
    `update document set pruned_at = $3, pruned_rule = gone.rule ${gone} where document.message_id = gone.id`,
    values,
  );
  await tx.query(
    'delete from document_cda using document d where d.id = document_cda.document_id and d.message_id = any($1)',
    [values[0]],
  );
}

/** Texts of answers that were given long ago; how many and how large. */
export async function pruneAnswers(tx: Db, before: Date, at: Date, limit: number): Promise<Counted> {
  return one<Counted>(
    tx,
    `with old as (${OLD_ANSWERS} order by created_at limit $3),
       gone as (update answer set er7 = '', pruned_at = $2 from old where answer.id = old.id)
     select count(*) as rows, coalesce(sum(bytes), 0)::bigint as bytes from old`,
    [before, at, limit],
  );
}

export interface Counted {
  readonly rows: number;
  readonly bytes: number;
}

const OLD_ANSWERS = `select id, octet_length(er7) as bytes from answer
  where pruned_at is null and state <> 'pending' and created_at < $1`;

export async function countOldAnswers(db: Db, before: Date): Promise<Counted> {
  return one<Counted>(
    db,
    `select count(*) as rows, coalesce(sum(bytes), 0)::bigint as bytes from (${OLD_ANSWERS}) old`,
    [before],
  );
}

/** Technical rows: table, and which of them are old. `$1`: before when; the instant now for what carries its own end. */
const TECHNICAL = [
  { table: 'console_session', key: 'digest', old: 'expires_at < $2' },
  { table: 'professional_session', key: 'digest', old: 'expires_at < $2' },
  { table: 'openid_attempt', key: 'digest', old: 'expires_at < $2' },
  { table: 'insi_call', key: 'id', old: 'at < $1' },
  { table: 'flow', key: 'ctid', old: 'last_seen < $1' },
  { table: 'observation', key: 'key', old: 'last_seen < $1' },
  { table: 'observation_day', key: 'ctid', old: 'day < $1' },
  { table: 'observation_month', key: 'ctid', old: 'month < $1' },
  { table: 'alert', key: 'id', old: 'ended_at < $1' },
] as const;

export async function pruneTechnical(tx: Db, before: Date, at: Date, limit: number): Promise<number> {
  let rows = 0;
  for (const { table, key, old } of TECHNICAL) {
    const sql = `delete from ${table} where ${key} = any(array(
      select ${key} from ${table} where ${old} and $1::timestamptz <= $2::timestamptz limit $3))`;
    rows += (await tx.query(sql, [before, at, limit])).rowCount ?? 0;
  }
  return rows;
}

export async function countTechnical(db: Db, before: Date, at: Date): Promise<number> {
  let rows = 0;
  for (const { table, old } of TECHNICAL) {
    const sql = `select count(*) as count from ${table} where ${old} and $1::timestamptz <= $2::timestamptz`;
    rows += (await one<{ count: number }>(db, sql, [before, at])).count;
  }
  return rows;
}

export async function addPrunedTotal(tx: Db, ruleId: string, counted: Counted, at: Date): Promise<void> {
  await tx.query(
    `insert into pruned_total (rule_id, rows, bytes, last_at) values ($1, $2, $3, $4)
     on conflict (rule_id) do update set rows = pruned_total.rows + excluded.rows,
       bytes = pruned_total.bytes + excluded.bytes, last_at = excluded.last_at`,
    [ruleId, counted.rows, counted.bytes, at],
  );
}

/** When and by which rule the content of a document went. */
export async function prunedContent(db: Db, documentId: string): Promise<{ at: Date; ruleId: string } | undefined> {
  return maybe<{ at: Date; ruleId: string }>(
    db,
    'select pruned_at as at, pruned_rule as "ruleId" from document where id = $1 and pruned_at is not null',
    [documentId],
  );
}

export interface LegalHold {
  readonly at: Date;
  readonly by: string;
  readonly reason: string;
}

export async function legalHoldOf(db: Db, documentId: string): Promise<LegalHold | undefined> {
  return maybe<LegalHold>(db, 'select at, by_actor as by, reason from legal_hold where document_id = $1', [documentId]);
}

/** From here on nothing of this document is pruned; undefined lets the rules act again. */
export async function setLegalHold(tx: Db, documentId: string, hold: LegalHold | undefined): Promise<void> {
  await tx.query('select 1 from document where id = $1 for update', [documentId]);
  if (hold === undefined) await tx.query('delete from legal_hold where document_id = $1', [documentId]);
  else
    await tx.query(
      `insert into legal_hold (document_id, at, by_actor, reason) values ($1, $2, $3, $4)
       on conflict (document_id) do update set reason = excluded.reason`,
      [documentId, hold.at, hold.by, hold.reason],
    );
}
