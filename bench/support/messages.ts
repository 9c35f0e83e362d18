/** Synthetic messages of the sizes of performance.md: ADT of 1.6 KB, MDM of 200 KB. No such patient exists. */
import { randomBytes } from 'node:crypto';
import { DEMO_IPP_DOMAIN, DEMO_SENDER } from '../../src/demo/structure.ts';
import { buildAdmission, buildDocumentMessage, type SamplePatient } from '../../src/wire/hl7v2/sample-messages.ts';

/** Stands for what changes from one message to the next: MSH-10, the IPP, the visit, the document. Same width for all. */
const ID = 'M000000000';
const SENT_AT = '20261102083000+0100';
const ENVELOPE = {
  from: { application: 'ESSAI', facility: 'CH-DEMO' },
  to: { application: 'TRAITDUNION', facility: 'CH-DEMO' },
  controlId: ID,
  sentAt: SENT_AT,
};
const PATIENT: SamplePatient = {
  ipp: ID,
  domain: { namespace: 'CH-DEMO', oid: DEMO_IPP_DOMAIN },
  birthName: 'ESSAI-VITESSE',
  firstGivenName: 'CAMILLE',
  birthGivenNames: 'CAMILLE JEANNE',
  birthDate: '19700530',
  sex: 'F',
  birthPlace: '88154',
  status: 'VALI',
};
const VISIT = { patientClass: 'I', number: ID, unit: 'MED A', admittedAt: SENT_AT };
/** What the bytes of an ADT are besides the patient: observations and notes that nobody here reads. */
const OTHER_SEGMENTS = [
  'OBX|1|ST|8302-2^Taille^LN||172|cm|||||F|||20261102',
  'OBX|2|ST|29463-7^Poids^LN||71|kg|||||F|||20261102',
  `NTE|1||${'Commentaire administratif de séjour. '.repeat(20)}`,
];

export type MessageKind = 'adt' | 'mdm';

/** A message in which only the identifier changes. */
export interface Template {
  readonly bytes: number;
  /** The message with its next identifier, in its MLLP block. Never twice the same. */
  next(): Buffer;
}

/** `first`: where the identifiers start, so that two loads of one run never send the same message. */
export function template(kind: MessageKind, first: number): Template {
  const message = kind === 'adt' ? admission() : document(randomPdf(150_000));
  const framed = Buffer.concat([Buffer.of(0x0b), message, Buffer.of(0x1c, 0x0d)]);
  const offsets = offsetsOf(framed, ID);
  let serial = first;
  return {
    bytes: message.length,
    next: () => {
      const copy = Buffer.from(framed);
      const id = `M${String(++serial).padStart(9, '0')}`;
      for (const offset of offsets) copy.write(id, offset, 'latin1');
      return copy;
    },
  };
}

/** An ADT^A01 of about 1.6 KB. */
export function admission(): Buffer {
  const base = buildAdmission({
    ...ENVELOPE,
    event: 'A01',
    patient: PATIENT,
    visit: VISIT,
    proof: { deviceType: 'CN', obtainedBy: 'SM' },
    consent: { feeding: 'INO', consultation: 'IC' },
  });
  return Buffer.concat([base, Buffer.from(OTHER_SEGMENTS.map((segment) => `${segment}\r`).join(''), 'utf8')]);
}

/** An MDM^T02 with one PDF; 150 000 bytes of PDF make 200 KB on the wire. */
export function document(pdf: Buffer): Buffer {
  return buildDocumentMessage({
    ...ENVELOPE,
    kind: 'create',
    profile: 'raw',
    patient: PATIENT,
    visit: VISIT,
    type: { code: '11490-0', label: 'Lettre de liaison à la sortie' },
    number: ID,
    title: 'Lettre de liaison à la sortie',
    writtenAt: SENT_AT,
    content: pdf,
    mime: ['application', 'pdf'],
    sender: DEMO_SENDER,
  });
}

/** Incompressible, and a PDF by its first bytes alone: the door does not look further. */
export function randomPdf(bytes: number): Buffer {
  return Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(bytes - 9)]);
}

/** Identifiers stand at the head: the document itself is not searched. */
function offsetsOf(framed: Buffer, id: string): number[] {
  const head = framed.subarray(0, 4_000);
  const offsets: number[] = [];
  for (let at = head.indexOf(id); at >= 0; at = head.indexOf(id, at + 1)) offsets.push(at);
  return offsets;
}
