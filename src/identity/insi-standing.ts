/** Where INSi stands, for everybody: answering, away since when with what waits behind it, or back with its queue draining. */
import type { UseCaseContext } from '../queue/context.ts';
import { allCircuits } from '../store/circuits.ts';
import { insiQueueLength } from '../store/console-lists.ts';
import { documentsBehindInsi } from '../store/insi-requests.ts';

export interface InsiStanding {
  /** `draining`: it answers, and what waits still takes longer than `DRAIN_SHOWN_MS` at the permitted pace. */
  readonly state: 'answering' | 'away' | 'draining';
  /** Of the present state, where the circuit knows it. */
  readonly since: Date | undefined;
  readonly lastError: string | undefined;
  readonly nextTryAt: Date | undefined;
  /** Identities whose question waits. */
  readonly searches: number;
  /** Documents of those identities that wait for a qualified INS; of one establishment where `eg` is given. */
  readonly documents: number;
  readonly ratePerSecond: number;
  /** Of the queue at the permitted pace, one call each; a search may take more. */
  readonly remainingMs: number;
}

/** A shorter queue is everyday work, not news. */
const DRAIN_SHOWN_MS = 30_000;

/** Undefined where this installation does not call INSi. */
export async function insiStanding(
  { config, pool }: UseCaseContext,
  eg: string | null,
): Promise<InsiStanding | undefined> {
  if (config.insi === undefined) return undefined;
  const { ratePerSecond } = config.insi;
  const [circuits, searches] = await Promise.all([allCircuits(pool), insiQueueLength(pool)]);
  const circuit = circuits.find(({ service }) => service === 'INSi');
  const away = circuit !== undefined && circuit.state !== 'closed';
  const remainingMs = Math.round((searches / ratePerSecond) * 1_000);
  const state = away ? 'away' : remainingMs > DRAIN_SHOWN_MS ? 'draining' : 'answering';
  return {
    state,
    since: circuit?.since,
    lastError: away ? (circuit.lastError ?? undefined) : undefined,
    nextTryAt: away ? (circuit.probeAt ?? undefined) : undefined,
    searches,
    documents: state === 'answering' || searches === 0 ? 0 : await documentsBehindInsi(pool, eg),
    ratePerSecond,
    remainingMs,
  };
}
