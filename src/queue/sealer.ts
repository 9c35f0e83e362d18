/** The one sealer: chains ledger and audit rows that are committed, a little after them (design 5). */
import type { Pool } from '../store/db.ts';
import { sealChain } from '../store/proofs.ts';

/** Rows of one transaction. */
const BATCH = 500;

export interface Sealer {
  /** Seals what is left, then stops. */
  stop(): Promise<void>;
}

/** How often the whole of a chain is looked at, for a row that was committed long after those around it. */
const WHOLE_EVERY_MS = 10 * 60_000;

/** Every process may run one: an advisory lock lets only one work at a time. */
export function startSealer(pool: Pool, everyMs: number, onError: (error: unknown) => void): Sealer {
  let running: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const seal = async (): Promise<void> => {
    const whole = performance.now() - lookedAt >= WHOLE_EVERY_MS;
    try {
      for (const chain of ['ledger', 'audit'] as const) while ((await sealChain(pool, chain, BATCH, whole)) > 0);
      if (whole) lookedAt = performance.now();
    } catch (error) {
      onError(error);
    }
  };
  const timer = setInterval(() => {
    // A database that is away must not leave a queue of turns behind.
    running ??= seal().finally(() => {
      running = undefined;
    });
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
      await seal();
    },
  };
}
