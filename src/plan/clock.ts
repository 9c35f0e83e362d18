/** Photographs the plans now and then, in whichever process looks first; what two photograph at once is the same row. */
import type { UseCaseContext } from '../queue/context.ts';
import { every, type Repeated } from '../queue/every.ts';
import { photograph } from './plan.ts';

const EVERY_MS = 3_600_000;

export function startPlanClock(context: UseCaseContext, everyMs = EVERY_MS): Repeated {
  return every(
    everyMs,
    () => photograph(context, everyMs / 2),
    (error) => context.log.error({ err: error }, 'plan not photographed, it is next time'),
  );
}
