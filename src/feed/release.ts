/** Handler of the `release` tasks: an identity changed, its waiting documents are looked at again. */
import type { UseCaseContext } from '../queue/context.ts';
import { addTask, completeTask, type Task } from '../queue/tasks.ts';
import { orderKeyOf } from '../store/chains.ts';
import { transaction } from '../store/db.ts';
import { documentsWaitingFor } from '../store/documents.ts';

export function releaseTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  return async (task) => {
    await transaction(context.pool, async (tx) => {
      await completeTask(tx, task);
      for (const document of await documentsWaitingFor(tx, task.subject))
        await addTask(tx, {
          kind: 'document',
          subject: document.id,
          orderKey: orderKeyOf('document', document),
          eg: document.eg,
        });
    });
  };
}
