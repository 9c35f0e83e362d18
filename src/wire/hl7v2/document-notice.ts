/**
 * Documents that arrive by HL7 v2: MDM T02, T10, T04 with one, ORU R01 with one or two. A document may be a CDA or a
 * raw PDF, text, RTF, JPEG or TIFF. Reading is common to all senders; what each profile requires is in
 * `document-checks.ts`. Source: cda-cisis.md 5, ins.md 5.7.
 */

import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { defined } from '../defined.ts';
import { type DocumentFormat, documentFormat, type EncapsulatedData, encapsulatedData } from './encapsulated-data.ts';
import { type MessageHeader, readHeader } from './header.ts';
import {
  firstRepetition,
  type Hl7Message,
  read,
  readPart,
  type Segment,
  segmentNamed,
  segmentsNamed,
} from './message.ts';
import { type MetadataFlags, readFlags } from './metadata-flags.ts';
import { flagged, type Observation, type OrderGroup, orderGroups } from './order-groups.ts';
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
  /** Which document of its message this is, from 1. */
  readonly part: number;
  readonly kind: 'create' | 'replace' | 'delete';
  readonly patient: PatientSegment;
  readonly visit?: Visit;
  /** ORC-1. */
  readonly orderControl?: string;
  /** OBR-4. */
  readonly requested?: CodedValue;
  /** OBR-3, filler order number: how the software of an ORU, which has no TXA, names its report. */
  readonly orderNumber?: DocumentNumber;
  /** OBR-7 and OBR-22: when it was observed, when it was reported. As received. */
  readonly observedAt?: string;
  readonly reportedAt?: string;
  /** OBX-16 of the document. */
  readonly observer?: NamedPerson;
  /** TXA; absent from an ORU. */
  readonly document?: DocumentHeader;
  /** OBX-3 of the document. */
  readonly observed?: CodedValue;
  /** OBX-11 of the document. */
  readonly resultStatus?: string;
  /** OBR-25, of the whole report. */
  readonly reportStatus?: string;
  /** ORC-5. */
  readonly orderStatus?: string;
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
  /** The mail with which a document came by MSSanté, in a message for a care software (CISIS_CDA_HL7_LPS). */
  readonly receivedMail?: { readonly subject: string; readonly body: EncapsulatedData };
}

/** In message order, at least one. */
export type DocumentNotices = readonly [DocumentNotice, ...DocumentNotice[]];

/** An ORU carries a report and its level 1 copy; an MDM one document (CI-SIS volet 2.1). */
const MOST_DOCUMENTS = { MDM: 1, ORU: 2 } as const;

/** Reads a document message. Nothing of the documents themselves is decoded yet, except their first bytes to know their format. */
export function readDocumentNotices(message: Hl7Message): Result<DocumentNotices> {
  const header = readHeader(message);
  const kind = eventKind(header);
  if (!kind.ok) return kind;
  const [pid, second] = segmentsNamed(message, 'PID');
  if (pid === undefined) return refuse(hl7Rules.segmentMissing, { location: 'PID' });
  if (second !== undefined) return refuse(hl7Rules.segmentRepeated, { location: 'PID' });
  const patient = readPatient(pid);
  if (!patient.ok) return patient;
  const txa = segmentNamed(message, 'TXA');
  const common = defined({
    header,
    patient: patient.value,
    visit: readVisit(message),
    document: txa && readDocumentHeader(txa),
  });
  const notices: DocumentNotice[] = [];
  for (const group of orderGroups(message, header.type === 'ORU')) {
    const read = readGroup(common, group, kind.value, notices.length);
    if (!read.ok) return read;
    notices.push(...read.value);
  }
  const [first, ...others] = notices;
  if (first === undefined) return refuse(hl7Rules.documentMissing, { location: 'OBX' });
  const excess = notices[MOST_DOCUMENTS[header.type === 'ORU' ? 'ORU' : 'MDM']];
  return excess === undefined ? ok([first, ...others]) : refuse(hl7Rules.severalDocuments, { location: 'OBX' });
}

/** The one notice of this part. Throws when the message, already read once, has none: a bug. */
export function noticeOfPart(notices: DocumentNotices, part: number): DocumentNotice {
  const notice = notices[part - 1];
  if (notice === undefined) throw new Error(`the message has no document ${part}`);
  return notice;
}

/** What the event says of the documents; undefined for an ORU, which has one event: ORC-1 says it. */
function eventKind(header: MessageHeader): Result<DocumentNotice['kind'] | undefined> {
  const location = 'MSH-9';
  switch (`${header.type ?? ''}^${header.event ?? ''}`) {
    case 'MDM^T02':
      return ok('create');
    case 'MDM^T10':
      return ok('replace');
    case 'MDM^T04':
      return ok('delete');
    case 'ORU^R01':
      return ok(undefined);
    default:
      return header.type === 'MDM' || header.type === 'ORU'
        ? refuse(hl7Rules.eventUnsupported, { location })
        : refuse(hl7Rules.typeUnsupported, { location });
  }
}

/** ORC-1 where it is one of the profile; laboratories that know it not say it in OBX-11 alone (C corrected, D deleted). */
function orderedKind(control: string | undefined, status: string | undefined): DocumentNotice['kind'] {
  switch (control) {
    case 'NW':
      return 'create';
    case 'RO':
      return 'replace';
    case 'CA':
      return 'delete';
    default:
      return status === 'C' || status === 'W' ? 'replace' : status === 'D' ? 'delete' : 'create';
  }
}

type Common = Pick<DocumentNotice, 'header' | 'patient' | 'visit' | 'document'>;

/** The documents of one order; those of a level 1 and a level 3 share what surrounds them. */
function readGroup(
  common: Common,
  group: OrderGroup,
  kind: DocumentNotice['kind'] | undefined,
  before: number,
): Result<DocumentNotice[]> {
  const { observations } = group;
  const isMail = mailTest(common.header);
  const documents = observations.filter(({ obx }) => read(obx, 2) === 'ED' && !isMail(read(obx, 3) ?? ''));
  if (documents.length === 0) return ok([]);
  const flags = readFlags(observations.flatMap(({ obx }) => flagged(obx)));
  if (!flags.ok) return flags;
  const carried = (code: string) => observations.find(({ obx }) => read(obx, 3) === code);
  const control = read(group.orc, 1);
  const shared = defined({
    ...common,
    orderControl: control,
    requested: readCoded(group.obr, 4),
    orderNumber: group.obr && readDocumentNumber(group.obr, 3),
    observedAt: read(group.obr, 7),
    reportedAt: read(group.obr, 22),
    reportStatus: read(group.obr, 25),
    orderStatus: read(group.orc, 5),
    flags: flags.value,
    ...readParticipants(documents.flatMap(({ participations }) => participations)),
    patientMayReply: !carried('DESTMSSANTEPAT')?.notes.some((note) => read(note, 4) === 'FIN'),
    mailToProfessionals: mailBody(carried('CORPSMAIL_PS')),
    mailToPatient: mailBody(carried('CORPSMAIL_PATIENT')),
    receivedMail: isLps(common.header) ? receivedMail(carried(LPS_MAIL)) : undefined,
  });
  const notices: DocumentNotice[] = [];
  for (const document of documents) {
    const read = readOne(document);
    if (!read.ok) return read;
    const part = before + notices.length + 1;
    notices.push({ ...shared, part, kind: kind ?? orderedKind(control, read.value.resultStatus), ...read.value });
  }
  return ok(notices);
}

type OneDocument = Pick<DocumentNotice, 'observed' | 'observer' | 'resultStatus' | 'format' | 'body'>;

function readOne({ obx, name }: Observation): Result<OneDocument> {
  const body = encapsulatedData(obx, `${name}-5`);
  if (!body.ok) return body;
  const format = documentFormat(obx);
  if (format === undefined) return refuse(hl7Rules.formatUnsupported, { location: `${name}-5` });
  return ok(
    defined({
      observed: readCoded(obx, 3),
      observer: readPerson(obx, 16),
      resultStatus: read(obx, 11),
      format,
      body: body.value,
    }),
  );
}

/** OBX-3.1 under which a message for a care software carries the mail that brought the document (LPS volet 1.1). */
const LPS_MAIL = '1';

function isLps({ profiles }: MessageHeader): boolean {
  return profiles.some(({ namespace }) => namespace === 'CISIS_CDA_HL7_LPS');
}

/** Which ED, by its OBX-3.1, is the text of a mail and not a document. */
function mailTest(header: MessageHeader): (code: string) => boolean {
  return isLps(header) ? (code) => code === LPS_MAIL : (code) => code.startsWith('CORPSMAIL_');
}

function receivedMail(observation: Observation | undefined): DocumentNotice['receivedMail'] {
  const body = mailBody(observation);
  return observation && body && { subject: read(observation.obx, 3, 2) ?? '', body };
}

/** A mail text is a courtesy: one that is empty or not Base64 is left out, it does not stop the document. */
function mailBody(observation: Observation | undefined): EncapsulatedData | undefined {
  const body = observation && encapsulatedData(observation.obx, `${observation.name}-5`);
  return body?.ok ? body.value : undefined;
}

function readParticipants(segments: readonly Segment[]): Pick<DocumentNotice, 'sender' | 'recipients' | 'replyTo'> {
  const of = (role: string) => segments.filter((prt) => participationOf(prt) === role).map(readParticipant);
  return defined({
    sender: of('SB')[0],
    recipients: of('RCT'),
    replyTo: of('REPLY')[0]?.address,
  });
}

function readDocumentHeader(txa: Segment): DocumentHeader {
  return defined({
    type: readCoded(txa, 2),
    number: readDocumentNumber(txa, 12),
    parent: readDocumentNumber(txa, 13),
    title: read(txa, 25),
    fileName: read(txa, 16),
    activityAt: read(txa, 4),
    activityBy: readPerson(txa, 5),
    originatedAt: read(txa, 6),
    transcribedAt: read(txa, 7),
    editedAt: read(txa, 8),
    author: readPerson(txa, 9),
    authenticator: readPerson(txa, 10),
    completion: read(txa, 17),
    confidentiality: read(txa, 18),
  });
}

const OID = /^[012](\.(0|[1-9][0-9]*))+$/;

function readDocumentNumber(segment: Segment, field: number): DocumentNumber | undefined {
  const ei = firstRepetition(segment, field);
  const id = ei && readPart(ei, 1);
  const root = ei && readPart(ei, 3);
  if (root !== undefined && OID.test(root)) {
    return id === undefined ? { form: 'oid', oid: root } : { form: 'oid-extension', root, extension: id };
  }
  if (ei === undefined || id === undefined) return undefined;
  // Samples put an organisation name in the second component of a plain OID: it is not part of the identifier.
  return OID.test(id) ? { form: 'oid', oid: id } : defined({ form: 'local', id, namespace: readPart(ei, 2) });
}

function readCoded(segment: Segment | undefined, field: number): CodedValue | undefined {
  const code = read(segment, field, 1);
  if (code === undefined) return undefined;
  return defined({ code, label: read(segment, field, 2), system: read(segment, field, 3) });
}
