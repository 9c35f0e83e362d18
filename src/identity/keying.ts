/** Makes missing search keys now and then, in every process that works: rows in hand elsewhere are left out. */
import type { UseCaseContext } from '../queue/context.ts';
import { makeMissingKeys } from './key-backlog.ts';

const EVERY_MS = 5_000;

interface Keying {
  /** Ends the batch in hand, then stops. */
  stop(): Promise<void>;
}

export function startKeying({ pool, log }: UseCaseContext): Keying {
  const over = new AbortController();
  const run = async (): Promise<void> => {
    try {
      const made = await makeMissingKeys(pool, over.signal);
      if (made > 0) log.info({ identities: made }, 'search keys made');
    } catch (error) {
      log.error({ err: error }, 'making search keys failed, it goes on next time');
    }
  };
  let running: Promise<void> | undefined;
  const look = (): void => {
    running ??= run().finally(() => {
      running = undefined;
    });
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      over.abort();
      await running;
    },
  };
}
