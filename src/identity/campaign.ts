/** Campaigns of verification: opened by the calendar or by a person, paused, resumed, closed; and how far they are. */
import type { Config } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { identityVerificationRules } from '../rules/identity-verification.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  type Campaign,
  type CampaignState,
  campaignById,
  campaignHasTask,
  countDueIns,
  insertCampaign,
  lockCampaign,
  openCampaign,
  setCampaignState,
} from '../store/verification-campaigns.ts';

const DAY_MS = 86_400_000;
/** Two processes never open two campaigns at once. */
const OPENING_LOCK = 7_013;

type Reverification = NonNullable<Config['insi']>['reverification'];

/** What INSi last confirmed before that instant is due; the spread brings some of it forward. */
export function dueNow({ everyDays, spreadDays }: Reverification, now: Date): { before: Date; spreadDays: number } {
  return { before: new Date(now.getTime() - everyDays * DAY_MS), spreadDays: Math.min(spreadDays, everyDays - 1) };
}

/** By the clock: opens the campaign that is due, and gives an open one back its task when a restore took it away. */
export async function openDueCampaign(context: UseCaseContext): Promise<Campaign | undefined> {
  const { insi, context: role } = context.config;
  if (insi === undefined || role !== 1) return undefined;
  return transaction(context.pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [OPENING_LOCK]);
    const open = await openCampaign(tx);
    if (open !== undefined) {
      if (open.state === 'running' && !(await campaignHasTask(tx, open.id))) await addRun(tx, open.id);
      return undefined;
    }
    if (!insi.reverification.automatic) return undefined;
    const due = dueNow(insi.reverification, context.now());
    return start(tx, context, { ...due, origin: 'periodic', startedBy: 'system' });
  });
}

/** Verifies now whatever was last proved before an instant: after an incident at INSi, before a take-over. */
export async function startCampaign(context: UseCaseContext, before: Date, actor: string): Promise<Result<Campaign>> {
  if (context.config.insi === undefined) return refuse(identityVerificationRules.insiNotConfigured);
  return transaction(context.pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [OPENING_LOCK]);
    if ((await openCampaign(tx)) !== undefined) return refuse(identityVerificationRules.campaignOpen);
    const campaign = await start(tx, context, { before, spreadDays: 0, origin: 'on-demand', startedBy: actor });
    return campaign === undefined ? refuse(identityVerificationRules.nothingDue) : ok(campaign);
  });
}

async function start(
  tx: Db,
  context: UseCaseContext,
  asked: Pick<Campaign, 'before' | 'spreadDays' | 'origin' | 'startedBy'>,
): Promise<Campaign | undefined> {
  const total = await countDueIns(tx, asked);
  if (total === 0) return undefined;
  const id = context.newUuid();
  await insertCampaign(tx, { ...asked, id, startedAt: context.now(), total });
  await addRun(tx, id);
  return campaignById(tx, id);
}

async function addRun(tx: Db, id: string): Promise<void> {
  await addTask(tx, { kind: 'verify', subject: id, orderKey: `verify:${id}` });
}

export type CampaignAction = 'pause' | 'resume' | 'cancel';

const STEPS: Readonly<Record<CampaignAction, { from: readonly CampaignState[]; to: CampaignState }>> = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
};

/** The identity in hand is ended; what was verified stays so. */
export async function changeCampaign(
  context: UseCaseContext,
  id: string,
  action: CampaignAction,
  actor: string,
): Promise<Result<Campaign>> {
  return transaction(context.pool, async (tx) => {
    const campaign = await lockCampaign(tx, id);
    if (campaign === undefined) return refuse(apiRules.notFound);
    const { from, to } = STEPS[action];
    if (!from.includes(campaign.state))
      return refuse(identityVerificationRules.campaignWrongMoment, { detail: campaign.state });
    await setCampaignState(tx, id, { state: to, at: context.now(), ...(action === 'pause' && { pausedBy: actor }) });
    if (action === 'resume' && !(await campaignHasTask(tx, id))) await addRun(tx, id);
    const changed = await campaignById(tx, id);
    return changed === undefined ? refuse(apiRules.notFound) : ok(changed);
  });
}

export interface CampaignProgress {
  readonly done: number;
  readonly remaining: number;
  /** At the permitted pace, by day and by second; undefined when it does not run. */
  readonly remainingMs: number | undefined;
}

export function progressOf(campaign: Campaign, insi: NonNullable<Config['insi']>): CampaignProgress {
  const { identical, updated, insChanged, differing, notFound, unanswered, skipped } = campaign;
  const done = identical + updated + insChanged + differing + notFound + unanswered + skipped;
  const ended = campaign.state === 'done' || campaign.state === 'cancelled';
  const remaining = ended ? 0 : Math.max(0, campaign.total - done);
  const perDay = Math.min(insi.reverification.callsPerDay, paceOf(insi) * (openMsOf(insi) / 1_000));
  return {
    done,
    remaining,
    remainingMs: campaign.state === 'running' ? Math.round((remaining / perDay) * DAY_MS) : undefined,
  };
}

/** Calls a second of a campaign: its own, below that of everything. */
export function paceOf({ ratePerSecond, reverification }: NonNullable<Config['insi']>): number {
  return Math.min(ratePerSecond, reverification.ratePerSecond);
}

/** Milliseconds of a day during which a campaign may call. */
function openMsOf({ reverification: { hours } }: NonNullable<Config['insi']>): number {
  if (hours === undefined) return DAY_MS;
  const length = minutesOf(hours.to) - minutesOf(hours.from);
  return (length <= 0 ? length + 24 * 60 : length) * 60_000;
}

export function minutesOf(hour: string): number {
  const [hours = '0', minutes = '0'] = hour.split(':');
  return Number(hours) * 60 + Number(minutes);
}
