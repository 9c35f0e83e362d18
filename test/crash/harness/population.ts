/** The synthetic patients of a run and what each of them is sent: one admission, then documents. Nobody bears these numbers. */
import { createHash } from 'node:crypto';
import { DEMO_EG, DEMO_IPP_DOMAIN, DEMO_SENDER } from '../../../src/demo/structure.ts';
import { parseDocumentUniqueId, parseIpp } from '../../../src/ins/identifiers.ts';
import { matriculeKey } from '../../../src/ins/matricule.ts';
import { parseOid } from '../../../src/ins/oids.ts';
import { buildLevelOneCda } from '../../../src/wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity, valueOfResult } from '../../../src/wire/cda/cda.fixture.ts';
import { buildAdmission, buildDocumentMessage, type SamplePatient } from '../../../src/wire/hl7v2/sample-messages.ts';
import { renderLetter } from '../../../src/wire/pdf/letter.ts';

const TEST_OID = '1.2.250.1.213.1.4.10';
const SENT_AT = '20261102083000+0100';
const DOCUMENT_ROOT = '1.2.3.4.567.8.9.77';
const HOSPITAL = 'Hôpital des Essais';
const LETTER = { code: '11490-0', label: 'Lettre de liaison à la sortie' };
const TO = { application: 'TRAITDUNION', facility: 'CH-DEMO' };

/** A hospital of the run: its FINESS and the MSH-4 of its software. */
export interface Establishment {
  readonly eg: string;
  readonly facility: string;
}

/** The first one is the demonstration's. FINESS numbers in 99 belong to no French department. */
export function establishment(index: number): Establishment {
  if (index === 0) return { eg: DEMO_EG, facility: 'CH-DEMO' };
  const number = String(index).padStart(5, '0');
  return { eg: `9901${number}`, facility: `CH-${number}` };
}

/** A person as INSi knows it. */
export interface Person {
  readonly birthName: string;
  readonly birthGivenNames: string;
  readonly sex: 'M' | 'F';
  /** AAAA-MM-JJ */
  readonly birthDate: string;
  readonly birthPlace: string;
  readonly matricule: string;
  readonly oid: string;
}

export interface Outgoing {
  /** MSH-10, never used twice. */
  readonly controlId: string;
  /** Absent for an admission. */
  readonly document?: {
    /** Rank in the run. */
    readonly number: number;
    /** Told apart by its title, which the DMP keeps: only the versions of one document have the same. */
    readonly title: string;
    /** A later message replaces or deletes it. */
    readonly superseded?: true;
  };
  /** Only when its turn comes: a hundred thousand messages do not fit in memory. */
  readonly make: () => Made;
}

export interface Made {
  readonly bytes: Buffer;
  /** SHA-1 of a CDA that must go through byte-identical; absent when the gateway builds it. */
  readonly sha1?: string;
}

export interface Patient {
  readonly ipp: string;
  readonly person: Person;
  readonly at: Establishment;
}

export function patient(index: number, at: Establishment = establishment(0)): Patient {
  const sex = index % 2 === 0 ? 'F' : 'M';
  const year = 20 + (Math.floor(index / 900) % 80);
  const order = (index % 900) + 1;
  const nir = `${sex === 'F' ? 2 : 1}${year}0588154${String(order).padStart(3, '0')}`;
  return {
    ipp: `C${String(index).padStart(6, '0')}`,
    person: {
      birthName: `ESSAI-${letters(index)}`,
      birthGivenNames: 'CAMILLE',
      sex,
      birthDate: `19${year}-05-30`,
      birthPlace: '88154',
      matricule: `${nir}${String(matriculeKey(nir)).padStart(2, '0')}`,
      oid: TEST_OID,
    },
    at,
  };
}

/** A name has no digit. */
function letters(index: number): string {
  return [...String(index)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('');
}

function sample({ ipp, person }: Patient): SamplePatient {
  return {
    ipp,
    domain: { namespace: 'CH-DEMO', oid: DEMO_IPP_DOMAIN },
    birthName: person.birthName,
    firstGivenName: person.birthGivenNames,
    birthGivenNames: person.birthGivenNames,
    birthDate: person.birthDate.replaceAll('-', ''),
    sex: person.sex,
    birthPlace: person.birthPlace,
    status: 'VALI',
  };
}

/** One page that leaves room for the banner. */
export function letter(): Promise<Uint8Array> {
  return renderLetter({
    title: 'Essai de coupure',
    sender: ['Hôpital des Essais'],
    recipient: ['Docteur Alice DURAND'],
    placeAndDate: 'Le 02/11/2026',
    paragraphs: ['Courrier entièrement fictif.'],
    signature: ['Docteur Claire MARTIN'],
  });
}

export function admissionOf(of: Patient): Outgoing {
  const controlId = `A-${of.ipp}`;
  const make = (): Made => ({
    bytes: buildAdmission({
      from: { application: 'GAM-ESSAI', facility: of.at.facility },
      to: TO,
      controlId,
      sentAt: SENT_AT,
      event: 'A01',
      patient: sample(of),
      visit: { patientClass: 'I', number: `S${of.ipp}`, unit: 'MED A', admittedAt: SENT_AT },
      proof: { deviceType: 'CN', obtainedBy: 'SM' },
    }),
  });
  return { controlId, make };
}

/** Document `number` of the run: even ones are PDFs to stamp and wrap, odd ones CDAs to let through as they are. */
export function documentOf(of: Patient, number: number, pdf: Uint8Array): Outgoing {
  return versionOf(of, number, pdf, { kind: 'create', suffix: '' });
}

/** Document `number`, what replaces it, and the deletion of that: in the end nothing of it is alive. */
export function chainOf(of: Patient, number: number, pdf: Uint8Array): Outgoing[] {
  return [
    versionOf(of, number, pdf, { kind: 'create', suffix: '', superseded: true }),
    versionOf(of, number, pdf, { kind: 'replace', suffix: '-R', superseded: true }),
    versionOf(of, number, pdf, { kind: 'delete', suffix: '-S', superseded: true }),
  ];
}

interface Version {
  readonly kind: 'create' | 'replace' | 'delete';
  /** Of MSH-10. */
  readonly suffix: string;
  readonly superseded?: true;
}

function versionOf(of: Patient, number: number, pdf: Uint8Array, version: Version): Outgoing {
  const controlId = `D-${number}${version.suffix}`;
  // A version that says nothing new would not be sent.
  const title = `Essai de coupure ${number}${version.kind === 'replace' ? ', corrigé' : ''}`;
  const { superseded } = version;
  return {
    controlId,
    document: { number, title, ...(superseded === undefined ? {} : { superseded }) },
    make: () => makeDocument(of, { number, controlId, title, kind: version.kind }, pdf),
  };
}

function makeDocument(
  of: Patient,
  { number, controlId, title, kind }: { number: number; controlId: string; title: string; kind: Version['kind'] },
  pdf: Uint8Array,
): Made {
  const first = `${DOCUMENT_ROOT}.${number + 1}`;
  const uniqueId = kind === 'create' ? first : `${first}.2`;
  const versions = { uniqueId, setId: first, replaces: kind === 'replace' ? first : undefined };
  const received = number % 2 === 1 && kind !== 'delete' ? receivedCda(of, title, versions) : undefined;
  const bytes = buildDocumentMessage({
    from: { application: 'DPI-ESSAI', facility: of.at.facility },
    to: TO,
    controlId,
    sentAt: SENT_AT,
    kind,
    profile: received === undefined ? 'raw' : 'cisis',
    patient: sample(of),
    visit: {
      patientClass: 'I',
      number: `S${of.ipp}`,
      unit: 'MED A',
      admittedAt: SENT_AT,
      dischargedAt: SENT_AT,
    },
    type: LETTER,
    number: uniqueId,
    ...(kind === 'replace' ? { parent: first } : {}),
    title,
    writtenAt: SENT_AT,
    content: received ?? pdf,
    mime: received === undefined ? ['application', 'pdf'] : ['text', 'XML'],
    sender: { ...DEMO_SENDER, finess: of.at.eg },
  });
  if (received === undefined) return { bytes };
  return { bytes, sha1: createHash('sha1').update(received).digest('hex') };
}

/** As the hospital's own software makes it, INS included. */
function receivedCda(
  { ipp, person, at }: Patient,
  title: string,
  { uniqueId, setId, replaces }: { uniqueId: string; setId: string; replaces: string | undefined },
): Buffer {
  const { birthGivenNames } = person;
  const model = levelOneDocument();
  const structure = { id: `1${at.eg}`, name: HOSPITAL };
  return buildLevelOneCda({
    ...model,
    uniqueId: valueOfResult(parseDocumentUniqueId(uniqueId)),
    setId: { root: setId },
    ...(replaces === undefined ? {} : { versionNumber: 2, replaces: { root: replaces } }),
    title,
    creationTime: SENT_AT,
    patient: qualifiedIdentity({ ...person, firstGivenName: birthGivenNames }),
    ipp: { value: valueOfResult(parseIpp(ipp)), domain: valueOfResult(parseOid(DEMO_IPP_DOMAIN)) },
    authors: [{ ...model.authors[0], structure, time: SENT_AT }],
    custodian: structure,
    legalAuthenticator: { ...model.legalAuthenticator, structure, time: SENT_AT },
    act: { ...model.act, start: SENT_AT, stop: SENT_AT, structure },
    encounter: { ...model.encounter, start: SENT_AT, stop: SENT_AT },
  });
}
