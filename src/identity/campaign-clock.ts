/** Looks now and then whether identities are due for verification, in every process that works: a lock lets one open. */
import type { UseCaseContext } from '../queue/context.ts';
import { openDueCampaign } from './campaign.ts';

const EVERY_MS = 600_000;

export function startCampaignClock(context: UseCaseContext, everyMs = EVERY_MS): { stop(): Promise<void> } {
  let running: Promise<unknown> | undefined;
  const look = () => {
    running ??= openDueCampaign(context)
      .then((opened) => opened && context.log.info({ campaign: opened.id, total: opened.total }, 'verification opened'))
      .catch((error: unknown) => context.log.error({ err: error }, 'verification not looked at, it goes on next time'))
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
