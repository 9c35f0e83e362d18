/**
 * What was read and checked of a document when it was prepared, for its sending by the same process an instant later: it
 * need not be read again. Under lock, the sending still makes sure that nothing of it has changed (`freeze`).
 */
import type { QualifiedIdentity } from '../ins/types.ts';
import type { DeliveryRecord } from '../store/deliveries.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { CdaHeader } from '../wire/cda/header.ts';

/** A prepared document that no other version waits for or stands before: rows, patient, CDA with its header. */
export interface Carried {
  readonly document: DocumentRecord;
  readonly delivery: DeliveryRecord;
  readonly identity: IdentityRecord;
  readonly patient: QualifiedIdentity;
  readonly bytes: Buffer;
  /** Absent of what is no CDA. */
  readonly header: CdaHeader | undefined;
}

/** Later it is looked at anew: another identity may have got its local number, a setting may have changed. */
const FRESH_FOR_MS = 10_000;
/** Their bytes are held meanwhile. */
const MOST_BYTES = 16 * 1024 * 1024;

/** By delivery, oldest first. */
const carried = new Map<string, Carried>();
let total = 0;

export function carry(what: Carried): void {
  carried.set(what.delivery.id, what);
  total += what.bytes.length;
  for (const oldest of carried.keys()) {
    if (total <= MOST_BYTES) break;
    drop(oldest);
  }
}

/** Once: a second attempt, or a process that did not prepare it, reads everything from the database. */
export function takeCarried(deliveryId: string, now: Date): Carried | undefined {
  const what = drop(deliveryId);
  const age = what === undefined ? 0 : now.getTime() - what.delivery.updatedAt.getTime();
  return age >= 0 && age <= FRESH_FOR_MS ? what : undefined;
}

function drop(deliveryId: string): Carried | undefined {
  const what = carried.get(deliveryId);
  carried.delete(deliveryId);
  total -= what?.bytes.length ?? 0;
  return what;
}
