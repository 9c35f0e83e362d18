/** Messages that tell of an alert: one for each event and recipient, whatever the number of processes. */
import { type Db, maybe, one } from './db.ts';

export type NoticeEvent = 'start' | 'reminder' | 'end';
export type NoticeChannel = 'mail' | 'webhook';

export interface NoticeRecord {
  readonly id: string;
  readonly alertId: number;
  readonly event: NoticeEvent;
  readonly channel: NoticeChannel;
  /** Address, or name of the webhook. */
  readonly target: string;
  readonly state: 'pending' | 'sent' | 'failed';
  readonly attempts: number;
}

/** False when this was already told, or is about to be. */
export async function insertNotice(
  tx: Db,
  notice: Omit<NoticeRecord, 'state' | 'attempts'> & { step: string; at: Date; state: 'pending' | 'sent' },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into alert_notice (id, alert_id, event, step, channel, target, state, created_at, settled_at)
     values ($1, $2, $3, $4, $5, $6, $7::text, $8::timestamptz, case when $7::text = 'sent' then $8::timestamptz end) on conflict do nothing`,
    [notice.id, notice.alertId, notice.event, notice.step, notice.channel, notice.target, notice.state, notice.at],
  );
  return rowCount === 1;
}

/** Undefined once a retention rule took the alert away. */
export async function noticeById(db: Db, id: string): Promise<NoticeRecord | undefined> {
  return maybe<NoticeRecord>(
    db,
    `select id, alert_id as "alertId", event, channel, target, state, attempts from alert_notice where id = $1`,
    [id],
  );
}

export async function recordNoticeAttempt(
  tx: Db,
  id: string,
  result: { state: NoticeRecord['state']; error: string | null; at: Date },
): Promise<void> {
  await tx.query(
    `update alert_notice set state = $2::text, attempts = attempts + 1, last_error = $3,
       settled_at = case when $2::text = 'pending' then null else $4::timestamptz end where id = $1`,
    [id, result.state, result.error, result.at],
  );
}

/** Messages given up since `from`. */
export async function failedNotices(db: Db, from: Date): Promise<number> {
  const row = await one<{ count: number }>(
    db,
    `select count(*) as count from alert_notice where state = 'failed' and settled_at >= $1`,
    [from],
  );
  return row.count;
}
