/** Deliveries that came back with a backup: what the DMP said of each before it was sent again. */
import { type Db, one } from './db.ts';

/** The DMP was asked: it holds the document, or does not. Says whether this delivery had been restored. */
export async function noteRestored(tx: Db, deliveryId: string, outcome: 'held' | 'absent', at: Date): Promise<void> {
  await tx.query(
    'update restored_delivery set outcome = $2, asked_at = $3 where delivery_id = $1 and outcome is null',
    [deliveryId, outcome, at],
  );
}

export interface RestoreReport {
  readonly restored: number;
  /** Sent after the backup: found at the DMP, not sent again. */
  readonly held: number;
  /** Not at the DMP: sent, or to be sent. */
  readonly absent: number;
  /** Ended without being sent: withdrawn, refused by a rule. */
  readonly ended: number;
  /** Still waiting for their turn to be asked about. */
  readonly toAsk: number;
  /** None of these: must be zero. */
  readonly unexplained: number;
}

export async function restoreReport(db: Db): Promise<RestoreReport> {
  return one<RestoreReport>(
    db,
    `select count(*) as restored, count(*) filter (where kind = 'held') as held,
       count(*) filter (where kind = 'absent') as absent, count(*) filter (where kind = 'ended') as ended,
       count(*) filter (where kind = 'toAsk') as "toAsk", count(*) filter (where kind is null) as unexplained
     from (select case
         when r.outcome is not null then r.outcome
         when d.state = 'accepted' and document.action = 'delete' then 'absent'
         when d.state in ('withdrawn', 'refused') then 'ended'
         when d.state in ('waiting', 'ready', 'sending', 'unknown') then 'toAsk' end as kind
       from restored_delivery r join delivery d on d.id = r.delivery_id
         join document on document.id = d.document_id) explained`,
  );
}
