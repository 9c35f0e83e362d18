/** What the HL7 v3 messages of the DMP share: their envelope, and how an answer says that it is one. Source: dmp.md 7. */
import { dmpRules } from '../../rules/dmp.ts';
import type { Lps } from '../vihf/vihf.ts';
import { escapeXml, text, type XmlElement } from '../xml/xml.ts';
import { type DmpAnswer, failedQuestion } from './outcome.ts';

const HL7 = 'urn:hl7-org:v3';
const DMP_DEVICE = '1.2.250.1.213.4.1.1.1';
const INTERACTIONS = '2.16.840.1.113883.1.6';
export const HL7_NS = { h: HL7 };

export interface Hl7Question {
  readonly interaction: 'PRPA_IN201305UV02' | 'PRPA_IN201307UV02';
  readonly lps: Lps;
  /** `P` production, `D` test: the samples disagree (dmp.md 7). */
  readonly processingCode: 'P' | 'D';
  readonly createdAt: Date;
  /** UUIDs of the message and of the query. */
  readonly messageId: string;
  readonly queryId: string;
  /** XML of what the act is: its code, or its reason. */
  readonly act: string;
  /** XML of the parameters. */
  readonly parameters: string;
}

export function hl7Question(question: Hl7Question): string {
  const { interaction, lps } = question;
  const created = question.createdAt.toISOString().replace(/\D/g, '').slice(0, 14);
  const oid = escapeXml(lps.oid);
  return (
    `<${interaction} xmlns="${HL7}" ITSVersion="XML_1.0">` +
    `<id root="${oid}" extension="${question.messageId}"/><creationTime value="${created}"/>` +
    `<interactionId root="${INTERACTIONS}" extension="${interaction}"/>` +
    `<processingCode code="${question.processingCode}"/><processingModeCode code="T"/><acceptAckCode code="AL"/>` +
    `<receiver typeCode="RCV">${device(DMP_DEVICE, 'DMP')}</receiver>` +
    `<sender typeCode="SND">${device(lps.oid, lps.name)}</sender>` +
    `<controlActProcess classCode="CACT" moodCode="EVN">${question.act}` +
    `<queryByParameter><queryId root="${oid}" extension="${question.queryId}"/><statusCode code="new"/>` +
    `<parameterList>${question.parameters}</parameterList></queryByParameter>` +
    `</controlActProcess></${interaction}>`
  );
}

/** An act named by its code. */
export function trigger(code: string): string {
  return `<code code="${code}" codeSystem="${INTERACTIONS}"/>`;
}

function device(oid: string, name: string): string {
  return (
    `<device classCode="DEV" determinerCode="INSTANCE"><id root="${escapeXml(oid)}"/>` +
    `<softwareName>${escapeXml(name)}</softwareName></device>`
  );
}

/** What every answer says of itself, still to be judged. */
export interface Hl7Acknowledgement {
  readonly acknowledgement: string;
  readonly errorCode: string;
  readonly errorText: string;
  readonly queryResponse: string;
}

/** Undefined when the element is not the expected answer. */
export function readAcknowledgement(root: XmlElement, interaction: string): Hl7Acknowledgement | undefined {
  if (root.namespaceUri !== HL7 || root.name !== interaction) return undefined;
  const value = (xpath: string) => text(root, xpath, HL7_NS) ?? '';
  return {
    acknowledgement: value('h:acknowledgement/h:typeCode/@code | h:acknowledgement/@typeCode'),
    errorCode: value('h:acknowledgement/h:acknowledgementDetail/h:code/@code'),
    errorText: value('h:acknowledgement/h:acknowledgementDetail/h:text'),
    queryResponse: value('h:controlActProcess/h:queryAck/h:queryResponseCode/@code'),
  };
}

/** Why the question got no answer; undefined when it did: `OK`, or `NF` for nothing found. */
export function acknowledgementFailure(answer: Hl7Acknowledgement): DmpAnswer<never> | undefined {
  if (answer.acknowledgement !== 'AA') {
    return failedQuestion(
      dmpRules.requestRefused,
      `${answer.acknowledgement} ${answer.errorCode}: ${answer.errorText}`,
    );
  }
  if (answer.queryResponse === 'OK' || answer.queryResponse === 'NF') return undefined;
  return failedQuestion(dmpRules.queryUnanswered, answer.queryResponse);
}
