/** Sendings that a person suspended, until when and why. */
import { type Db, many, maybe } from './db.ts';

export type SuspensionScope = 'document' | 'stay' | 'patient' | 'service';

export interface SuspensionRecord {
  readonly id: string;
  readonly scope: SuspensionScope;
  /** Of a patient: null for the documents of every establishment. */
  readonly eg: string | null;
  /** Document or identity id, visit number, code of the unit. */
  readonly subject: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: Date;
  readonly until: Date;
  readonly endedAt: Date | null;
  /** Null where its time came. */
  readonly endedBy: string | null;
}

const SELECT = `select id, scope, eg, subject, reason, by_actor as actor, at, until, ended_at as "endedAt", ended_by as "endedBy"
  from feed_suspension`;

export async function insertSuspension(
  tx: Db,
  suspension: Omit<SuspensionRecord, 'endedAt' | 'endedBy'>,
): Promise<void> {
  const { id, scope, eg, subject, reason, actor, at, until } = suspension;
  await tx.query(
    `insert into feed_suspension (id, scope, eg, subject, reason, by_actor, at, until) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, scope, eg, subject, reason, actor, at, until],
  );
}

export async function lockSuspension(tx: Db, id: string): Promise<SuspensionRecord | undefined> {
  return maybe<SuspensionRecord>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export async function endSuspensionRow(tx: Db, id: string, at: Date, by: string | null): Promise<void> {
  await tx.query('update feed_suspension set ended_at = $2, ended_by = $3 where id = $1', [id, at, by]);
}

/** Those in force first, then the last that ended. */
export async function listSuspensions(
  db: Db,
  filter: { readonly eg: string | null; readonly limit: number },
): Promise<SuspensionRecord[]> {
  return many<SuspensionRecord>(
    db,
    `${SELECT} where $1::text is null or eg is null or eg = $1 order by ended_at desc nulls first, until, id limit $2`,
    [filter.eg, filter.limit],
  );
}

/** What is ready to leave and is now held, in the order in which it came. */
export async function readyUnder(
  tx: Db,
  { scope, eg, subject }: Pick<SuspensionRecord, 'scope' | 'eg' | 'subject'>,
): Promise<string[]> {
  const where: Readonly<Record<SuspensionScope, string>> = {
    document: 'id = $1::uuid and ($2::text is null or eg = $2)',
    patient: 'identity_id = $1::uuid and ($2::text is null or eg = $2)',
    stay: `notice->>'visitNumber' = $1 and eg = $2`,
    service: `coalesce(notice->>'unit', notice #>> '{local,unit,code}') = $1 and eg = $2`,
  };
  const rows = await many<{ id: string }>(
    tx,
    `select id from document where state = 'ready' and action <> 'delete' and ${where[scope]} order by message_id, part`,
    [subject, eg],
  );
  return rows.map(({ id }) => id);
}

/** Documents that a suspension holds, whichever. */
export async function heldBySuspensions(
  db: Db,
  ruleId: string,
  eg: string | null,
): Promise<{ id: string; uniqueId: string; chainKey: string | null; eg: string }[]> {
  return many(
    db,
    `select id, unique_id as "uniqueId", chain_key as "chainKey", eg from document
     where state = 'waiting' and rule_id = $1 and ($2::text is null or eg = $2) order by message_id, chain_position`,
    [ruleId, eg],
  );
}
