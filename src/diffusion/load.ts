/** Initial load: every patient, or those changed since a date, told to one subscriber at a pace, and after what just changed. */
import type { Subscriber } from '../config/diffusion-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { diffusionRules } from '../rules/diffusion.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Pool, transaction } from '../store/db.ts';
import type { Turn } from '../store/diffusion.ts';
import { queueLoadBatch, resumeLoad, startLoad, stopLoad, writePace } from '../store/diffusion-load.ts';

/** Patients put in the queue at a time, and below how many waiting the next ones are. */
const BATCH = 500;

/** How many patients of the load this turn may tell: what the pace allows since the last turn, two seconds of it at most. */
export function loadBudget({ loadPacedAt }: Turn, { loadPerSecond }: Subscriber, now: Date): number {
  const elapsedMs = loadPacedAt === null ? 1_000 : now.getTime() - loadPacedAt.getTime();
  return Math.floor((Math.min(elapsedMs, 2_000) * loadPerSecond) / 1_000);
}

/** Keeps the load ahead of the sending: its place is kept with what it queues, so a stop loses and repeats nothing. */
export async function fillLoad(pool: Pool, { name, fence }: Turn, now: Date): Promise<void> {
  await transaction(pool, async (tx) => {
    await queueLoadBatch(tx, name, BATCH, now);
    await writePace(tx, name, fence, now);
  });
}

export async function startInitialLoad(
  { pool, now }: UseCaseContext,
  name: string,
  { since, actor }: { readonly since: Date | null; readonly actor: string },
): Promise<Result<{ readonly total: number }>> {
  const started = await transaction(pool, (tx) => startLoad(tx, name, { since, actor, at: now() }));
  if (started === undefined) return refuse(diffusionRules.subscriberUnknown);
  return started.running ? refuse(diffusionRules.loadRunning) : ok({ total: started.total });
}

/** What is queued already is told; the rest waits for `resume`. */
export async function changeLoad({ pool }: UseCaseContext, name: string, to: 'stop' | 'resume'): Promise<Result<true>> {
  const changed = await (to === 'stop' ? stopLoad(pool, name) : resumeLoad(pool, name));
  return changed ? ok(true) : refuse(diffusionRules.loadNotRunning);
}
