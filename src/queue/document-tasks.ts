/** The work of a document: behind what its chain already waits for, in the turn of its establishment. */
import type { Db } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { addTask } from './tasks.ts';

type Placed = Pick<DocumentRecord, 'uniqueId' | 'chainKey' | 'eg'>;

/** To be matched, gated and prepared, in the caller's transaction. */
export function addDocumentTask(tx: Db, document: Placed & Pick<DocumentRecord, 'id'>): Promise<void> {
  const { id, eg } = document;
  return addTask(tx, { kind: 'document', subject: id, orderKey: orderKeyOf('document', document), eg });
}

/** Its delivery is to be sent, or asked for at the destination; both stand in one order. */
export function addDeliveryTask(
  tx: Db,
  kind: 'deliver' | 'reconcile',
  document: Placed,
  deliveryId: string,
  delayMs = 0,
): Promise<void> {
  const orderKey = orderKeyOf('deliver', document);
  return addTask(tx, { kind, subject: deliveryId, orderKey, eg: document.eg, delayMs });
}

/** A mail of MSSanté is to be looked at: its gate, then its sending. */
export function addMailTask(tx: Db, { id, eg, orderKey }: { id: string; eg: string; orderKey: string }): Promise<void> {
  return addTask(tx, { kind: 'mail', subject: id, orderKey: `mail:${orderKey}`, eg });
}

/** The chain of the document, so that no version overtakes another. */
function orderKeyOf(step: 'document' | 'deliver', { chainKey, uniqueId }: Placed): string {
  return `${step}:${chainKey ?? uniqueId}`;
}
