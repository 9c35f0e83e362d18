/** Looks now and then whether identities are due for verification, in every process that works: a lock lets one open. */
import type { UseCaseContext } from '../queue/context.ts';
import { every, type Repeated } from '../queue/every.ts';
import { openDueCampaign } from './campaign.ts';

const EVERY_MS = 600_000;

export function startCampaignClock(context: UseCaseContext, everyMs = EVERY_MS): Repeated {
  return every(
    everyMs,
    async () => {
      const opened = await openDueCampaign(context);
      if (opened) context.log.info({ campaign: opened.id, total: opened.total }, 'verification opened');
    },
    (error) => context.log.error({ err: error }, 'verification not looked at, it goes on next time'),
  );
}
