/** A document meets the tables: it is described by rows, or waits for some, in the transaction that says so. */
import type { UseCaseContext } from '../queue/context.ts';
import type { Db } from '../store/db.ts';
import { type DocumentRecord, setDocumentDescription } from '../store/documents.ts';
import { lockMappings, putDocumentMappings } from '../store/mappings.ts';
import { putUnmappedValues } from '../store/unmapped-values.ts';
import { type Resolution, resolveLocalValues } from './resolve.ts';

/**
 * Notes what is missing. False when a row came since the document was looked at: it must be looked at again. The lock
 * makes the two cases exhaustive (see `lockMappings`).
 */
export async function awaitMappings(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  { missing }: Resolution,
): Promise<boolean> {
  if (missing.length === 0) {
    // A document that never waited has nothing at the desk: the usual one costs no statement here.
    if (document.state === 'waiting' && document.notice.local !== undefined)
      await putUnmappedValues(tx, document.id, []);
    return true;
  }
  await lockMappings(tx, 'shared');
  const now = await resolveLocalValues(tx, context, document);
  if (now.missing.length < missing.length) return false;
  await putUnmappedValues(tx, document.id, missing);
  return true;
}

/** The document takes the type and the entity in national terms, and remembers which rows gave them. */
export async function adoptMappings(tx: Db, before: DocumentRecord, resolution: Resolution): Promise<void> {
  const { document } = resolution;
  if (document.typeCode !== before.typeCode || document.eg !== before.eg)
    await setDocumentDescription(tx, document.id, document);
  await recordMappings(tx, document.id, resolution);
}

/** Which rows gave a document its national terms. */
export async function recordMappings(tx: Db, documentId: string, { used }: Resolution): Promise<void> {
  if (used.length > 0) await putDocumentMappings(tx, documentId, used);
}
