/** Handlers of the tasks `match` (an identity was created or changed) and `match-run` (a whole base is compared). */
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, completeTasks, deferTask, type Task } from '../queue/tasks.ts';
import type { BatchHandler } from '../queue/worker.ts';
import { transaction } from '../store/db.ts';
import { advanceMatchingRun, endMatchingRun, matchingRunById, nextToCompare } from '../store/matching-runs.ts';
import { compareWithRest } from './compare.ts';

const BATCH = 20;
/** Identities of one step of a run: a second or so, then the other work has its turn. */
const RUN_STEP = 200;

export function matchBatchHandler(context: UseCaseContext): BatchHandler {
  const all = async (tasks: readonly Task[]): Promise<void> => {
    if (!context.config.matching.enabled) return transaction(context.pool, (tx) => completeTasks(tx, tasks));
    await compareWithRest(context, [...new Set(tasks.map(({ subject }) => subject))], (tx) => completeTasks(tx, tasks));
  };
  return { most: BATCH, one: (task) => all([task]), all };
}

/** Goes by identity from where it stood: a step that is done twice finds the same pairs, and counts them once. */
export function matchRunTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  return async (task) => {
    const run = await matchingRunById(context.pool, task.subject);
    const ids = run?.state === 'running' ? await nextToCompare(context.pool, run.cursor, RUN_STEP) : [];
    const last = ids.at(-1);
    if (run === undefined || last === undefined)
      return transaction(context.pool, async (tx) => {
        await endMatchingRun(tx, task.subject, 'done', context.now());
        await completeTask(tx, task);
      });
    await compareWithRest(context, ids, async (tx, found) => {
      await deferTask(tx, task, 0);
      await advanceMatchingRun(tx, run, { cursor: last, compared: ids.length, found });
    });
  };
}
