/** Take-overs of a former identity repository: how far each file is, what was found in it. */
import { type Db, many, maybe } from './db.ts';

export interface Takeover {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly domain: string;
  readonly trustsStatus: boolean;
  readonly position: number;
  readonly created: number;
  readonly known: number;
  readonly validated: number;
  readonly rejected: number;
  readonly discrepancies: number;
  readonly nirs: number;
  readonly nirsSame: number;
  readonly endedAt: Date | null;
}

export type TakeoverCounts = Pick<
  Takeover,
  'created' | 'known' | 'validated' | 'rejected' | 'discrepancies' | 'nirs' | 'nirsSame'
>;

const SELECT = `select id, name, created_at as "createdAt", created_by as "createdBy", domain,
  trusts_status as "trustsStatus", position, created_count as created, known_count as known,
  validated_count as validated, rejected_count as rejected, discrepancy_count as discrepancies, nir_count as nirs,
  nir_same_count as "nirsSame", ended_at as "endedAt" from takeover`;

export async function insertTakeover(
  db: Db,
  row: Pick<Takeover, 'id' | 'name' | 'createdAt' | 'createdBy' | 'domain' | 'trustsStatus'>,
): Promise<void> {
  await db.query(
    'insert into takeover (id, name, created_at, created_by, domain, trusts_status) values ($1, $2, $3, $4, $5, $6)',
    [row.id, row.name, row.createdAt, row.createdBy, row.domain, row.trustsStatus],
  );
}

export async function takeoverById(db: Db, id: string): Promise<Takeover | undefined> {
  return maybe<Takeover>(db, `${SELECT} where id = $1`, [id]);
}

export async function lockTakeover(tx: Db, id: string): Promise<Takeover | undefined> {
  return maybe<Takeover>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export async function listTakeovers(db: Db, limit: number): Promise<Takeover[]> {
  return many<Takeover>(db, `${SELECT} order by created_at desc, id limit $1`, [limit]);
}

/** Moves the position past the lines just taken, with what became of them. */
export async function advanceTakeover(tx: Db, id: string, lines: number, counts: TakeoverCounts): Promise<void> {
  const { created, known, validated, rejected, discrepancies, nirs, nirsSame } = counts;
  await tx.query(
    `update takeover set position = position + $2, created_count = created_count + $3, known_count = known_count + $4,
       validated_count = validated_count + $5, rejected_count = rejected_count + $6,
       discrepancy_count = discrepancy_count + $7, nir_count = nir_count + $8, nir_same_count = nir_same_count + $9
     where id = $1`,
    [id, lines, created, known, validated, rejected, discrepancies, nirs, nirsSame],
  );
}

export async function endTakeover(db: Db, id: string, at: Date): Promise<void> {
  await db.query('update takeover set ended_at = coalesce(ended_at, $2) where id = $1', [id, at]);
}

export interface TakeoverFinding {
  readonly line: number;
  readonly ruleId: string;
  readonly number: string;
  readonly domain: string;
  readonly identityId: string | null;
  readonly detail: string | null;
  readonly nirKey: string | null;
}

export async function addFindings(tx: Db, id: string, findings: readonly TakeoverFinding[]): Promise<void> {
  if (findings.length === 0) return;
  await tx.query(
    `insert into takeover_finding (takeover_id, line, rule_id, number, domain, identity_id, detail, nir_key)
     select $1, line, "ruleId", number, domain, "identityId", detail, "nirKey"
     from jsonb_to_recordset($2::jsonb) as f
       (line bigint, "ruleId" text, number text, domain text, "identityId" uuid, detail text, "nirKey" text)
     on conflict do nothing`,
    [id, JSON.stringify(findings)],
  );
}

export async function findingsAfter(
  db: Db,
  id: string,
  after: { readonly line: number; readonly ruleId: string },
  limit: number,
): Promise<TakeoverFinding[]> {
  return many<TakeoverFinding>(
    db,
    `select line, rule_id as "ruleId", number, domain, identity_id as "identityId", detail, nir_key as "nirKey"
     from takeover_finding where takeover_id = $1 and (line, rule_id) > ($2, $3) order by line, rule_id limit $4`,
    [id, after.line, after.ruleId, limit],
  );
}
