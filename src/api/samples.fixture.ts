/** What the tests of the API record: a patient, documents of both establishments, a refused message. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { DEMO_EG, DEMO_EJ, DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { mergeRecords } from '../identity/index.ts';
import { createCommitter, receiveFrame } from '../intake/index.ts';
import { transaction } from '../store/db.ts';
import { insertMail } from '../store/mails.ts';
import { addLedgerEntry, sealChain } from '../store/proofs.ts';
import { type Answer, type ApiBench, fieldOf, SENDERS } from './api.fixture.ts';

export const TEXT = 'Compte rendu fictif, sans rapport avec une personne réelle.';

export function patientBody(ipp: string, parts: object = {}): object {
  return {
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    birthGivenNames: 'DOMINIQUE MARIE-LOUISE',
    sex: 'F',
    birthDate: '1979-03-28',
    birthPlace: '51215',
    identifiers: [{ value: ipp, domain: DEMO_IPP_DOMAIN, type: 'PI' }],
    ...parts,
  };
}

/** What a desk read on the Vitale card of the sample patient. */
export function cardBody(): object {
  return { insured: '279035121518989', birthDate: '1979-03-28', birthRank: 1 };
}

export async function createPatient(bench: ApiBench, ipp: string, parts: object = {}): Promise<string> {
  const answer = await bench.call('POST', '/patients', { body: patientBody(ipp, parts) });
  assert.equal(answer.status, 201, answer.bytes.toString('utf8'));
  return fieldOf(answer, 'id');
}

/** A patient that was merged into another: the record that was closed. */
export async function createMergedPatient(bench: ApiBench, ipp: string): Promise<string> {
  const [survivorId, loserId] = [await createPatient(bench, `${ipp}-1`), await createPatient(bench, `${ipp}-2`)];
  const cause = { at: bench.context.now(), actor: 'user:essai', source: 'API' };
  const pair = { survivorId, loserId };
  const merged = await transaction(bench.context.pool, (tx) => mergeRecords(tx, bench.context, pair, cause));
  assert.ok(merged.ok);
  return loserId;
}

/** Somebody else who stood under the same record. */
export function splitBody(ipp: string): object {
  const { identifiers, ...person } = {
    ...(patientBody(ipp, { firstGivenName: 'LOUISE', birthGivenNames: 'LOUISE' }) as { identifiers: object[] }),
  };
  return { person, newIdentifiers: identifiers, reason: 'essai' };
}

export function documentBody(parts: object = {}): object {
  return {
    content: Buffer.from(TEXT).toString('base64'),
    mimeType: 'text/plain',
    typeCode: '11490-0',
    title: 'Lettre de liaison',
    ipp: 'IPP-1',
    ...parts,
  };
}

export function submit(bench: ApiBench, parts: object = {}): Promise<Answer> {
  return bench.call('POST', '/documents', { body: documentBody(parts) });
}

export async function createDocument(bench: ApiBench, parts: object = {}): Promise<string> {
  const answer = await submit(bench, parts);
  assert.equal(answer.status, 202, answer.bytes.toString('utf8'));
  return fieldOf(answer, 'id');
}

/** An HL7 message that the door refuses (unknown event) from the sender of this establishment. */
export async function refusedMessage(
  bench: ApiBench,
  controlId: string,
  eg: keyof typeof SENDERS = DEMO_EG,
): Promise<void> {
  const text = `MSH|^~\\&|${SENDERS[eg]}|CH-DEMO|TRAITDUNION|CH-DEMO|20261123080000||ADT^A99^ADT_A01|${controlId}|T|2.5|||||FRA|UNICODE UTF-8\rEVN||20261123080000\r`;
  const { pool } = bench.context;
  const door = { transport: 'mllp', committer: createCommitter(pool) } as const;
  await receiveFrame(bench.context, door, Buffer.from(text), { address: '127.0.0.1' });
}

/** A file of one patient for each number. */
export function patientsCsv(ipps: readonly string[]): string {
  const lines = ipps.map((ipp) => `PAT-TROIS;DOMINIQUE;F;1979-03-28;${ipp}`);
  return ['Nom de naissance;Premier prénom;Sexe;Date de naissance;IPP', ...lines, ''].join('\r\n');
}

/** As if the DMP had taken it, invisible to its patient. */
export async function acceptInvisible(pool: ApiBench['context']['pool'], documentId: string): Promise<void> {
  await pool.query(
    `update document set state = 'accepted', notice = jsonb_set(notice, '{visibility,invisibleToPatient}', 'true') where id = $1`,
    [documentId],
  );
}

/** A mail of a document that has not left: what can be asked for again. */
export async function addWaitingMail({ context }: ApiBench, document: string): Promise<void> {
  const recipients = [{ address: 'essai@essai.mssante.fr', name: null }];
  const mail = { id: randomUUID(), destination: 'MSSANTE-PS', messageId: `${document}@essai`, recipients } as const;
  await insertMail(context.pool, document, mail, new Date());
}

/** As if the DMP had accepted it, sealed. */
export async function proveOne({ context: { pool } }: ApiBench, documentId: string): Promise<void> {
  await addLedgerEntry(pool, {
    at: new Date(),
    ej: DEMO_EJ,
    eg: DEMO_EG,
    documentId,
    destination: 'DMP',
    act: 'acceptance',
    uniqueId: `1.2.3.${BigInt(`0x${documentId.replaceAll('-', '')}`)}`,
    typeCode: '11490-0',
    submissionUniqueId: '1.2.4',
    documentSha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    oid: '1.2.250.1.213.1.4.10',
  });
  await sealChain(pool, 'ledger');
}
