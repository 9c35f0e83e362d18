/** Counts now and then, and pushes what changed, in every process that works: a lock lets one of them act. */
import type { UseCaseContext } from '../queue/context.ts';
import { every, type Repeated } from '../queue/every.ts';
import { httpsLine } from './https-line.ts';
import { countOwn } from './own.ts';
import { pushCounts } from './send-push.ts';

export function startRegionClock(context: UseCaseContext): Repeated {
  const { region } = context.config;
  const clocks = [
    every(region.countEveryMs, () => countOwn(context), told(context, 'the months of the region were not counted')),
  ];
  const { push } = region;
  if (push !== undefined)
    clocks.push(
      every(push.everyMs, () => pushOnce(context, push), told(context, 'counts were not pushed to the region')),
    );
  return { stop: async () => void (await Promise.all(clocks.map((clock) => clock.stop()))) };
}

function told({ log }: UseCaseContext, what: string): (error: unknown) => void {
  return (error) => log.error({ err: error }, `${what}, it goes on next time`);
}

async function pushOnce(
  context: UseCaseContext,
  push: NonNullable<UseCaseContext['config']['region']['push']>,
): Promise<void> {
  const line = await httpsLine(push);
  try {
    await countOwn(context);
    const run = await pushCounts(context, line);
    if (run === undefined) return;
    if (run.failure !== null)
      context.log.warn({ rule: run.ruleId, reason: run.failure }, 'counts not taken by the region');
    else if (run.taken > 0) context.log.info({ pushes: run.taken }, 'counts taken by the region');
  } finally {
    await line.close();
  }
}
