/** Every process that works runs one: it takes in what was sealed, a second or so after it was. */
import type { Pool } from '../store/db.ts';
import { foldedTo } from '../store/proof-lines.ts';
import { foldOnce } from './fold.ts';

interface Folding {
  /** Ends the batch in hand, then stops. */
  stop(): Promise<void>;
}

/** `onError`: it goes on next time. */
export function startFolding(pool: Pool, everyMs: number, onError: (error: unknown) => void): Folding {
  let over = false;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      const { position, sealed } = await foldedTo(pool);
      if (position < sealed) while (!over && ((await foldOnce(pool)) ?? 0) > 0);
    } catch (error) {
      onError(error);
    }
  };
  const timer = setInterval(() => {
    running ??= run().finally(() => {
      running = undefined;
    });
  }, everyMs);
  return {
    stop: async () => {
      over = true;
      clearInterval(timer);
      await running;
    },
  };
}
