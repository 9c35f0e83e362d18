/** Photographs the plans now and then, in whichever process looks first; what two photograph at once is the same row. */
import type { UseCaseContext } from '../queue/context.ts';
import { photograph } from './plan.ts';

const EVERY_MS = 3_600_000;

export function startPlanClock(context: UseCaseContext, everyMs = EVERY_MS): { stop(): Promise<void> } {
  let running: Promise<unknown> | undefined;
  const look = () => {
    running ??= photograph(context, everyMs / 2)
      .catch((error: unknown) => context.log.error({ err: error }, 'plan not photographed, it is next time'))
      .finally(() => {
        running = undefined;
      });
  };
  look();
  const timer = setInterval(look, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
