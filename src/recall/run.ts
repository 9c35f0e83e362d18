/** Handler of the `recall` tasks: the items of an approved recall, one transaction each, until every one is settled. */
import type { UseCaseContext } from '../queue/context.ts';
import { addTask, completeTask, deferTask, holdTask, type Task } from '../queue/tasks.ts';
import { gatewayRules } from '../rules/gateway.ts';
import { transaction } from '../store/db.ts';
import { hasOpenWork, lockOpenItem, movableItems, type RecallItem, setItem } from '../store/recall-items.ts';
import { lockRecall, recallById, updateRecall } from '../store/recalls.ts';
import { stepOf } from './corrections.ts';

const BATCH = 25;
/** A turn that had not come is not counted: these are failures. */
const MOST_ATTEMPTS = 5;

export function recallTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  return async (task) => {
    const recall = await recallById(context.pool, task.subject);
    if (recall?.state !== 'running') return transaction(context.pool, (tx) => completeTask(tx, task));
    const items = await movableItems(context.pool, recall.id, BATCH);
    if (task.attempts > MOST_ATTEMPTS) return setAside(context, task, items[0]);
    let moved = 0;
    for (const item of items) if (await runItem(context, task, item)) moved++;
    await transaction(context.pool, async (tx) => {
      const fresh = await lockRecall(tx, recall.id);
      if (moved === BATCH) return deferTask(tx, task, 0);
      if (fresh?.state === 'running' && (await hasOpenWork(tx, recall.id)))
        return deferTask(tx, task, context.config.recalls.lookEveryMs);
      if (fresh?.state === 'running') await updateRecall(tx, { ...fresh, state: 'done', finishedAt: context.now() });
      await completeTask(tx, task);
    });
  };
}

/** False when it stays where it is: a second run of the same item finds it where the first one left it. */
async function runItem(context: UseCaseContext, task: Task, { position }: RecallItem): Promise<boolean> {
  return transaction(context.pool, async (tx) => {
    await holdTask(tx, task);
    const recall = await recallById(tx, task.subject);
    const item = await lockOpenItem(tx, task.subject, position);
    if (recall?.state !== 'running' || item === undefined) return false;
    await stepOf(item)(tx, context, recall, item);
    return (await lockOpenItem(tx, task.subject, position))?.state !== item.state;
  });
}

/** The first item keeps failing, a bug: it is left to people with its explanation, and the recall goes on afresh. */
async function setAside(context: UseCaseContext, task: Task, item: RecallItem | undefined): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await completeTask(tx, task);
    const failed = { state: 'refused', ruleId: gatewayRules.unexpected.id, settledAt: context.now() } as const;
    if (item !== undefined) await setItem(tx, task.subject, item.position, failed);
    await addTask(tx, { kind: 'recall', subject: task.subject, orderKey: `recall:${task.subject}` });
  });
}
