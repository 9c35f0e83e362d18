/**
 * A document that arrives by HL7 v2: MDM T02, T10, T04, and ORU R01 with one document. The document may be a CDA or a
 * raw PDF, text, RTF, JPEG or TIFF. Reading is common to all senders; what each profile requires is in
 * `document-checks.ts`. Source: cda-cisis.md 5, ins.md 5.7.
 */
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { type DocumentFormat, documentFormat, type EncapsulatedData, encapsulatedData } from './encapsulated-data.ts';
import { type MessageHeader, present, readHeader } from './header.ts';
import {
  firstRepetition,
  type Hl7Message,
  read,
  readPart,
  type Segment,
  segmentNamed,
  segmentsNamed,
} from './message.ts';
import { flagOf, type MetadataFlags, readFlags } from './metadata-flags.ts';
import { type NamedPerson, type Participant, participationOf, readParticipant, readPerson } from './participation.ts';
import { type PatientSegment, readPatient } from './patient-segment.ts';
import { readVisit, type Visit } from './visit-segment.ts';

export interface CodedValue {
  readonly code: string;
  readonly label?: string;
  /** `LN`, `TRE_A05`… */
  readonly system?: string;
}

/** TXA-12 or TXA-13. The DMP takes the first form only; the last is a number of the sender's own. */
export type DocumentNumber =
  | { readonly form: 'oid'; readonly oid: string }
  | { readonly form: 'oid-extension'; readonly root: string; readonly extension: string }
  | { readonly form: 'local'; readonly id: string; readonly namespace?: string };

/** TXA, dates as received. */
export interface DocumentHeader {
  readonly type?: CodedValue;
  readonly number?: DocumentNumber;
  readonly parent?: DocumentNumber;
  /** TXA-25 (pre-adopted from 2.7). */
  readonly title?: string;
  readonly fileName?: string;
  readonly activityAt?: string;
  readonly activityBy?: NamedPerson;
  readonly originatedAt?: string;
  readonly transcribedAt?: string;
  readonly editedAt?: string;
  /** TXA-9. */
  readonly author?: NamedPerson;
  /** TXA-10. */
  readonly authenticator?: NamedPerson;
  /** TXA-17: AU authenticated, LA legally authenticated… */
  readonly completion?: string;
  /** TXA-18. */
  readonly confidentiality?: string;
}

export interface DocumentNotice {
  readonly header: MessageHeader;
  readonly kind: 'create' | 'replace' | 'delete';
  readonly patient: PatientSegment;
  readonly visit?: Visit;
  /** ORC-1. */
  readonly orderControl?: string;
  /** OBR-4. */
  readonly requested?: CodedValue;
  /** TXA; absent from an ORU. */
  readonly document?: DocumentHeader;
  /** OBX-3 of the document. */
  readonly observed?: CodedValue;
  /** OBX-11 of the document. */
  readonly resultStatus?: string;
  readonly format: DocumentFormat;
  readonly body: EncapsulatedData;
  readonly flags: MetadataFlags;
  /** PRT SB: whose sending it is. */
  readonly sender?: Participant;
  /** PRT RCT. */
  readonly recipients: readonly Participant[];
  /** PRT REPLY. */
  readonly replyTo?: string;
  /** False when NTE-4 `FIN` follows DESTMSSANTEPAT. */
  readonly patientMayReply: boolean;
  readonly mailToProfessionals?: EncapsulatedData;
  readonly mailToPatient?: EncapsulatedData;
}

/** Reads a document message. Nothing of the document itself is decoded yet, except its first bytes to know its format. */
export function readDocumentNotice(message: Hl7Message): Result<DocumentNotice> {
  const header = readHeader(message);
  const kind = kindOf(message, header);
  if (!kind.ok) return kind;
  const [pid, second] = segmentsNamed(message, 'PID');
  if (pid === undefined) return refuse(hl7Rules.segmentMissing, { location: 'PID' });
  if (second !== undefined) return refuse(hl7Rules.segmentRepeated, { location: 'PID' });
  const patient = readPatient(pid);
  if (!patient.ok) return patient;
  const observations = readObservations(message);
  if (!observations.ok) return observations;
  const txa = segmentNamed(message, 'TXA');
  return ok({
    header,
    kind: kind.value,
    patient: patient.value,
    ...present('visit', readVisit(message)),
    ...present('orderControl', read(segmentNamed(message, 'ORC'), 1)),
    ...present('requested', readCoded(segmentNamed(message, 'OBR'), 4)),
    ...present('document', txa && readDocumentHeader(txa)),
    ...observations.value,
  });
}

/** The event says it for an MDM; an ORU has one event, so ORC-1 says it. */
function kindOf(message: Hl7Message, header: MessageHeader): Result<DocumentNotice['kind']> {
  const location = 'MSH-9';
  switch (`${header.type ?? ''}^${header.event ?? ''}`) {
    case 'MDM^T02':
      return ok('create');
    case 'MDM^T10':
      return ok('replace');
    case 'MDM^T04':
      return ok('delete');
    case 'ORU^R01': {
      const order = read(segmentNamed(message, 'ORC'), 1);
      return ok(order === 'RO' ? 'replace' : order === 'CA' ? 'delete' : 'create');
    }
    default:
      return header.type === 'MDM' || header.type === 'ORU'
        ? refuse(hl7Rules.eventUnsupported, { location })
        : refuse(hl7Rules.typeUnsupported, { location });
  }
}

/** An OBX with the PRT and NTE that follow it. */
interface Observation {
  readonly obx: Segment;
  /** `OBX[2]`, counted in the message. */
  readonly name: string;
  readonly participations: Segment[];
  readonly notes: Segment[];
}

function observationsOf(message: Hl7Message): Observation[] {
  const found: Observation[] = [];
  for (const segment of message.segments) {
    const last = found.at(-1);
    if (segment.name === 'OBX') {
      found.push({ obx: segment, name: `OBX[${found.length + 1}]`, participations: [], notes: [] });
    } else if (segment.name === 'PRT') last?.participations.push(segment);
    else if (segment.name === 'NTE') last?.notes.push(segment);
  }
  return found;
}

type Observed = Pick<
  DocumentNotice,
  | 'observed'
  | 'resultStatus'
  | 'format'
  | 'body'
  | 'flags'
  | 'sender'
  | 'recipients'
  | 'replyTo'
  | 'patientMayReply'
  | 'mailToProfessionals'
  | 'mailToPatient'
>;

function readObservations(message: Hl7Message): Result<Observed> {
  const all = observationsOf(message);
  const carried = (code: string) => all.find(({ obx }) => read(obx, 3) === code);
  const documents = all.filter(({ obx }) => read(obx, 2) === 'ED' && !read(obx, 3)?.startsWith('CORPSMAIL_'));
  const [document, other] = documents;
  if (document === undefined) return refuse(hl7Rules.documentMissing, { location: 'OBX' });
  if (other !== undefined) return refuse(hl7Rules.severalDocuments, { location: other.name });
  const body = encapsulatedData(document.obx, `${document.name}-5`);
  if (!body.ok) return body;
  const format = documentFormat(document.obx);
  if (format === undefined) return refuse(hl7Rules.formatUnsupported, { location: `${document.name}-5` });
  const flags = readFlags(all.flatMap(({ obx }) => flagged(obx)));
  if (!flags.ok) return flags;
  const noReply = carried('DESTMSSANTEPAT')?.notes.some((note) => read(note, 4) === 'FIN') ?? false;
  return ok({
    ...present('observed', readCoded(document.obx, 3)),
    ...present('resultStatus', read(document.obx, 11)),
    format,
    body: body.value,
    flags: flags.value,
    ...readParticipants(document.participations),
    patientMayReply: !noReply,
    ...present('mailToProfessionals', mailBody(carried('CORPSMAIL_PS'))),
    ...present('mailToPatient', mailBody(carried('CORPSMAIL_PATIENT'))),
  });
}

function flagged(obx: Segment): { flag: NonNullable<ReturnType<typeof flagOf>>; obx: Segment }[] {
  const flag = flagOf(obx);
  return flag === undefined ? [] : [{ flag, obx }];
}

/** A mail text is a courtesy: one that is empty or not Base64 is left out, it does not stop the document. */
function mailBody(observation: Observation | undefined): EncapsulatedData | undefined {
  const body = observation && encapsulatedData(observation.obx, `${observation.name}-5`);
  return body?.ok ? body.value : undefined;
}

function readParticipants(segments: readonly Segment[]): Pick<Observed, 'sender' | 'recipients' | 'replyTo'> {
  const of = (role: string) => segments.filter((prt) => participationOf(prt) === role).map(readParticipant);
  return {
    ...present('sender', of('SB')[0]),
    recipients: of('RCT'),
    ...present('replyTo', of('REPLY')[0]?.address),
  };
}

function readDocumentHeader(txa: Segment): DocumentHeader {
  return {
    ...present('type', readCoded(txa, 2)),
    ...present('number', readDocumentNumber(txa, 12)),
    ...present('parent', readDocumentNumber(txa, 13)),
    ...present('title', read(txa, 25)),
    ...present('fileName', read(txa, 16)),
    ...present('activityAt', read(txa, 4)),
    ...present('activityBy', readPerson(txa, 5)),
    ...present('originatedAt', read(txa, 6)),
    ...present('transcribedAt', read(txa, 7)),
    ...present('editedAt', read(txa, 8)),
    ...present('author', readPerson(txa, 9)),
    ...present('authenticator', readPerson(txa, 10)),
    ...present('completion', read(txa, 17)),
    ...present('confidentiality', read(txa, 18)),
  };
}

const OID = /^[012](\.(0|[1-9][0-9]*))+$/;

function readDocumentNumber(txa: Segment, field: number): DocumentNumber | undefined {
  const ei = firstRepetition(txa, field);
  const id = ei && readPart(ei, 1);
  const root = ei && readPart(ei, 3);
  if (root !== undefined && OID.test(root)) {
    return id === undefined ? { form: 'oid', oid: root } : { form: 'oid-extension', root, extension: id };
  }
  if (ei === undefined || id === undefined) return undefined;
  // Samples put an organisation name in the second component of a plain OID: it is not part of the identifier.
  return OID.test(id) ? { form: 'oid', oid: id } : { form: 'local', id, ...present('namespace', readPart(ei, 2)) };
}

function readCoded(segment: Segment | undefined, field: number): CodedValue | undefined {
  const code = read(segment, field, 1);
  if (code === undefined) return undefined;
  return { code, ...present('label', read(segment, field, 2)), ...present('system', read(segment, field, 3)) };
}
