/** The one sealer: chains ledger and audit rows that are committed, a little after them (design 5). */
import type { Pool } from '../store/db.ts';
import { sealChain } from '../store/proofs.ts';

export interface Sealer {
  /** Seals what is left, then stops. */
  stop(): Promise<void>;
}

/** Every process may run one: an advisory lock lets only one work at a time. */
export function startSealer(pool: Pool, everyMs: number, onError: (error: unknown) => void): Sealer {
  let running: Promise<void> = Promise.resolve();
  const seal = async (): Promise<void> => {
    try {
      await sealChain(pool, 'ledger');
      await sealChain(pool, 'audit');
    } catch (error) {
      onError(error);
    }
  };
  const timer = setInterval(() => {
    running = running.then(seal);
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
      await seal();
    },
  };
}
