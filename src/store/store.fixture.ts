/** A migrated database for one test, and rows to put in it: one identity, one message with its document and delivery. */
import { createHash, randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { createTestDatabase } from '../../test/support/database.ts';
import { openPool, type Pool } from './db.ts';
import { type DocumentRecord, insertWithDelivery, STANDS_ALONE, TO_THE_DMP_ALONE } from './documents.ts';
import type { IdentityRecord } from './identities.ts';
import { storeMessage } from './messages.ts';
import { migrateUrl } from './migrate.testing.ts';

export const AT = new Date('2026-03-02T08:00:00Z');

export interface TestPlace {
  readonly pool: Pool;
  readonly url: string;
  /** To stop before the pool and the database go: hooks of a test run in the order in which they were set. */
  readonly beforeClose: (() => Promise<unknown>)[];
}

/** Its own database; pool and database go with the test. */
export async function testPool(t: TestContext): Promise<TestPlace> {
  const database = await createTestDatabase(migrateUrl);
  const pool = openPool(database.url, 8, () => undefined);
  const beforeClose: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const stop of beforeClose) await stop();
    await pool.end();
    await database.drop();
  });
  return { pool, url: database.url, beforeClose };
}

/** PAT-TROIS DOMINIQUE, checked with a device and qualified, with other columns where given. */
export function identityRecord(changed: Partial<IdentityRecord> = {}): IdentityRecord {
  return {
    id: randomUUID(),
    version: 1,
    mirror: false,
    active: true,
    mergedInto: null,
    status: 'QUAL',
    homonyme: false,
    douteuse: false,
    fictive: false,
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    birthGivenNames: 'DOMINIQUE MARIE-LOUISE',
    sex: 'F',
    birthDate: '1979-03-28',
    birthDateInterpreted: false,
    birthDateAsGiven: null,
    birthPlace: '51215',
    usedName: null,
    usedGivenName: null,
    matricule: '279035121518989',
    oid: '1.2.250.1.213.1.4.10',
    insObtainedAt: AT,
    insMode: 'INSI',
    insDoubt: null,
    insiHistory: null,
    insiTraits: null,
    deviceType: 'CN',
    deviceCheckedAt: AT,
    deviceCheckedBy: 'source:GAM',
    insiState: 'settled',
    insiRuleId: null,
    insiAskedAt: AT,
    discrepancy: null,
    feedOpposition: false,
    informedAt: null,
    informedBy: null,
    anonymous: false,
    noInsReason: null,
    dmpState: null,
    dmpStateAt: null,
    frozenAt: null,
    createdAt: AT,
    updatedAt: AT,
    ...changed,
  };
}

export function documentRecord(changed: Partial<DocumentRecord> & Pick<DocumentRecord, 'messageId'>): DocumentRecord {
  return {
    id: randomUUID(),
    receivedAt: AT,
    eg: '990000028',
    ej: '990000010',
    sender: 'DPI|CH',
    controlId: 'C-1',
    part: 1,
    kind: 'raw',
    action: 'create',
    ...STANDS_ALONE,
    ...TO_THE_DMP_ALONE,
    mimeType: 'application/pdf',
    ipp: 'IPP1',
    ippDomain: '1.2.3.4',
    identityId: null,
    uniqueId: '1.2.3.4.5',
    typeCode: '11490-0',
    title: 'Lettre',
    notice: {
      patient: { birthName: 'PAT-TROIS', firstGivenName: 'DOMINIQUE', sex: 'F', birthDate: '19790328' },
      createdAt: '20260302080000+0100',
      serviceStart: '20260302080000+0100',
      visibility: { maskedFromProfessionals: false, invisibleToPatient: false, invisibleToRepresentatives: false },
      toDmp: true,
    },
    state: 'received',
    ruleId: null,
    detail: null,
    updatedAt: AT,
    ...changed,
  };
}

/** Stores a message; undefined when the same one is already there. */
export function putMessage(pool: Pool, controlId: string, text = controlId): Promise<number | undefined> {
  const body = Buffer.from(text);
  return storeMessage(pool, {
    receivedAt: AT,
    transport: 'mllp',
    peer: '127.0.0.1',
    sender: 'DPI|CH',
    controlId,
    digest: createHash('sha256').update(body).digest(),
    kind: 'MDM^T02',
    body,
  });
}

/** A row of a document as just received, with its delivery. False when its uniqueId is already alive. */
export async function insertDocument(
  pool: Pool,
  document: DocumentRecord,
  deliveryId: string = randomUUID(),
): Promise<boolean> {
  const { receivedAt: at } = document;
  const delivery = { id: deliveryId, destination: 'DMP', state: 'waiting', at } as const;
  return insertWithDelivery(pool, document, delivery, [{ at, step: 'received', ruleId: null, detail: null }]);
}

/** A document received and waiting, with its message and its delivery. */
export async function putDocument(
  pool: Pool,
  controlId: string,
  uniqueId: string,
): Promise<{ document: DocumentRecord; deliveryId: string }> {
  const messageId = await putMessage(pool, controlId);
  if (messageId === undefined) throw new Error(`message ${controlId} is already stored`);
  const document = documentRecord({ messageId, controlId, uniqueId });
  const deliveryId = randomUUID();
  if (!(await insertDocument(pool, document, deliveryId))) throw new Error(`uniqueId ${uniqueId} is already alive`);
  return { document, deliveryId };
}
