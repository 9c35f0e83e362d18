/** What a hospital's software sends about a person: an admission, a raw PDF, a CDA. */
import { randomUUID } from 'node:crypto';
import { DEMO_EG, DEMO_IPP_DOMAIN, DEMO_SENDER } from '../../src/demo/structure.ts';
import { parseDocumentUniqueId, parseIpp } from '../../src/ins/identifiers.ts';
import { parseOid } from '../../src/ins/oids.ts';
import { buildLevelOneCda, type LevelOneDocument } from '../../src/wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity, valueOfResult } from '../../src/wire/cda/cda.fixture.ts';
import {
  buildAdmission,
  buildDocumentMessage,
  buildResultMessage,
  type SampleAdmission,
  type SampleDocument,
  type SamplePatient,
} from '../../src/wire/hl7v2/sample-messages.ts';
import { hl7Timestamp } from '../../src/wire/hl7v2/timestamp.ts';
import { renderLetter } from '../../src/wire/pdf/letter.ts';
import type { Person } from './people.fixture.ts';

export interface Sent {
  /** MSH-10. */
  readonly controlId: string;
  readonly bytes: Buffer;
}

const TO = { application: 'TRAITDUNION', facility: 'CH-DEMO' };
const LETTER_TYPE = { code: '11490-0', label: 'Lettre de liaison à la sortie' };

function patientOf(person: Person): SamplePatient {
  const { ipp, birthName, firstGivenName, birthGivenNames, sex, birthDate, birthPlace } = person;
  return {
    ipp,
    domain: { namespace: 'CH-DEMO', oid: DEMO_IPP_DOMAIN },
    birthName,
    firstGivenName,
    birthGivenNames,
    sex,
    birthDate: birthDate.replaceAll('-', ''),
    birthPlace,
  };
}

type AdmissionParts = Partial<Omit<SampleAdmission, 'patient'>> & { readonly patient?: Partial<SamplePatient> };

/** ADT^A01, VALI with an identity card (ZFD-7 `CN`), unless told. */
export function admission(person: Person, { patient, ...parts }: AdmissionParts = {}): Sent {
  const at = hl7Timestamp(new Date());
  const controlId = parts.controlId ?? randomUUID();
  const bytes = buildAdmission({
    from: { application: 'GAM-TEST', facility: 'CH-DEMO' },
    to: TO,
    sentAt: at,
    event: 'A01',
    visit: { patientClass: 'I', number: `S${person.ipp}`, unit: 'MED A', admittedAt: at },
    proof: { deviceType: 'CN' },
    ...parts,
    controlId,
    patient: { ...patientOf(person), status: 'VALI', ...patient },
  });
  return { controlId, bytes };
}

type DocumentParts = Partial<Omit<SampleDocument, 'patient'>> & { readonly patient?: Partial<SamplePatient> };

/** MDM^T02 with a letter in PDF and no CI-SIS profile, unless told. */
export async function pdfMessage(person: Person, parts: DocumentParts = {}): Promise<Sent> {
  return documentMessage(person, { content: await letterPdf(), ...parts });
}

/** MDM^T02 of the CI-SIS profile 2.1 with a CDA. */
export function cdaMessage(person: Person, cda: Uint8Array, uniqueId: string, parts: DocumentParts = {}): Sent {
  return documentMessage(person, {
    profile: 'cisis',
    number: uniqueId,
    mime: ['text', 'XML'],
    content: cda,
    ...parts,
  });
}

function documentMessage(person: Person, { patient, ...parts }: DocumentParts & { content: Uint8Array }): Sent {
  const at = hl7Timestamp(new Date());
  const controlId = parts.controlId ?? randomUUID();
  const bytes = buildDocumentMessage({
    from: { application: 'DPI-TEST', facility: 'CH-DEMO' },
    to: TO,
    sentAt: at,
    kind: 'create',
    profile: 'raw',
    visit: { patientClass: 'I', number: `S${person.ipp}`, unit: 'MED A', admittedAt: at, dischargedAt: at },
    type: LETTER_TYPE,
    number: `L-${controlId.slice(0, 8)}`,
    title: LETTER_TYPE.label,
    writtenAt: at,
    mime: ['application', 'pdf'],
    sender: DEMO_SENDER,
    ...parts,
    controlId,
    patient: { ...patientOf(person), ...patient },
  });
  return { controlId, bytes };
}

/** ORU^R01 of the CI-SIS profile 2.1 with these CDAs. */
export function reportMessage(person: Person, contents: readonly Uint8Array[]): Sent {
  const at = hl7Timestamp(new Date());
  const controlId = randomUUID();
  const bytes = buildResultMessage({
    from: { application: 'LABO-TEST', facility: 'CH-DEMO' },
    to: TO,
    sentAt: at,
    kind: 'create',
    profile: 'cisis',
    visit: { patientClass: 'I', number: `S${person.ipp}`, unit: 'MED A', admittedAt: at },
    type: LETTER_TYPE,
    orderNumber: `B-${controlId.slice(0, 8)}`,
    writtenAt: at,
    mime: ['text', 'XML'],
    contents,
    sender: DEMO_SENDER,
    controlId,
    patient: patientOf(person),
  });
  return { controlId, bytes };
}

let letter: Promise<Uint8Array> | undefined;

/** One page that leaves room for the banner. */
export function letterPdf(): Promise<Uint8Array> {
  letter ??= letterSaying('Bilan programmé, sans particularité. Texte fictif.');
  return letter;
}

/** Another letter. */
/** `version`: another one says something else, or it would not be sent (TDU-POL-006). */
export function otherPdf(version = ''): Promise<Uint8Array> {
  return letterSaying(`Consultation de contrôle. Texte fictif. ${version}`.trim());
}

function letterSaying(text: string): Promise<Uint8Array> {
  return renderLetter({
    title: LETTER_TYPE.label,
    sender: ['Hôpital des Essais', 'Service de médecine A'],
    recipient: ['Docteur Alice DURAND'],
    placeAndDate: 'Le 23 novembre 2026',
    paragraphs: ['Chère consœur,', '# Motif du séjour', text],
    signature: ['Docteur Claire MARTIN'],
  });
}

let minted = 0;

/** A fresh OID under the root of a sender that names its own documents. */
export function newUniqueId(): string {
  minted += 1;
  return `1.2.250.1.999.1.1.${Date.now()}.${minted}`;
}

/** A level-1 CDA of this person as a DPI would produce it, of the demonstration's hospital. */
export function cdaOf(person: Person, uniqueId: string, parts: Partial<LevelOneDocument> = {}): Buffer {
  const { ipp, ...traits } = person;
  const structure = { id: `1${DEMO_EG}`, name: 'Hôpital des Essais' };
  const model = levelOneDocument();
  return buildLevelOneCda({
    ...model,
    uniqueId: valueOfResult(parseDocumentUniqueId(uniqueId)),
    setId: { root: uniqueId },
    patient: qualifiedIdentity(traits),
    ipp: { value: valueOfResult(parseIpp(ipp)), domain: valueOfResult(parseOid(DEMO_IPP_DOMAIN)) },
    custodian: structure,
    authors: [{ ...model.authors[0], structure }],
    legalAuthenticator: { ...model.legalAuthenticator, structure },
    act: { ...model.act, structure },
    ...parts,
  });
}

/** The message with one place changed, byte for byte elsewhere. Throws when there is no such place. */
export function altered(sent: Sent, place: string | RegExp, by: string): Sent {
  const text = sent.bytes.toString('latin1');
  const changed = text.replace(place, by);
  if (changed === text) throw new Error(`nothing to change at ${place}`);
  return { ...sent, bytes: Buffer.from(changed, 'latin1') };
}
