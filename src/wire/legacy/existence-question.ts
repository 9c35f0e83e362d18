/** TD0.2 of an old connector: PRPA_IN201307UV02 read, PRPA_IN201308UV02 written. Source: dmp.md 7. */
import { escapeXml, text, type XmlElement } from '../xml/xml.ts';
import type { LegacyIdentifier } from './patient-info.ts';

const HL7 = 'urn:hl7-org:v3';
const NS = { h: HL7 };
const DMP_DEVICE = '1.2.250.1.213.4.1.1.1';
const REASONS = '1.2.250.1.213.1.1.4.11';
const QUERY = 'h:controlActProcess/h:queryByParameter';

interface Hl7Id {
  readonly root: string;
  readonly extension: string;
}

export interface ExistenceQuestion {
  /** Under the identifier that the connector knows. */
  readonly patient: LegacyIdentifier;
  readonly messageId: Hl7Id;
  readonly queryId: Hl7Id;
  /** OID of the connector. */
  readonly sender: string;
}

/** Undefined for the same message with another reason (TD1.3a), or without its patient. */
export function readExistenceQuestion(payload: XmlElement): ExistenceQuestion | undefined {
  const read = (xpath: string) => text(payload, xpath, NS) ?? '';
  const id = (xpath: string): Hl7Id => ({ root: read(`${xpath}/@root`), extension: read(`${xpath}/@extension`) });
  const { root: oid, extension: value } = id(`${QUERY}/h:parameterList/h:patientIdentifier/h:value`);
  if (read('h:controlActProcess/h:reasonCode/@code') !== 'TEST_EXST' || oid === '' || value === '') return undefined;
  return {
    patient: { value, oid },
    messageId: id('h:id'),
    queryId: id(`${QUERY}/h:queryId`),
    sender: read('h:sender/h:device/h:id/@root'),
  };
}

/** `refused`: the question has no answer, and why. */
export type ExistenceReply =
  | { readonly kind: 'active' | 'closed'; readonly authorisation?: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string };

export interface ExistenceStamp {
  readonly id: string;
  readonly at: Date;
}

/** The patient is named as the question named them: the qualified INS does not go to an old connector. */
export function existenceAnswer(
  question: ExistenceQuestion,
  reply: ExistenceReply,
  { id, at }: ExistenceStamp,
): string {
  const device = (tag: string, type: string, root: string): string =>
    `<${tag} typeCode="${type}"><device classCode="DEV" determinerCode="INSTANCE"><id root="${escapeXml(root)}"/></device></${tag}>`;
  return (
    `<PRPA_IN201308UV02 xmlns="${HL7}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ITSVersion="XML_1.0">` +
    `<id root="${id}"/><creationTime value="${at.toISOString().replace(/\D/g, '').slice(0, 14)}"/>` +
    `<interactionId root="2.16.840.1.113883.1.6" extension="PRPA_IN201308UV02"/><processingCode code="P"/>` +
    `<processingModeCode code="T"/><acceptAckCode code="NE"/>${device('receiver', 'RCV', question.sender)}` +
    `${device('sender', 'SND', DMP_DEVICE)}${attention(reply)}${acknowledgement(question, reply)}` +
    `<controlActProcess classCode="CACT" moodCode="EVN"><reasonCode code="TEST_EXST" codeSystem="${REASONS}"/>` +
    `${subject(question, reply)}<queryAck><queryId ${attributes(question.queryId)}/>` +
    `<statusCode code="deliveredResponse"/><queryResponseCode code="${RESPONSES[reply.kind]}"/></queryAck>` +
    `</controlActProcess></PRPA_IN201308UV02>`
  );
}

const RESPONSES: Readonly<Record<ExistenceReply['kind'], string>> = {
  active: 'OK',
  closed: 'OK',
  absent: 'NF',
  refused: 'AE',
};

function attention(reply: ExistenceReply): string {
  if ((reply.kind !== 'active' && reply.kind !== 'closed') || reply.authorisation === undefined) return '';
  return (
    `<attentionLine><keyWordText code="AUTORISATION" codeSystem="1.2.250.1.213.4.1.2.6.1">AUTORISATION</keyWordText>` +
    `<value xsi:type="CV" code="${escapeXml(reply.authorisation)}" codeSystem="1.2.250.1.213.4.1.2.6.2"/></attentionLine>`
  );
}

function acknowledgement({ messageId }: ExistenceQuestion, reply: ExistenceReply): string {
  const detail =
    reply.kind === 'refused'
      ? `<acknowledgementDetail typeCode="E"><code code="${escapeXml(reply.code)}"/><text>${escapeXml(reply.text)}</text></acknowledgementDetail>`
      : '';
  return (
    `<acknowledgement typeCode="${reply.kind === 'refused' ? 'AE' : 'AA'}">` +
    `<targetMessage><id ${attributes(messageId)}/></targetMessage>${detail}</acknowledgement>`
  );
}

function subject({ patient }: ExistenceQuestion, { kind }: ExistenceReply): string {
  if (kind !== 'active' && kind !== 'closed') return '';
  const status = kind === 'active' ? 'active' : 'terminated';
  return (
    `<subject typeCode="SUBJ"><registrationEvent classCode="REG" moodCode="EVN"><statusCode code="active"/>` +
    `<subject1 typeCode="SBJ"><patient classCode="PAT"><id root="${escapeXml(patient.oid)}" ` +
    `extension="${escapeXml(patient.value)}"/><statusCode code="${status}"/></patient></subject1>` +
    `</registrationEvent></subject>`
  );
}

function attributes({ root, extension }: Hl7Id): string {
  return `root="${escapeXml(root)}"${extension === '' ? '' : ` extension="${escapeXml(extension)}"`}`;
}
