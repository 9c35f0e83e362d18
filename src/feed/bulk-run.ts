/** Handler of the `bulk` tasks: the items of an approved operation, one transaction each, at the pace of the installation. */
import type { UseCaseContext } from '../queue/context.ts';
import { addTask, completeTask, deferTask, holdTask, type Task } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { gatewayRules } from '../rules/gateway.ts';
import { type Result, refuse } from '../rules/rule.ts';
import {
  type BulkOperation,
  bulkOperationById,
  lockBulkOperation,
  lockPendingItem,
  type PendingItem,
  pendingBulkItems,
  setBulkState,
  settleBulkItem,
} from '../store/bulk-operations.ts';
import { type Db, transaction } from '../store/db.ts';
import { correctAndTakeUp, type Held, hold, takeUp, verifyAtDmp, withdraw } from './desk.ts';

/** Items of one run; the task then waits until their share of the minute has passed. */
const BATCH = 25;
const MINUTE_MS = 60_000;
/** A turn that had not come is not counted: these are failures. */
const MOST_ATTEMPTS = 5;

/** Has a stopped message read again; the intake knows how. */
export type ReRead = (tx: Db, context: UseCaseContext, messageId: number) => Promise<Result<void>>;

export function bulkTaskHandler(context: UseCaseContext, reRead: ReRead): (task: Task) => Promise<void> {
  return async (task) => {
    const operation = await bulkOperationById(context.pool, task.subject);
    if (operation?.state !== 'running') return transaction(context.pool, (tx) => completeTask(tx, task));
    const items = await pendingBulkItems(context.pool, operation.id, BATCH);
    if (task.attempts > MOST_ATTEMPTS) return setAside(context, task, items[0]);
    for (const item of items) if (!(await runItem(context, reRead, task, item))) break;
    await transaction(context.pool, async (tx) => {
      const state = (await lockBulkOperation(tx, operation.id))?.state;
      if (state === 'running' && items.length === BATCH)
        return deferTask(tx, task, (BATCH * MINUTE_MS) / operation.perMinute);
      if (state === 'running') await setBulkState(tx, operation.id, { state: 'done', finishedAt: context.now() });
      await completeTask(tx, task);
    });
  };
}

/** The first item keeps failing, a bug: it is skipped with its explanation, and the operation goes on afresh. */
async function setAside(context: UseCaseContext, task: Task, item: PendingItem | undefined): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await completeTask(tx, task);
    if (item !== undefined)
      await settleBulkItem(tx, task.subject, item.position, {
        ruleId: gatewayRules.unexpected.id,
        at: context.now(),
      });
    await addTask(tx, { kind: 'bulk', subject: task.subject, orderKey: `bulk:${task.subject}` });
  });
}

/** `false` when the operation is not running any more. A second run of the same item finds it settled. */
async function runItem(
  context: UseCaseContext,
  reRead: ReRead,
  task: Task,
  { position, subject }: PendingItem,
): Promise<boolean> {
  return transaction(context.pool, async (tx) => {
    await holdTask(tx, task);
    const operation = await bulkOperationById(tx, task.subject);
    if (operation?.state !== 'running') return false;
    if (!(await lockPendingItem(tx, operation.id, position))) return true;
    const done =
      operation.action === 're-read'
        ? await reRead(tx, context, Number(subject))
        : await runOnDocument(tx, context, operation, subject);
    const ruleId = done.ok ? null : done.refusal.rule.id;
    await settleBulkItem(tx, operation.id, position, { ruleId, at: context.now() });
    return true;
  });
}

async function runOnDocument(
  tx: Db,
  context: UseCaseContext,
  operation: BulkOperation,
  documentId: string,
): Promise<Result<void>> {
  const held = await hold(tx, documentId);
  return held === undefined ? refuse(apiRules.notFound) : act(tx, context, operation, held);
}

function act(tx: Db, context: UseCaseContext, operation: BulkOperation, held: Held): Promise<Result<void>> {
  const { action, correction, reason } = operation;
  const actor = signature(operation);
  switch (action) {
    case 'take-up':
      return takeUp(tx, context, held, actor);
    case 'correct':
      return correctAndTakeUp(tx, context, held, { correction: correction ?? {}, actor });
    case 'withdraw':
      return withdraw(tx, context, held, { actor, reason });
    case 'verify':
      return verifyAtDmp(tx, context, held, actor);
    case 're-read':
      throw new Error('messages are read again by the intake');
  }
}

/** Who stands in each document's timeline. */
function signature({ id, preparedBy, approvedBy }: BulkOperation): string {
  const people = approvedBy === null ? preparedBy : `${preparedBy}, approuvé par ${approvedBy}`;
  return `${people} (opération ${id})`;
}
