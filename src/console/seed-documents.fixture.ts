/** Documents for the tests of the console, each with its message, its path and its delivery. */
import { createHash, randomUUID } from 'node:crypto';
import type { UseCaseContext } from '../queue/context.ts';
import { insertAnswer } from '../store/answers.ts';
import { putBuiltCda } from '../store/built-cda.ts';
import { freezeSending, setDeliveryState } from '../store/deliveries.ts';
import {
  addDocumentEvent,
  type DocumentDeclaration,
  type DocumentRecord,
  STANDS_ALONE,
  setDocumentState,
  TO_THE_DMP_ALONE,
} from '../store/documents.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { storeMessage } from '../store/messages.ts';
import { insertDocument } from '../store/store.fixture.ts';
import { DOMAIN } from './seed-patients.fixture.ts';

interface DocumentSeed {
  readonly patient: IdentityRecord;
  readonly ipp: string;
  readonly title: string;
  readonly minutes: number;
  readonly state: DocumentRecord['state'];
  readonly ruleId?: string;
  readonly detail?: string;
  readonly content?: Uint8Array;
}

const SENDER = 'DPI|HOPITAL';

/** The message that brings the document, as a REST submission keeps it. */
async function storeSubmission(
  pool: UseCaseContext['pool'],
  seed: DocumentSeed,
  arrival: { receivedAt: Date; eg: string; controlId: string },
) {
  const content = Buffer.from(seed.content ?? new TextEncoder().encode('Bonjour')).toString('base64');
  const mimeType = seed.content === undefined ? 'text/plain' : 'application/pdf';
  const body = Buffer.from(JSON.stringify({ content, mimeType }));
  const digest = createHash('sha256').update(body).update(arrival.controlId).digest();
  const how = { transport: 'mllps', peer: '10.0.0.7', sender: SENDER, kind: 'REST^document' } as const;
  const messageId = await storeMessage(pool, { ...arrival, ...how, digest, body });
  if (messageId === undefined) throw new Error('the seed stored the same message twice');
  return { messageId, part: 1, mimeType };
}

function declared({ patient, state }: DocumentSeed): DocumentDeclaration {
  const { birthName, firstGivenName, sex, birthDate } = patient;
  return {
    patient: { birthName, firstGivenName, sex, birthDate: birthDate.replaceAll('-', '') },
    author: { id: '801234567897', family: 'MARTIN', given: 'CLAIRE' },
    createdAt: '20261123100000+0100',
    serviceStart: '20261123090000+0100',
    visibility: {
      maskedFromProfessionals: false,
      invisibleToPatient: state === 'unknown',
      invisibleToRepresentatives: false,
    },
    toDmp: true,
  };
}

export async function seedDocument(
  { pool, now }: UseCaseContext,
  eg: string,
  seed: DocumentSeed,
): Promise<DocumentRecord> {
  const receivedAt = new Date(now().getTime() - seed.minutes * 60_000);
  const id = randomUUID();
  const controlId = `MSG-${id.slice(0, 8)}`;
  const record: DocumentRecord = {
    id,
    ...(await storeSubmission(pool, seed, { receivedAt, eg, controlId })),
    receivedAt,
    eg,
    ej: '990000010',
    sender: SENDER,
    controlId,
    kind: 'raw',
    action: 'create',
    ...STANDS_ALONE,
    ...TO_THE_DMP_ALONE,
    ipp: seed.ipp,
    ippDomain: DOMAIN,
    identityId: seed.patient.id,
    uniqueId: `1.2.3.4.567.8.9.20.${BigInt(`0x${id.replaceAll('-', '')}`)}`,
    typeCode: '11490-0',
    title: seed.title,
    notice: declared(seed),
    state: seed.state,
    ruleId: seed.ruleId ?? null,
    detail: seed.detail ?? null,
    updatedAt: receivedAt,
  };
  const deliveryId = randomUUID();
  await insertDocument(pool, record, deliveryId);
  await addDocumentEvent(pool, id, { at: new Date(receivedAt.getTime() + 14), step: 'matched' });
  await seedDelivery(pool, record, deliveryId);
  return record;
}

async function seedDelivery(
  pool: UseCaseContext['pool'],
  { id, receivedAt, state, ruleId, detail }: DocumentRecord,
  deliveryId: string,
): Promise<void> {
  const at = (ms: number): Date => new Date(receivedAt.getTime() + ms);
  if (state === 'accepted' || state === 'unknown') {
    await addDocumentEvent(pool, id, { at: at(260), step: 'prepared' });
    const sending = {
      submissionUniqueId: '1.2.3.4.567.8.9.30.1',
      matricule: '279035121518989',
      oid: '1.2.250.1.213.1.4.10',
      at: at(300),
    };
    await freezeSending(pool, deliveryId, sending, id);
    await setDocumentState(pool, id, { state, ruleId, detail, at: receivedAt });
  }
  if (state === 'received' || state === 'unreadable' || state === 'replaced' || state === 'deleted') return;
  await setDeliveryState(pool, deliveryId, {
    state,
    ruleId,
    detail,
    at: at(1_100),
    ...(state === 'accepted' && { outcome: { warnings: ['XDSExtraMetadataNotSaved'] } }),
  });
  await addDocumentEvent(pool, id, { at: at(1_100), step: state, ruleId, detail });
  if (state !== 'accepted') return;
  const er7 = `MSH|^~\\&|TRAITDUNION|DEMO|DPI|HOPITAL|20261123140500||ZAM^Z01|${id}|P|2.5\rMSA|AA|${id.slice(0, 8)}\r`;
  const answer = {
    id: randomUUID(),
    documentId: id,
    kind: 'ZAM^Z01',
    er7: Buffer.from(er7),
    state: 'delivered',
    at: at(1_120),
  } as const;
  await insertAnswer(pool, answer);
  await addDocumentEvent(pool, id, { at: at(1_180), step: 'answered', detail: 'delivered' });
}

/** A built CDA with only what the prepared form reads: its body. */
export async function giveBuiltCda({ pool }: UseCaseContext, documentId: string, pdf: Uint8Array): Promise<void> {
  const body = `<text mediaType="application/pdf" representation="B64">${Buffer.from(pdf).toString('base64')}</text>`;
  const cda = `<ClinicalDocument xmlns="urn:hl7-org:v3"><component><nonXMLBody>${body}</nonXMLBody></component></ClinicalDocument>`;
  await putBuiltCda(pool, documentId, Buffer.from(cda));
}
