/** The pace and the circuit that every INSi call keeps, whoever asks: a desk, the queue, a campaign. */
import type { UseCaseContext } from '../queue/context.ts';
import { insiRules } from '../rules/insi.ts';
import type { Rule } from '../rules/rule.ts';
import { askLeave, recordFailure, recordHealthy } from '../store/circuits.ts';
import { transaction } from '../store/db.ts';
import type { InsiClient } from '../wire/insi/client.ts';
import type { InsiOutcome } from '../wire/insi/outcome.ts';
import type { VerificationAnswer } from '../wire/insi/verification-request.ts';

/** Longest wait for a slot inside a task; beyond it the task gives its place back to the queue. */
const LONGEST_SLOT_WAIT_MS = 3_000;

export type InsiConfig = NonNullable<UseCaseContext['config']['insi']>;

/** INSi must not be called before this long: circuit open, or too many in front. */
export class NotNow extends Error {
  readonly waitMs: number;
  constructor(waitMs: number) {
    super('INSi not now');
    this.waitMs = waitMs;
  }
}

export interface PacedInsi {
  /** Each call of it tells the circuit how INSi is. */
  readonly client: InsiClient;
  /** Waits for the next slot; throws NotNow when it is far. */
  turn(): Promise<void>;
}

/** `pause` waits for a slot that is near. */
export function pacedInsi(
  context: UseCaseContext,
  insi: InsiConfig,
  client: InsiClient,
  pause: (ms: number) => Promise<unknown>,
): PacedInsi {
  const watched = async <Answer extends InsiOutcome | VerificationAnswer>(call: Promise<Answer>): Promise<Answer> => {
    const outcome = await call;
    await noteHealth(context, insi, outcome);
    return outcome;
  };
  return {
    client: {
      search: (query) => watched(client.search(query)),
      searchByCard: (card) => watched(client.searchByCard(card)),
      verify: (held) => watched(client.verify(held)),
    },
    turn: () => waitForSlot(context, insi, pause),
  };
}

async function waitForSlot(
  context: UseCaseContext,
  insi: InsiConfig,
  pause: (ms: number) => Promise<unknown>,
): Promise<void> {
  const pace = { intervalMs: 1_000 / insi.ratePerSecond, probeAfterMs: insi.circuit.probeAfterMs };
  for (;;) {
    const waitMs = await transaction(context.pool, (tx) => askLeave(tx, 'INSi', context.now(), pace));
    if (waitMs === 0) return;
    if (waitMs > LONGEST_SLOT_WAIT_MS) throw new NotNow(waitMs);
    await pause(waitMs);
  }
}

/**
 * After each call, not at the end of the search: the first answer of a probe closes the circuit, or the next call of the
 * same search would wait for it.
 */
async function noteHealth(
  { pool, now }: UseCaseContext,
  insi: InsiConfig,
  outcome: InsiOutcome | VerificationAnswer,
): Promise<void> {
  if (!isOutage(outcome)) {
    await recordHealthy(pool, 'INSi', now());
    return;
  }
  const { failures, probeAfterMs } = insi.circuit;
  await recordFailure(pool, 'INSi', now(), { error: outcome.refusal.rule.title, limit: failures, probeAfterMs });
}

/** Neither an identity nor its absence. */
export type Failed = Extract<InsiOutcome, { kind: 'transient' | 'permanent' | 'unavailable' }>;

/** INSi refuses this installation, whoever the patient is: the calls go on by themselves once it is repaired. */
const INSTALLATION_RULES: readonly Rule[] = [
  insiRules.softwareUnknown,
  insiRules.certificateNotEntitled,
  insiRules.httpRefused,
];

/** insi_102 is also what the service says of a person it does not know (trap 7): it must not open the circuit for all. */
export function isOutage(outcome: InsiOutcome | VerificationAnswer): outcome is Failed {
  if (outcome.kind === 'unavailable') return true;
  if (outcome.kind === 'transient') return outcome.refusal.rule === insiRules.temporarilyUnavailable;
  return outcome.kind === 'permanent' && INSTALLATION_RULES.includes(outcome.refusal.rule);
}

/** A failure that is tried again by itself. */
export function retriedFailure(outcome: InsiOutcome): Failed | undefined {
  if (outcome.kind === 'transient' || outcome.kind === 'unavailable') return outcome;
  return isOutage(outcome) ? outcome : undefined;
}
