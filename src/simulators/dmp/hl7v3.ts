/** The HL7 v3 messages about a patient: what every question must hold, and the frame of every answer. Source: dmp.md 7. */
import { escapeXml, text, type XmlElement } from '../../wire/xml/xml.ts';

const NS = { h: 'urn:hl7-org:v3' };
const DMP_DEVICE = '1.2.250.1.213.4.1.1.1';

export interface Id {
  readonly root: string;
  readonly extension: string;
}

/** What an answer repeats of its question. */
export interface Question {
  /** Labels of what is absent or unexpected. */
  readonly defects: readonly string[];
  readonly messageId: Id;
  readonly queryId: Id;
  readonly sender: string;
}

/** What must be there: its place, and what it is called in a refusal. */
export type Required = readonly (readonly [xpath: string, label: string])[];

export const QUERY = 'h:controlActProcess/h:queryByParameter';

export function readQuestion(payload: XmlElement, interaction: string, required: Required): Question {
  const common: Required = [
    [`self::h:${interaction}[@ITSVersion="XML_1.0"]`, `${interaction} (ITSVersion XML_1.0)`],
    ['h:id[@root]', 'id'],
    ['h:creationTime[@value]', 'creationTime'],
    [`h:interactionId[@root="2.16.840.1.113883.1.6" and @extension="${interaction}"]`, 'interactionId'],
    ['h:processingCode[@code="D" or @code="P"]', 'processingCode'],
    ['h:processingModeCode[@code="T"]', 'processingModeCode'],
    ['h:acceptAckCode[@code="AL"]', 'acceptAckCode'],
    [`h:receiver/h:device/h:id[@root="${DMP_DEVICE}"]`, 'receiver'],
    ['h:sender/h:device/h:id[@root]', 'sender'],
    ['h:controlActProcess[@classCode="CACT" and @moodCode="EVN"]', 'controlActProcess'],
    [`${QUERY}/h:queryId[@root]`, 'queryId'],
    [`${QUERY}/h:statusCode[@code="new"]`, 'statusCode'],
  ];
  return {
    defects: [...common, ...required].filter(([xpath]) => payload.get(xpath, NS) === null).map(([, label]) => label),
    messageId: readId(payload, 'h:id'),
    queryId: readId(payload, `${QUERY}/h:queryId`),
    sender: read(payload, 'h:sender/h:device/h:id/@root'),
  };
}

export function read(payload: XmlElement, xpath: string): string {
  return text(payload, xpath, NS) ?? '';
}

export function readId(payload: XmlElement, xpath: string): Id {
  return { root: read(payload, `${xpath}/@root`), extension: read(payload, `${xpath}/@extension`) };
}

export interface Answer {
  readonly interaction: 'PRPA_IN201306UV02' | 'PRPA_IN201308UV02';
  /** queryResponseCode: `OK`, `NF`, or `AE` when the question is refused. */
  readonly code: 'OK' | 'NF' | 'AE';
  /** Why the question is refused. */
  readonly problem?: string;
  readonly attention?: string;
  /** reasonCode, or code, of the control act. */
  readonly reason?: string;
  readonly subjects?: readonly string[];
  /** Counts after the response code, and what follows queryAck. */
  readonly counts?: string;
  readonly echo?: string;
}

export function writeAnswer(question: Question, answer: Answer, newUuid: () => string, now: Date): string {
  const { interaction, code, problem, attention = '', reason = '', subjects = [], counts = '', echo = '' } = answer;
  const time = now.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const device = (tag: string, type: string, root: string): string =>
    `<${tag} typeCode="${type}"><device classCode="DEV" determinerCode="INSTANCE"><id root="${escapeXml(root)}"/></device></${tag}>`;
  return (
    `<${interaction} xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ITSVersion="XML_1.0">` +
    `<id root="${newUuid()}"/><creationTime value="${time}"/>` +
    `<interactionId root="2.16.840.1.113883.1.6" extension="${interaction}"/><processingCode code="D"/>` +
    `<processingModeCode code="T"/><acceptAckCode code="NE"/>${device('receiver', 'RCV', question.sender)}` +
    `${device('sender', 'SND', DMP_DEVICE)}${attention}${acknowledgement(question, interaction, problem)}` +
    `<controlActProcess classCode="CACT" moodCode="EVN">${reason}${subjects.join('')}` +
    `<queryAck><queryId ${attributes(question.queryId)}/><statusCode code="deliveredResponse"/>` +
    `<queryResponseCode code="${code}"/>${counts}</queryAck>${echo}</controlActProcess></${interaction}>`
  );
}

/** The two editions of HL7 v3 that the DMP mixes write typeCode differently: an attribute in 201308, an element in 201306. */
function acknowledgement(
  { messageId }: Question,
  interaction: Answer['interaction'],
  problem: string | undefined,
): string {
  const type = problem === undefined ? 'AA' : 'AE';
  const detail =
    problem === undefined
      ? ''
      : `<acknowledgementDetail typeCode="E"><text>${escapeXml(problem)}</text></acknowledgementDetail>`;
  const target = `<targetMessage><id ${attributes(messageId)}/></targetMessage>${detail}`;
  return interaction === 'PRPA_IN201308UV02'
    ? `<acknowledgement typeCode="${type}">${target}</acknowledgement>`
    : `<acknowledgement><typeCode code="${type}"/>${target}</acknowledgement>`;
}

function attributes({ root, extension }: Id): string {
  return `root="${escapeXml(root)}"${extension === '' ? '' : ` extension="${escapeXml(extension)}"`}`;
}
