/** A search over the whole base, for example one that was taken over: asked for by a person, stopped by a person. */
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  beginAgain,
  endMatchingRun,
  type MatchingRun,
  matchingRunById,
  startMatchingRun,
} from '../store/matching-runs.ts';

/** The one that goes on, if there is one. */
export async function startRun({ pool, now, newUuid }: UseCaseContext, actor: string): Promise<MatchingRun> {
  return transaction(pool, async (tx) => {
    const { run, started } = await startMatchingRun(tx, { id: newUuid(), by: actor, at: now() });
    if (started) await addTask(tx, { kind: 'match-run', subject: run.id });
    return run;
  });
}

/**
 * Has identities that were just written together compared with the base, in the transaction that ends their file. A run that
 * goes on has passed the place of many of them: it begins again.
 */
export async function compareAfterFile(tx: Db, { now, newUuid }: UseCaseContext, actor: string): Promise<void> {
  const { run, started } = await startMatchingRun(tx, { id: newUuid(), by: actor, at: now() });
  if (started) await addTask(tx, { kind: 'match-run', subject: run.id });
  else await beginAgain(tx, run.id);
}

/** What it has found stays. */
export async function stopRun({ pool, now }: UseCaseContext, id: string): Promise<Result<MatchingRun>> {
  await endMatchingRun(pool, id, 'cancelled', now());
  const run = await matchingRunById(pool, id);
  return run === undefined ? refuse(apiRules.notFound) : ok(run);
}
