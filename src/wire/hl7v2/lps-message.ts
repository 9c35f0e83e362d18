/**
 * The MDM that hands a document received by MSSanté to the software of the professionals. Source: CI-SIS volet « Transmission
 * au LPS d'un document CDA d'un courriel MSSanté » 1.1 (`1.1^CISIS_CDA_HL7_LPS`), cda-cisis.md 5.
 */
import { encodeSegments, type FieldValue, headerText, segmentText } from './er7.ts';
import { type OutgoingEnvelope, type OutgoingPatient, pid } from './identity-message.ts';
import { hl7Timestamp } from './timestamp.ts';

export interface LpsDocument {
  /** ClinicalDocument/id. */
  readonly id: DocumentNumber;
  /** relatedDocument RPLC: the message is then a replacement (T10). */
  readonly replaces?: DocumentNumber;
  readonly type: { readonly code: string; readonly label: string; readonly system: 'LN' | 'TRE_A05' };
  /** ClinicalDocument/effectiveTime, as written (TXA-4). */
  readonly writtenAt?: string;
  /** PS_IdNat of the legal authenticator (TXA-22). */
  readonly authenticatorId?: string;
  /** The CDA, exactly as it was received. */
  readonly cda: Uint8Array;
}

export interface DocumentNumber {
  readonly root: string;
  readonly extension?: string;
}

export interface LpsMail {
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly from: string;
  /** Of the author of the document, where the mail says no more of its sender. */
  readonly sender?: LpsPerson;
  /** The mailbox, and the unit that it stands for. */
  readonly to: string;
  readonly unit?: { readonly name: string; readonly id: string; readonly authority: string };
  readonly replyTo?: string;
}

export interface LpsPerson {
  readonly id: string;
  readonly family: string;
  readonly given: string;
}

export interface LpsFlags {
  readonly MASQUE_PS: boolean;
  readonly INVISIBLE_PATIENT: boolean;
  readonly INVISIBLE_REP_LEGAUX: boolean;
  readonly MODIF_CONF_CODE: boolean;
}

export interface LpsMessage {
  readonly patient: OutgoingPatient;
  readonly document: LpsDocument;
  readonly mail: LpsMail;
  readonly flags: LpsFlags;
}

export function buildLpsMessage({ patient, document, mail, flags }: LpsMessage, envelope: OutgoingEnvelope): Buffer {
  const sentAt = hl7Timestamp(envelope.now, envelope.timeZone);
  const replaces = document.replaces !== undefined;
  const { code, label, system } = document.type;
  const type = [code, label, system];
  const segments = [
    headerText({
      encoding: envelope.encoding,
      sendingApplication: { namespace: envelope.from.application },
      sendingFacility: { namespace: envelope.from.facility },
      receivingApplication: { namespace: envelope.to.application },
      receivingFacility: { namespace: envelope.to.facility },
      sentAt,
      messageType: ['MDM', replaces ? 'T10' : 'T02', 'MDM_T02'],
      controlId: envelope.controlId,
      processingId: envelope.processingId,
      version: ['2.6'],
      profile: ['1.1', 'CISIS_CDA_HL7_LPS'],
    }),
    segmentText('EVN', { 2: sentAt }),
    pid(patient, envelope.timeZone),
    segmentText('PV1', { 1: '1', 2: 'N' }),
    segmentText('ORC', { 1: replaces ? 'RO' : 'NW' }),
    segmentText('OBR', { 1: '1', 4: type }),
    txa(document),
    segmentText('OBX', {
      1: '1',
      2: 'ED',
      3: type,
      5: ['', 'text', 'XML', 'Base64', base64(document.cda)],
      11: replaces ? 'C' : 'F',
    }),
    ...participants(mail),
    segmentText('OBX', {
      1: '2',
      2: 'ED',
      3: [mail.messageId, mail.subject],
      5: ['', 'text', '', 'Base64', base64(Buffer.from(mail.text, 'utf8'))],
      11: 'F',
    }),
    ...flagSegments(flags),
  ];
  return encodeSegments(segments, envelope.encoding);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function txa({ id, replaces, type, writtenAt, authenticatorId }: LpsDocument): string {
  return segmentText('TXA', {
    1: '1',
    2: type.code,
    3: 'TEXT',
    4: writtenAt,
    12: documentNumber(id),
    13: replaces && documentNumber(replaces),
    17: 'AU',
    22: authenticatorId,
  });
}

/** `extension^^root^ISO`, or the root alone (volet, note 1 of TXA). */
function documentNumber({ root, extension }: DocumentNumber): FieldValue {
  return extension === undefined ? root : [extension, '', root, 'ISO'];
}

/** OID of the identifiers of professionals. */
const PROFESSIONALS = '1.2.250.1.71.4.2.1';

function participants({ from, sender, to, unit, replyTo }: LpsMail): string[] {
  const person: FieldValue | undefined = sender && [
    sender.id,
    sender.family,
    sender.given,
    '',
    '',
    '',
    '',
    '',
    ['ASIP-SANTE-PS', PROFESSIONALS, 'ISO'],
    'D',
    '',
    '',
    'IDNPS',
  ];
  const organisation: FieldValue | undefined = unit && [
    unit.name,
    '',
    '',
    '',
    '',
    unit.authority,
    'UF',
    '',
    '',
    unit.id,
  ];
  return [
    participation(['SB', 'Send by'], from, { 5: person }),
    participation(['RCT', 'Result Copies To'], to, { 8: organisation }),
    ...(replyTo === undefined ? [] : [participation(['REPLY', 'Reply To'], replyTo, {})]),
  ];
}

function participation(
  [code, label]: readonly [string, string],
  address: string,
  who: Readonly<Record<number, FieldValue | undefined>>,
): string {
  return segmentText('PRT', { 2: 'UC', 4: [code, label, 'participation'], ...who, 15: ['', '', 'X.400', address] });
}

/** In the order that the volet asks for. */
const FLAGS = [
  ['MASQUE_PS', 'Masqué aux professionnels de Santé'],
  ['INVISIBLE_PATIENT', 'Document Non Visible par le patient'],
  ['INVISIBLE_REP_LEGAUX', 'Non visible par les représentants Légaux du patient'],
  ['MODIF_CONF_CODE', 'Modification Confidentiality Code'],
] as const satisfies readonly (readonly [keyof LpsFlags, string])[];

function flagSegments(flags: LpsFlags): string[] {
  return FLAGS.map(([code, label], index) =>
    segmentText('OBX', {
      1: String(index + 3),
      2: 'CWE',
      3: [code, label, 'MetaDMPMSS'],
      5: [flags[code] ? 'Y' : 'N', '', 'expandedYes-NoIndicator'],
      11: 'F',
    }),
  );
}
