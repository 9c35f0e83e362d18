/** The one sealer: chains ledger and audit rows that are committed, a little after them (design 5). */
import type { Pool } from '../store/db.ts';
import { sealChain } from '../store/proofs.ts';

export interface Sealer {
  /** Seals what is left, then stops. */
  stop(): Promise<void>;
}

/** Every process may run one: an advisory lock lets only one work at a time. */
export function startSealer(pool: Pool, everyMs: number, onError: (error: unknown) => void): Sealer {
  let running: Promise<void> | undefined;
  const seal = async (): Promise<void> => {
    try {
      for (const chain of ['ledger', 'audit'] as const) while ((await sealChain(pool, chain)) > 0);
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
