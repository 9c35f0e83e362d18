/** Handler of the `mapping` tasks: a value was mapped, the documents that wait for it are looked at again, in batches. */
import { z } from 'zod';
import type { UseCaseContext } from '../queue/context.ts';
import { addDocumentTask } from '../queue/document-tasks.ts';
import { addTask, completeTask, type Task } from '../queue/tasks.ts';
import { type Db, transaction } from '../store/db.ts';
import type { MappingKind } from '../store/mappings.ts';
import { documentsAwaiting } from '../store/unmapped-values.ts';

/** Documents of one transaction: thousands may wait for one value, and none of them is held while it runs. */
const BATCH = 200;

const subject = z.object({
  kind: z.enum(['types', 'units', 'authors']),
  localValue: z.string(),
  after: z.string().nullable(),
});

/** In the transaction that records the row. */
export async function releaseAwaiting(tx: Db, kind: MappingKind, localValue: string): Promise<void> {
  await addTask(tx, { kind: 'mapping', subject: JSON.stringify({ kind, localValue, after: null }) });
}

export function mappingTaskHandler(context: UseCaseContext): (task: Task) => Promise<void> {
  return async (task) => {
    const value = subject.parse(JSON.parse(task.subject));
    await transaction(context.pool, async (tx) => {
      await completeTask(tx, task);
      const documents = await documentsAwaiting(tx, value, BATCH);
      for (const document of documents) await addDocumentTask(tx, document);
      const last = documents[BATCH - 1];
      if (last !== undefined)
        await addTask(tx, { kind: 'mapping', subject: JSON.stringify({ ...value, after: last.id }) });
    });
  };
}
