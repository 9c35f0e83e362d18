/** Campaigns that verify again every INS whose last proof is old, and what came of each identity. */
import { type Db, many, maybe, one } from './db.ts';

export type CampaignState = 'running' | 'paused' | 'done' | 'cancelled';
/** What a verification made of an identity; `unanswered`: INSi could not say, it is asked again by the next campaign. */
export type VerificationOutcome =
  | 'identical'
  | 'updated'
  | 'ins-changed'
  | 'differing'
  | 'not-found'
  | 'unanswered'
  | 'skipped';

export interface Campaign {
  readonly id: string;
  readonly origin: 'periodic' | 'on-demand';
  readonly state: CampaignState;
  readonly startedBy: string;
  readonly startedAt: Date;
  /** Identities whose INS was last proved before. */
  readonly before: Date;
  readonly spreadDays: number;
  readonly total: number;
  readonly cursorAt: Date | null;
  readonly cursorId: string | null;
  readonly identical: number;
  readonly updated: number;
  readonly insChanged: number;
  readonly differing: number;
  readonly notFound: number;
  readonly unanswered: number;
  readonly skipped: number;
  readonly pausedBy: string | null;
  /** Rule of the last pause; kept afterwards: who resumes after the brake has looked. */
  readonly pausedReason: string | null;
  readonly changedAt: Date;
  readonly finishedAt: Date | null;
}

const SELECT = `select id, origin, state, started_by as "startedBy", started_at as "startedAt", before,
  spread_days as "spreadDays", total, cursor_at as "cursorAt", cursor_id as "cursorId", identical, updated,
  ins_changed as "insChanged", differing, not_found as "notFound", unanswered, skipped, paused_by as "pausedBy",
  paused_reason as "pausedReason", changed_at as "changedAt", finished_at as "finishedAt" from verification_campaign`;

export async function campaignById(db: Db, id: string): Promise<Campaign | undefined> {
  return maybe<Campaign>(db, `${SELECT} where id = $1`, [id]);
}

export async function lockCampaign(tx: Db, id: string): Promise<Campaign | undefined> {
  return maybe<Campaign>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export async function openCampaign(db: Db): Promise<Campaign | undefined> {
  return maybe<Campaign>(db, `${SELECT} where state in ('running', 'paused')`);
}

/** Newest first. */
export async function listCampaigns(db: Db, limit: number): Promise<Campaign[]> {
  return many<Campaign>(db, `${SELECT} order by started_at desc, id limit $1`, [limit]);
}

type NewCampaign = Pick<Campaign, 'id' | 'origin' | 'startedBy' | 'startedAt' | 'before' | 'spreadDays' | 'total'>;

export async function insertCampaign(tx: Db, campaign: NewCampaign): Promise<void> {
  const { id, origin, startedBy, startedAt, before, spreadDays, total } = campaign;
  await tx.query(
    `insert into verification_campaign (id, origin, state, started_by, started_at, before, spread_days, total, changed_at)
     values ($1, $2, 'running', $3, $4, $5, $6, $7, $4)`,
    [id, origin, startedBy, startedAt, before, spreadDays, total],
  );
}

export async function setCampaignState(
  tx: Db,
  id: string,
  change: { state: CampaignState; at: Date; pausedBy?: string; pausedReason?: string },
): Promise<void> {
  const { state, at, pausedBy, pausedReason } = change;
  await tx.query(
    `update verification_campaign set state = $2::text, changed_at = $3::timestamptz, paused_by = $4,
       paused_reason = coalesce($5, paused_reason), finished_at = case when $2::text in ('done', 'cancelled') then $3::timestamptz end
     where id = $1`,
    [id, state, at, pausedBy ?? null, pausedReason ?? null],
  );
}

const COUNTERS: Readonly<Record<VerificationOutcome, string>> = {
  identical: 'identical',
  updated: 'updated',
  'ins-changed': 'ins_changed',
  differing: 'differing',
  'not-found': 'not_found',
  unanswered: 'unanswered',
  skipped: 'skipped',
};

/** One more identity done: counted, and the walk goes on behind it. */
export async function advanceCampaign(
  tx: Db,
  id: string,
  { outcome, item, at }: { outcome: VerificationOutcome; item: DueIns; at: Date },
): Promise<void> {
  const counter = COUNTERS[outcome];
  await tx.query(
    `update verification_campaign set ${counter} = ${counter} + 1, cursor_at = $2, cursor_id = $3, changed_at = $4
     where id = $1`,
    [id, item.at, item.id, at],
  );
}

/** An identity of a campaign, with its place in the walk. */
export interface DueIns {
  readonly id: string;
  readonly at: Date;
}

interface Due {
  readonly before: Date;
  readonly spreadDays: number;
}

/**
 * Its last proof is older than `before`, or than so many days later as its own share of the spread: fixed by its identifier,
 * so that identities of one day do not come back on one day.
 */
const DUE = `from identity i left join ins_verification v on v.identity_id = i.id
  where i.active and i.matricule is not null and not i.mirror
    and i.ins_obtained_at < $1::timestamptz + $2::integer * interval '1 day'
    and greatest(v.at, i.ins_obtained_at) < $1::timestamptz
      + (('x' || left(i.id::text, 6))::bit(24)::integer % ($2::integer + 1)) * interval '1 day'`;

export async function countDueIns(db: Db, { before, spreadDays }: Due): Promise<number> {
  const row = await one<{ count: number }>(db, `select count(*)::integer as count ${DUE}`, [before, spreadDays]);
  return row.count;
}

/** Same, with the oldest proof among them, for the list of the cell. */
export async function dueInsWork(db: Db, { before, spreadDays }: Due): Promise<{ count: number; oldest: Date | null }> {
  return one(db, `select count(*)::integer as count, min(greatest(v.at, i.ins_obtained_at)) as oldest ${DUE}`, [
    before,
    spreadDays,
  ]);
}

/** The next ones, from the oldest proof, behind the cursor of the campaign. */
export async function nextDueIns(db: Db, campaign: Campaign, limit: number): Promise<DueIns[]> {
  const { before, spreadDays, cursorAt, cursorId } = campaign;
  return many<DueIns>(
    db,
    `select i.id, i.ins_obtained_at as at ${DUE}
       and ($3::timestamptz is null or (i.ins_obtained_at, i.id) > ($3, $4::uuid))
     order by i.ins_obtained_at, i.id limit $5`,
    [before, spreadDays, cursorAt, cursorId, limit],
  );
}

export async function noteVerification(
  tx: Db,
  verified: { identityId: string; at: Date; outcome: VerificationOutcome; campaignId: string | null },
): Promise<void> {
  await tx.query(
    `insert into ins_verification (identity_id, at, outcome, campaign_id) values ($1, $2, $3, $4)
     on conflict (identity_id) do update set at = excluded.at, outcome = excluded.outcome, campaign_id = excluded.campaign_id`,
    [verified.identityId, verified.at, verified.outcome, verified.campaignId],
  );
}

/** Takes one call of the day's quota; false when none is left. */
export async function takeVerificationCall(db: Db, day: string, quota: number): Promise<boolean> {
  const row = await maybe(
    db,
    `insert into verification_day (day, calls) values ($1, 1)
     on conflict (day) do update set calls = verification_day.calls + 1 where verification_day.calls < $2
     returning calls`,
    [day, quota],
  );
  return row !== undefined;
}

export async function verificationCallsOf(db: Db, day: string): Promise<number> {
  return (await maybe<{ calls: number }>(db, 'select calls from verification_day where day = $1', [day]))?.calls ?? 0;
}

/** Searches that a desk or an admission waits for, and that could go now. */
export async function searchesAreDue(db: Db): Promise<boolean> {
  const due = `select 1 from task where kind = 'insi' and run_at <= now() and state in ('ready', 'waiting') limit 1`;
  return (await maybe(db, due)) !== undefined;
}

export async function campaignHasTask(db: Db, id: string): Promise<boolean> {
  return (await maybe(db, `select 1 from task where kind = 'verify' and subject = $1`, [id])) !== undefined;
}
