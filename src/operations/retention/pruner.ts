/** Prunes now and then, in every process that works: a lock lets one of them do it. */
import type { UseCaseContext } from '../../queue/context.ts';
import { prune } from './prune.ts';

export interface Pruner {
  /** Ends the batch in hand, then stops. */
  stop(): Promise<void>;
}

export function startPruner({ config, pool, now, log }: UseCaseContext): Pruner {
  const { retention } = config;
  const over = new AbortController();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      const totals = await prune({ pool, now, retention }, { dryRun: false, signal: over.signal });
      if (Object.keys(totals).length > 0) log.info({ totals }, 'contents pruned');
    } catch (error) {
      log.error({ err: error }, 'pruning failed, it goes on next time');
    }
  };
  const timer = retention.automatic
    ? setInterval(() => {
        running ??= run().finally(() => {
          running = undefined;
        });
      }, retention.everyMinutes * 60_000)
    : undefined;
  return {
    stop: async () => {
      clearInterval(timer);
      over.abort();
      await running;
    },
  };
}
