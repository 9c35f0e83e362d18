/**
 * Handler of the `verify` tasks: the identities of a campaign, one transaction each, behind whoever waits at a desk, within
 * the quota of the second and of the day. A stop at any point resumes behind the last identity that was settled.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, deferTask, holdTask, type Task } from '../queue/tasks.ts';
import { identityVerificationRules } from '../rules/identity-verification.ts';
import type { Result } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { type IdentityRecord, identityById, lockIdentity, recordInsiCall } from '../store/identities.ts';
import {
  advanceCampaign,
  type Campaign,
  campaignById,
  type DueIns,
  lockCampaign,
  nextDueIns,
  noteVerification,
  searchesAreDue,
  setCampaignState,
  takeVerificationCall,
  type VerificationOutcome,
} from '../store/verification-campaigns.ts';
import type { InsiClient } from '../wire/insi/client.ts';
import { minutesOf, paceOf } from './campaign.ts';
import { saveChange } from './change.ts';
import { alertsOf, eventOf, judged } from './insi-judgement.ts';
import { type InsiConfig, isOutage, NotNow, type PacedInsi, pacedInsi, retriedFailure } from './insi-pace.ts';
import { traitsOf } from './record.ts';
import { differingTraits } from './traits-input.ts';
import { callOf, confirmed, outcomeOfVerification, type Verified, verifyIns } from './verification.ts';

/** Identities of one run of the task. */
const BATCH = 10;
/** While somebody waits at a desk. */
const DESK_FIRST_MS = 2_000;
/** A long wait is looked at again: the clock, the quota or the hours may have been changed. */
const LONGEST_WAIT_MS = 900_000;

export function verifyTaskHandler(
  context: UseCaseContext,
  client: InsiClient,
  pause: (ms: number) => Promise<unknown> = sleep,
): (task: Task) => Promise<void> {
  const { insi } = context.config;
  if (insi === undefined) throw new Error('INSi is not configured');
  const paced = withinQuota(context, insi, pacedInsi(context, insi, client, pause), pause);
  return async (task) => {
    const campaign = await campaignById(context.pool, task.subject);
    if (campaign?.state !== 'running') return transaction(context.pool, (tx) => completeTask(tx, task));
    const items = await nextDueIns(context.pool, campaign, BATCH);
    try {
      for (const item of items) if (!(await verifyItem(context, insi, paced, task, item))) break;
    } catch (error) {
      if (!(error instanceof NotNow)) throw error;
      return transaction(context.pool, (tx) => deferTask(tx, task, Math.min(error.waitMs, LONGEST_WAIT_MS)));
    }
    await transaction(context.pool, async (tx) => {
      const state = (await lockCampaign(tx, campaign.id))?.state;
      if (state === 'running' && items.length > 0) return deferTask(tx, task, 0);
      if (state === 'running') await setCampaignState(tx, campaign.id, { state: 'done', at: context.now() });
      await completeTask(tx, task);
    });
  };
}

/** Hours, day, own pace, desks first; then the pace and the circuit of every call. */
function withinQuota(
  context: UseCaseContext,
  insi: InsiConfig,
  paced: PacedInsi,
  pause: (ms: number) => Promise<unknown>,
): PacedInsi {
  const { callsPerDay, hours } = insi.reverification;
  const timeZone = hours?.timeZone ?? 'Europe/Paris';
  let lastCallAt = Number.NEGATIVE_INFINITY;
  return {
    client: paced.client,
    turn: async () => {
      const closedMs = msBeforeOpening(hours, context.now());
      if (closedMs > 0) throw new NotNow(closedMs);
      if (await searchesAreDue(context.pool)) throw new NotNow(DESK_FIRST_MS);
      const tooSoonMs = lastCallAt + 1_000 / paceOf(insi) - context.now().getTime();
      if (tooSoonMs > 0) await pause(tooSoonMs);
      await paced.turn();
      const day = localParts(context.now(), timeZone).day;
      if (!(await takeVerificationCall(context.pool, day, callsPerDay))) throw new NotNow(LONGEST_WAIT_MS);
      lastCallAt = context.now().getTime();
    },
  };
}

function localParts(now: Date, timeZone: string): { day: string; minutes: number } {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(now);
  const [day = '', hour = ''] = text.split(' ');
  return { day, minutes: minutesOf(hour) };
}

function msBeforeOpening(hours: InsiConfig['reverification']['hours'], now: Date): number {
  if (hours === undefined) return 0;
  const { minutes } = localParts(now, hours.timeZone);
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  const open = from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
  return open ? 0 : ((from - minutes + 24 * 60) % (24 * 60)) * 60_000;
}

/** `false` when the campaign does not run any more. */
async function verifyItem(
  context: UseCaseContext,
  insi: InsiConfig,
  paced: PacedInsi,
  task: Task,
  item: DueIns,
): Promise<boolean> {
  const record = await identityById(context.pool, item.id);
  const startedAt = context.now();
  const asked = record !== undefined && isVerifiable(record) ? record : undefined;
  const answer = asked === undefined ? undefined : await verifyIns(paced, asked, insi.verification);
  if (answer?.ok && !answer.value.identical) {
    const { outcome } = answer.value;
    // The circuit counts it; the identity keeps its turn.
    if (isOutage(outcome)) throw new NotNow(insi.circuit.probeAfterMs);
  }
  return transaction(context.pool, async (tx) => {
    await holdTask(tx, task);
    const campaign = await lockCampaign(tx, task.subject);
    if (campaign?.state !== 'running') return false;
    const outcome = asked === undefined ? 'skipped' : await settle(tx, context, campaign, asked, answer, startedAt);
    await advanceCampaign(tx, campaign.id, { outcome, item, at: context.now() });
    const after = await campaignById(tx, campaign.id);
    if (after === undefined || !brakes(after, insi)) return true;
    const braked = { pausedBy: 'system', pausedReason: identityVerificationRules.campaignBraked.id };
    await setCampaignState(tx, campaign.id, { state: 'paused', at: context.now(), ...braked });
    return false;
  });
}

/** Nobody is about to ask about it, and there is still an INS of ours to verify. */
function isVerifiable(record: IdentityRecord): boolean {
  return record.active && !record.mirror && record.matricule !== null && record.insiState !== 'queued';
}

async function settle(
  tx: Db,
  context: UseCaseContext,
  campaign: Campaign,
  asked: IdentityRecord,
  answer: Result<Verified> | undefined,
  startedAt: Date,
): Promise<VerificationOutcome> {
  const record = await lockIdentity(tx, asked.id);
  const now = context.now();
  const call = { identityId: record.id, at: startedAt, durationMs: now.getTime() - startedAt.getTime() };
  if (answer?.ok) await recordInsiCall(tx, { ...call, ...callOf(answer.value) });
  const changed = differingTraits(traitsOf(asked), traitsOf(record)).length > 0 || record.matricule !== asked.matricule;
  if (changed || !isVerifiable(record)) return 'skipped';
  if (!answer?.ok) return 'unanswered';
  const verified = answer.value;
  if (!verified.identical && retriedFailure(verified.outcome) !== undefined) return 'unanswered';
  const draft = verified.identical ? confirmed(record) : await judged(tx, context, record, verified);
  const outcome = outcomeOfVerification(record, draft);
  if (outcome === 'unanswered') return outcome;
  // Confirmed as it stands, nothing is written but the date: its documents on their way are not stopped.
  if (outcome !== 'identical' || record.insDoubt !== null) {
    const said = verified.identical ? 'INS confirmée' : `${eventOf(draft)}${alertsOf(verified.outcome)}`;
    const cause = { at: now, actor: 'system', source: 'INSi', requirement: 'EXI REC 07' };
    await saveChange(tx, record, { ...draft, insiAskedAt: now }, { ...cause, event: `vérification INSi : ${said}` });
  }
  await noteVerification(tx, { identityId: record.id, at: now, outcome, campaignId: campaign.id });
  return outcome;
}

/** So many failures are not persons: INSi, or how these identities came, is at fault. Once a person resumed, no more. */
function brakes({ pausedReason, ...campaign }: Campaign, { reverification: { brake } }: InsiConfig): boolean {
  if (pausedReason === identityVerificationRules.campaignBraked.id) return false;
  const { identical, updated, insChanged, differing, notFound } = campaign;
  const failures = differing + notFound;
  const checked = identical + updated + insChanged + failures;
  return failures >= brake.failures && failures * 100 >= brake.percent * checked;
}
