/**
 * Tells one subscriber what waits for it: one message at a time, each decided, made and marked in one transaction, sent
 * outside of any, and settled in another. A subscriber that does not answer ends its turn and is tried again later; the
 * others, and what fills the queues, never wait for it.
 */
import type { Subscriber } from '../config/diffusion-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { diffusionRules } from '../rules/diffusion.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  type DiffusionEntry,
  endTurn,
  forgetEntry,
  forgetKnown,
  type GivenNumber,
  holdTurn,
  markSending,
  nextEntry,
  noteAccepted,
  noteAcceptedOneOf,
  noteGiven,
  recordAnswered,
  recordUnanswered,
  type SentTerms,
  settleEntry,
  supersedeRefusals,
  type Turn,
  TurnLost,
  takeTurn,
  unmarkSending,
} from '../store/diffusion.ts';
import { buildIdentityMessage, type IdentityMessage } from '../wire/hl7v2/identity-message.ts';
import type { MllpClient } from '../wire/hl7v2/mllp-client.ts';
import { compose, type Destination, type Told } from './compose.ts';
import { exchange, type Verdict } from './exchange.ts';
import { fillLoad, loadBudget } from './load.ts';

/** Longer than a message may take with its answer, whatever the settings of the subscriber. */
const LEASE_MARGIN_MS = 30_000;
/** Messages of a turn; then another subscriber may take this place. */
const MOST_IN_A_TURN = 200;

/** Serves the subscriber left alone for longest. False when nothing was told. `busy`: those that this process serves already. */
export async function serveOne(
  context: UseCaseContext,
  clientOf: (subscriber: Subscriber) => MllpClient,
  busy: Set<string>,
): Promise<boolean> {
  const { config, pool } = context;
  const longest = Math.max(...config.diffusion.subscribers.map(({ timeoutMs }) => timeoutMs), 0);
  const leaseMs = 2 * longest + LEASE_MARGIN_MS;
  const turn = await takeTurn(pool, context.now(), leaseMs, [...busy]);
  const subscriber = config.diffusion.subscribers.find(({ name }) => name === turn?.name);
  if (turn === undefined || subscriber === undefined) return false;
  busy.add(turn.name);
  try {
    const holdsBefore = subscriber.alreadyHolds ? turn.since : null;
    return await serve({
      context,
      turn,
      leaseMs,
      to: { config, subscriber, holdsBefore },
      client: clientOf(subscriber),
    });
  } catch (error) {
    // Paused, or taken over by another process: what was not settled is sent again under its own MSH-10.
    if (error instanceof TurnLost) return false;
    throw error;
  } finally {
    await endTurn(pool, turn, context.now());
    busy.delete(turn.name);
  }
}

interface Service {
  readonly context: UseCaseContext;
  readonly turn: Turn;
  readonly leaseMs: number;
  readonly to: Destination;
  readonly client: MllpClient;
}

/** True when something was told, or found to need no telling. */
async function serve(service: Service): Promise<boolean> {
  const { context, turn, to } = service;
  let ofLoad = turn.loading ? loadBudget(turn, to.subscriber, context.now()) : 0;
  if (ofLoad > 0) await fillLoad(context.pool, turn, context.now());
  for (let told = 0; told < MOST_IN_A_TURN; told++) {
    let done = await step(service, { load: false });
    if (done === 'nothing' && ofLoad > 0) {
      ofLoad -= 1;
      done = await step(service, { load: true });
    }
    if (done !== 'went on') return told > 0;
  }
  return true;
}

type Step = 'went on' | 'nothing' | 'stop';

async function step(service: Service, lane: { readonly load: boolean }): Promise<Step> {
  const prepared = await prepare(service, lane);
  if (prepared === undefined) return 'nothing';
  if (prepared.kind === 'settled') return 'went on';
  const { entry, bytes, controlId, told } = prepared;
  const verdict = await exchange(service.client, bytes, controlId);
  return settle(service, entry, told, verdict);
}

type Prepared =
  | { readonly kind: 'settled' }
  | {
      readonly kind: 'to-send';
      readonly entry: DiffusionEntry;
      readonly bytes: Buffer;
      readonly controlId: string;
      readonly told: Told;
    };

/** MSH-10 is 20 characters at most in HL7 2.5. */
const CONTROL_ID_LENGTH = 20;

async function prepare(
  { context, turn, leaseMs, to }: Service,
  lane: { readonly load: boolean },
): Promise<Prepared | undefined> {
  return transaction(context.pool, async (tx) => {
    const now = context.now();
    await holdTurn(tx, turn, now, leaseMs);
    const entry = await nextEntry(tx, turn.name, to.holdsBefore, lane);
    if (entry === undefined) return undefined;
    const composed = await compose(tx, to, entry);
    if (composed.kind === 'nothing') {
      await settleNothing(tx, entry, composed.rule?.id, now);
      return { kind: 'settled' };
    }
    const { message, told } = composed;
    const controlId = entry.controlId ?? context.newUuid().replaceAll('-', '').slice(0, CONTROL_ID_LENGTH);
    await markSending(tx, entry.id, controlId, termsOf(message));
    await noteGiven(tx, turn.name, told.identityId, told);
    const bytes = buildIdentityMessage(message, envelopeOf(to, controlId, now));
    return { kind: 'to-send', entry: { ...entry, attempts: entry.attempts + 1 }, bytes, controlId, told };
  });
}

function termsOf(message: IdentityMessage): SentTerms {
  const named = ({ domain, value }: GivenNumber): GivenNumber => ({ domain, value });
  return {
    event: message.event,
    numbers: message.patient.numbers.map(named),
    retired: 'retired' in message ? message.retired.map(named) : [],
  };
}

async function settleNothing(tx: Db, entry: DiffusionEntry, ruleId: string | undefined, at: Date): Promise<void> {
  if (ruleId === undefined) return forgetEntry(tx, entry.id);
  return settleEntry(tx, entry.id, { state: 'dropped', at, answer: null, ruleId, detail: null });
}

const PROCESSING = { production: 'P', test: 'T', demonstration: 'D' } as const;

function envelopeOf({ config, subscriber }: Destination, controlId: string, now: Date) {
  const { application, facility } = config.diffusion;
  return {
    from: { application, facility: facility ?? config.legalEntities[0]?.finess ?? '' },
    to: { application: subscriber.application, facility: subscriber.facility },
    controlId,
    processingId: PROCESSING[config.installation],
    encoding: subscriber.encoding,
    now,
    timeZone: subscriber.timeZone,
  };
}

async function settle(service: Service, entry: DiffusionEntry, told: Told, verdict: Verdict): Promise<Step> {
  const { context, turn, leaseMs, to } = service;
  return transaction(context.pool, async (tx) => {
    const at = context.now();
    await holdTurn(tx, turn, at, leaseMs);
    if (verdict.kind === 'unanswered') {
      const retryAt = new Date(at.getTime() + retryDelayMs(to.subscriber, turn, entry));
      await recordUnanswered(tx, turn, { now: at, retryAt, error: verdict.error });
      if (!verdict.read && entry.state === 'waiting') await unmarkSending(tx, entry.id);
      if (verdict.read && entry.attempts >= to.subscriber.attemptsWithoutAnswer)
        await putAside(tx, entry, verdict.error, at);
      return 'stop';
    }
    await recordAnswered(tx, turn, at);
    if (verdict.kind === 'refused') {
      const { answer, rule, detail } = verdict;
      await settleEntry(tx, entry.id, { state: 'refused', at, answer, ruleId: rule.id, detail });
      return 'went on';
    }
    await settleEntry(tx, entry.id, { state: 'accepted', at, answer: verdict.answer, ruleId: null, detail: null });
    // Taken up from a sending that had no answer: a receiver that knows its MSH-10 may have kept what that one said.
    if (entry.state === 'waiting') await noteAccepted(tx, turn.name, told.identityId, { ...told, at });
    else await noteAcceptedOneOf(tx, turn.name, told.identityId, told.numbers, at);
    for (const closed of told.former) await forgetKnown(tx, turn.name, closed);
    if (entry.kind === 'merge' && entry.otherId !== null) await forgetKnown(tx, turn.name, entry.otherId);
    if (entry.kind === 'state') await supersedeRefusals(tx, entry, diffusionRules.superseded.id, at);
    return 'went on';
  });
}

async function putAside(tx: Db, entry: DiffusionEntry, error: string, at: Date): Promise<void> {
  const ruleId = diffusionRules.neverAnswered.id;
  await settleEntry(tx, entry.id, { state: 'refused', at, answer: null, ruleId, detail: error });
}

/** Doubles with each failure, up to the ceiling; spread by the number of the entry, so that no random source is needed. */
function retryDelayMs({ retry }: Subscriber, { failures }: Turn, { id, attempts }: DiffusionEntry): number {
  const raw = Math.min(retry.maxMs, retry.firstMs * 2 ** Math.min(failures, 20));
  return Math.round(raw * (0.75 + (((id + attempts) * 7_919) % 1_000) / 2_000));
}
