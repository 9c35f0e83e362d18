/** For tests: one claim as a worker makes it that has just started. */
import type { Pool } from '../store/db.ts';
import { createClaimer, wakeTasks } from './claims.ts';
import type { Task, TaskKind } from './tasks.ts';

/** Up to `limit` tasks of these kinds, those included that have just come due or whose lease has just run out. */
export async function claimTasks(
  pool: Pool,
  { limit, ...options }: { kinds: readonly TaskKind[]; worker: number; limit: number; leaseMs: number },
): Promise<Task[]> {
  await wakeTasks(pool);
  const claimer = createClaimer({ db: pool, ...options });
  const claimed: Task[] = [];
  while (claimed.length < limit) {
    const more = await claimer.claim(limit - claimed.length);
    if (more.length === 0) break;
    claimed.push(...more);
  }
  return claimed.sort((a, b) => a.id - b.id);
}
