/** Handler of the `release` tasks: an identity changed, its waiting documents are looked at again. */
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask } from '../queue/document-tasks.ts';
import { completeTask, type Task } from '../queue/tasks.ts';
import { transaction } from '../store/db.ts';
import { documentsWaitingFor } from '../store/documents.ts';

export function releaseTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  return async (task) => {
    await transaction(context.pool, async (tx) => {
      await completeTask(tx, task);
      for (const document of await documentsWaitingFor(tx, task.subject)) await addDocumentTask(tx, document);
    });
  };
}
