/** Alerts from their start to their end, and the messages that tell of them. */
import type { NoticeEvent } from './alert-notices.ts';
import { type Db, many, maybe, one } from './db.ts';

export type AlertSeverity = 'warning' | 'critical';

export interface AlertRecord {
  readonly id: number;
  readonly ruleId: string;
  readonly subject: string;
  readonly scope: string;
  readonly eg: string | null;
  readonly severity: AlertSeverity;
  readonly detail: string | null;
  readonly step: string | null;
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly clearSince: Date | null;
  readonly endedAt: Date | null;
}

const SELECT = `select id, rule_id as "ruleId", subject, scope, eg, severity, detail, step, started_at as "startedAt",
  seen_at as "seenAt", clear_since as "clearSince", ended_at as "endedAt" from alert`;

/** Advisory lock class under which one process at a time settles the alerts of a scope. */
const SCOPE_LOCK_CLASS = 7_033;

/** True for the one process that may settle this scope until its transaction ends. */
export async function lockScope(tx: Db, scope: string): Promise<boolean> {
  const row = await one<{ leader: boolean }>(tx, 'select pg_try_advisory_xact_lock($1, hashtext($2)) as leader', [
    SCOPE_LOCK_CLASS,
    scope,
  ]);
  return row.leader;
}

export async function openAlerts(db: Db, scope: string): Promise<AlertRecord[]> {
  return many<AlertRecord>(db, `${SELECT} where scope = $1 and ended_at is null order by id`, [scope]);
}

export type NewAlert = Omit<AlertRecord, 'id' | 'clearSince' | 'seenAt'>;

/** Undefined when another scope tells the same thing already. */
export async function insertAlert(tx: Db, alert: NewAlert): Promise<number | undefined> {
  const row = await maybe<{ id: number }>(
    tx,
    `insert into alert (rule_id, subject, scope, eg, severity, detail, step, started_at, seen_at, ended_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, coalesce($9::timestamptz, $8::timestamptz), $9::timestamptz)
     on conflict (rule_id, subject) where ended_at is null do nothing returning id`,
    [
      alert.ruleId,
      alert.subject,
      alert.scope,
      alert.eg,
      alert.severity,
      alert.detail,
      alert.step,
      alert.startedAt,
      alert.endedAt,
    ],
  );
  return row?.id;
}

/** Still there: what it says now. */
export async function confirmAlert(
  tx: Db,
  id: number,
  now: { severity: AlertSeverity; detail: string | null; step: string | null; at: Date },
): Promise<void> {
  await tx.query(
    `update alert set severity = $2, detail = $3, step = $4, seen_at = $5, clear_since = null where id = $1`,
    [id, now.severity, now.detail, now.step, now.at],
  );
}

export async function markClear(tx: Db, id: number, at: Date): Promise<void> {
  await tx.query('update alert set clear_since = $2 where id = $1', [id, at]);
}

export async function endAlert(tx: Db, id: number, at: Date): Promise<void> {
  await tx.query('update alert set ended_at = $2 where id = $1', [id, at]);
}

/** Open alerts that only an absent machine could end, because it alone looks. */
export async function forsakenAlerts(tx: Db, seenBefore: Date): Promise<AlertRecord[]> {
  return many<AlertRecord>(tx, `${SELECT} where ended_at is null and scope like 'machine:%' and seen_at < $1`, [
    seenBefore,
  ]);
}

export async function alertById(db: Db, id: number): Promise<AlertRecord> {
  return one<AlertRecord>(db, `${SELECT} where id = $1`, [id]);
}

export interface AlertFilter {
  readonly open: boolean | null;
  /** Alerts of this establishment only; null for all, those of the installation included. */
  readonly eg: string | null;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first. */
export async function listAlerts(db: Db, filter: AlertFilter): Promise<AlertRecord[]> {
  return many<AlertRecord>(
    db,
    `${SELECT} where ($1::boolean is null or (ended_at is null) = $1) and ($2::text is null or eg = $2)
       and ($3::bigint is null or id < $3) order by id desc limit $4`,
    [filter.open, filter.eg, filter.before ?? null, filter.limit],
  );
}

/** How the messages of these alerts went. */
export interface NoticeSummary {
  readonly alertId: number;
  readonly event: NoticeEvent;
  readonly channel: 'mail' | 'webhook';
  readonly target: string;
  readonly state: 'pending' | 'sent' | 'failed';
  readonly lastError: string | null;
}

export async function noticesOfAlerts(db: Db, ids: readonly number[]): Promise<NoticeSummary[]> {
  return many<NoticeSummary>(
    db,
    `select alert_id as "alertId", event, channel, target, state, last_error as "lastError" from alert_notice
     where alert_id = any($1) order by created_at, target`,
    [ids],
  );
}
