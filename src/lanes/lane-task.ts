/** Handler of the `lane` tasks: a flow changed lane. The documents that wait for it are decided again, each by its own task. */
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask } from '../queue/document-tasks.ts';
import { addTask, completeTask, type Task } from '../queue/tasks.ts';
import { transaction } from '../store/db.ts';
import { documentsOfFlowWaiting } from '../store/lanes.ts';

/** Documents of one transaction. */
const AT_A_TIME = 500;

/** `subject`: the flow, then the last document that an earlier turn called. */
export function laneTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  return async (task) => {
    const [flowId = '', after] = task.subject.split('/');
    await transaction(context.pool, async (tx) => {
      await completeTask(tx, task);
      const waiting = await documentsOfFlowWaiting(tx, flowId, after ?? null, AT_A_TIME);
      for (const document of waiting) await addDocumentTask(tx, document);
      const last = waiting.at(-1);
      if (last !== undefined && waiting.length === AT_A_TIME)
        await addTask(tx, { kind: 'lane', subject: `${flowId}/${last.id}` });
    });
  };
}
