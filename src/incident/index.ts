/** The incident of a document, as a file ready to be given to whoever supports what refused it. */
import { submittedCda } from '../documents/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { loadMessage } from '../store/messages.ts';
import { incidentOf } from './incident.ts';
import { incidentText } from './incident-text.ts';
import { createMasker } from './mask.ts';
import { traitsOf } from './traits.ts';
import { zipped } from './zip.ts';

export { callsAbout } from './incident.ts';

export async function incidentFile(
  context: UseCaseContext,
  document: DocumentRecord,
): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const message = await loadMessage(context.pool, document.messageId);
  // Not built yet, or gone by a retention rule: its header then says nothing that the message did not.
  const cda = await submittedCda(context.pool, document);
  const masker = createMasker(
    await traitsOf(context, document, { message, cda: cda.ok ? cda.value.bytes : undefined }),
  );
  const incident = await incidentOf(context, document, message, masker);
  const bytes = await zipped([
    ['incident.txt', incidentText(incident)],
    ['incident.json', `${JSON.stringify(incident, undefined, 2)}\n`],
  ]);
  return { name: `incident-${document.id.slice(0, 8)}.zip`, bytes };
}
