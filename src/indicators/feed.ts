/** Figures of the feed, straight from documents and ledger: every figure can be drilled down to its rows. */
import { ruleById } from '../rules/catalogue.ts';
import type { Owner } from '../rules/rule.ts';
import { type Db, many, maybe } from '../store/db.ts';

/** `eg` null: all of the installation. */
export interface Scope {
  readonly eg: string | null;
}

export interface HourCount {
  /** Start of the hour. */
  readonly hour: Date;
  readonly accepted: number;
  readonly waiting: number;
  readonly refused: number;
  readonly other: number;
}

/** Documents received since `from`, by hour of reception and present state. Hours without a document are absent. */
export async function documentsByHour(db: Db, scope: Scope, from: Date): Promise<HourCount[]> {
  return many<HourCount>(
    db,
    `select date_trunc('hour', received_at) as hour,
       count(*) filter (where state in ('accepted', 'replaced')) as accepted,
       count(*) filter (where state = 'waiting') as waiting,
       count(*) filter (where state in ('refused', 'unreadable')) as refused,
       count(*) filter (where state not in ('accepted', 'replaced', 'waiting', 'refused', 'unreadable')) as other
     from document where received_at >= $1 and ($2::text is null or eg = $2) group by 1 order by 1`,
    [from, scope.eg],
  );
}

export interface WaitingReason {
  readonly ruleId: string;
  readonly title: string;
  readonly owner: Owner;
  readonly documents: number;
  readonly patients: number;
  readonly oldest: Date;
}

/** What waits, by reason, the oldest first; ready documents that a failure of our access holds back wait too. */
export async function waitingByReason(db: Db, scope: Scope): Promise<WaitingReason[]> {
  const rows = await many<{ ruleId: string; documents: number; patients: number; oldest: Date }>(
    db,
    `select rule_id as "ruleId", count(*) as documents, count(distinct (ipp_domain, ipp)) as patients, min(received_at) as oldest
     from document where state in ('waiting', 'unknown', 'ready') and rule_id is not null and ($1::text is null or eg = $1)
     group by rule_id order by oldest`,
    [scope.eg],
  );
  return rows.map((row) => {
    const rule = ruleById(row.ruleId);
    return { ...row, title: rule?.title ?? row.ruleId, owner: rule?.owner ?? 'exploitation' };
  });
}

export interface Indicators {
  readonly from: string;
  readonly to: string;
  readonly establishment: string | null;
  readonly documentsReceived: number;
  readonly documentsByState: Readonly<Record<string, number>>;
  /**
   * From the proof ledger: accepted by the DMP in the period under a qualified INS, and alive there today. A document that
   * was replaced or deleted since counts no more, its new version does.
   */
  readonly acceptedWithQualifiedIns: number;
  readonly acceptedByType: Readonly<Record<string, number>>;
  /** Replacements and deletions that the DMP accepted in the period. */
  readonly replacements: number;
  readonly deletions: number;
  readonly activeIdentities: number;
  readonly qualifiedIdentities: number;
  /** QUAL over active identities, 0 to 1; null when there is none. Formula: ins.md 7, without exclusions. */
  readonly qualifiedRate: number | null;
  readonly medianSecondsToAcceptance: number | null;
}

/** Counters of a period: `from` included, `to` excluded. Identities are those of the installation today. */
export async function indicators(db: Db, scope: Scope, period: { from: Date; to: Date }): Promise<Indicators> {
  const values = [period.from, period.to, scope.eg];
  const states = await many<{ state: string; count: number }>(
    db,
    `select state, count(*) as count from document
     where received_at >= $1 and received_at < $2 and ($3::text is null or eg = $3) group by state`,
    values,
  );
  const types = await many<{ type: string; count: number }>(
    db,
    `select l.type_code as type, count(*) as count from ledger l join document d on d.id = l.document_id
     where l.at >= $1 and l.at < $2 and ($3::text is null or l.eg = $3) and d.state not in ('replaced', 'deleted')
       and l.destination not like 'MSSANTE%'
     group by l.type_code`,
    values,
  );
  const acts = await versionActs(db, values);
  const identities = await maybe<{ active: number; qualified: number }>(
    db,
    `select count(*) as active, count(*) filter (where status = 'QUAL') as qualified from identity where active and not fictive`,
  );
  const delay = await maybe<{ seconds: number | null }>(
    db,
    `select percentile_cont(0.5) within group (order by extract(epoch from l.at - d.received_at)) as seconds
     from ledger l join document d on d.id = l.document_id
     where l.at >= $1 and l.at < $2 and ($3::text is null or l.eg = $3) and d.action <> 'delete'
       and l.destination not like 'MSSANTE%'`,
    values,
  );
  const active = identities?.active ?? 0;
  const qualified = identities?.qualified ?? 0;
  return {
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    establishment: scope.eg,
    documentsReceived: states.reduce((sum, row) => sum + row.count, 0),
    documentsByState: Object.fromEntries(states.map((row) => [row.state, row.count])),
    acceptedWithQualifiedIns: types.reduce((sum, row) => sum + row.count, 0),
    acceptedByType: Object.fromEntries(types.map((row) => [row.type, row.count])),
    ...acts,
    activeIdentities: active,
    qualifiedIdentities: qualified,
    qualifiedRate: active === 0 ? null : qualified / active,
    medianSecondsToAcceptance: delay?.seconds ?? null,
  };
}

async function versionActs(
  db: Db,
  values: readonly unknown[],
): Promise<Pick<Indicators, 'replacements' | 'deletions'>> {
  const acts = await maybe<{ replacements: number; deletions: number }>(
    db,
    `select count(*) filter (where destination like 'DMP replacement%') as replacements,
       count(*) filter (where destination = 'DMP deletion') as deletions
     from ledger where at >= $1 and at < $2 and ($3::text is null or eg = $3)`,
    [...values],
  );
  return acts ?? { replacements: 0, deletions: 0 };
}
