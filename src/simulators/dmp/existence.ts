/** TD0.2, existence of a DMP and the caller's authorisation (PRPA_IN201307UV02). Source: dmp.md 7. */
import { escapeXml, text, type XmlElement } from '../../wire/xml/xml.ts';
import { authorisationOf, isBlocked, isTreatingPhysician } from './access.ts';
import type { Patient } from './held.ts';
import { type PatientId, samePatient } from './values.ts';
import type { Caller } from './vihf-rules.ts';

const NS = { h: 'urn:hl7-org:v3' };
const DMP_DEVICE = '1.2.250.1.213.4.1.1.1';
const TEST_EXISTENCE = '1.2.250.1.213.1.1.4.11';

export interface ExistenceQuery {
  /** Labels of what is absent or unexpected. */
  readonly defects: readonly string[];
  readonly messageId: { readonly root: string; readonly extension: string };
  readonly queryId: { readonly root: string; readonly extension: string };
  readonly sender: string;
  readonly patient: PatientId;
}

const QUERY = 'h:controlActProcess/h:queryByParameter';
const IDENTIFIER = `${QUERY}/h:parameterList/h:patientIdentifier`;
const REQUIRED: readonly (readonly [xpath: string, label: string])[] = [
  ['self::h:PRPA_IN201307UV02[@ITSVersion="XML_1.0"]', 'PRPA_IN201307UV02 (ITSVersion XML_1.0)'],
  ['h:id[@root]', 'id'],
  ['h:creationTime[@value]', 'creationTime'],
  ['h:interactionId[@root="2.16.840.1.113883.1.6" and @extension="PRPA_IN201307UV02"]', 'interactionId'],
  ['h:processingCode[@code="D" or @code="P"]', 'processingCode'],
  ['h:processingModeCode[@code="T"]', 'processingModeCode'],
  ['h:acceptAckCode[@code="AL"]', 'acceptAckCode'],
  [`h:receiver/h:device/h:id[@root="${DMP_DEVICE}"]`, 'receiver'],
  ['h:sender/h:device/h:id[@root]', 'sender'],
  ['h:controlActProcess[@classCode="CACT" and @moodCode="EVN"]', 'controlActProcess'],
  [`h:controlActProcess/h:reasonCode[@code="TEST_EXST" and @codeSystem="${TEST_EXISTENCE}"]`, 'reasonCode TEST_EXST'],
  [`${QUERY}/h:queryId[@root]`, 'queryId'],
  [`${QUERY}/h:statusCode[@code="new"]`, 'statusCode'],
  [`${IDENTIFIER}/h:value[@root and @extension]`, 'patientIdentifier/value'],
  [`${IDENTIFIER}/h:semanticsText[normalize-space()="Patient.id"]`, 'semanticsText'],
];

export function readExistenceQuery(payload: XmlElement): ExistenceQuery {
  const get = (xpath: string): string => text(payload, xpath, NS) ?? '';
  const id = (xpath: string): { root: string; extension: string } => ({
    root: get(`${xpath}/@root`),
    extension: get(`${xpath}/@extension`),
  });
  const value = id(`${IDENTIFIER}/h:value`);
  return {
    defects: REQUIRED.filter(([xpath]) => payload.get(xpath, NS) === null).map(([, label]) => label),
    messageId: id('h:id'),
    queryId: id(`${QUERY}/h:queryId`),
    sender: get('h:sender/h:device/h:id/@root'),
    patient: { value: value.extension, oid: value.root },
  };
}

export interface ExistenceAnswer {
  readonly body: string;
  readonly outcome: 'exists' | 'closed' | 'not-found' | 'refused';
}

export function answerExistence(
  query: ExistenceQuery,
  caller: Caller,
  patient: Patient,
  newUuid: () => string,
  now: Date,
): ExistenceAnswer {
  const base = { newUuid, now, attention: '', acknowledgement: 'AA', details: '', subject: '' };
  const problem = problemOf(query, caller);
  if (problem !== undefined) {
    const details = `<acknowledgementDetail typeCode="E"><text>${escapeXml(problem)}</text></acknowledgementDetail>`;
    return { outcome: 'refused', body: message(query, { ...base, acknowledgement: 'AE', details, code: 'AE' }) };
  }
  if (patient.state === 'absent') return { outcome: 'not-found', body: message(query, { ...base, code: 'NF' }) };
  const found = { ...base, attention: attentionLines(patient, caller), subject: registration(patient), code: 'OK' };
  return { outcome: patient.state === 'closed' ? 'closed' : 'exists', body: message(query, found) };
}

function problemOf({ defects, patient }: ExistenceQuery, caller: Caller): string | undefined {
  if (defects.length > 0) return `Éléments absents ou inattendus : ${defects.join(', ')}.`;
  return samePatient(patient, caller.patient) ? undefined : 'Le patient demandé n’est pas celui du VIHF.';
}

interface Parts {
  readonly newUuid: () => string;
  readonly now: Date;
  readonly attention: string;
  readonly acknowledgement: string;
  readonly details: string;
  readonly subject: string;
  /** queryResponseCode. */
  readonly code: string;
}

function message(query: ExistenceQuery, parts: Parts): string {
  const time = parts.now.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const device = (tag: string, type: string, root: string): string =>
    `<${tag} typeCode="${type}"><device classCode="DEV" determinerCode="INSTANCE"><id root="${escapeXml(root)}"/></device></${tag}>`;
  const queryId = `<queryId ${idAttributes(query.queryId)}/>`;
  return (
    `<PRPA_IN201308UV02 xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ITSVersion="XML_1.0">` +
    `<id root="${parts.newUuid()}"/><creationTime value="${time}"/>` +
    `<interactionId root="2.16.840.1.113883.1.6" extension="PRPA_IN201308UV02"/><processingCode code="D"/>` +
    `<processingModeCode code="T"/><acceptAckCode code="NE"/>${device('receiver', 'RCV', query.sender)}` +
    `${device('sender', 'SND', DMP_DEVICE)}${parts.attention}<acknowledgement><typeCode code="${parts.acknowledgement}"/>` +
    `<targetMessage><id ${idAttributes(query.messageId)}/></targetMessage>${parts.details}</acknowledgement>` +
    `<controlActProcess classCode="CACT" moodCode="EVN">${parts.subject}` +
    `<queryAck>${queryId}<statusCode code="deliveredResponse"/><queryResponseCode code="${parts.code}"/></queryAck>` +
    `</controlActProcess></PRPA_IN201308UV02>`
  );
}

function idAttributes({ root, extension }: { root: string; extension: string }): string {
  return `root="${escapeXml(root)}"${extension === '' ? '' : ` extension="${escapeXml(extension)}"`}`;
}

function attentionLines(patient: Patient, caller: Caller): string {
  const authorisation = isBlocked(patient, caller) ? 'INTERDIT' : authorisationOf(patient, caller);
  return (
    `<attentionLine><keyWordText code="AUTORISATION" codeSystem="1.2.250.1.213.4.1.2.6.1">AUTORISATION</keyWordText>` +
    `<value xsi:type="CV" code="${authorisation}" codeSystem="1.2.250.1.213.4.1.2.6.2"/></attentionLine>` +
    `<attentionLine><keyWordText code="STATUT_MT" codeSystem="1.2.250.1.213.4.1.2.6.3">STATUT_MT</keyWordText>` +
    `<value xsi:type="BL" value="${isTreatingPhysician(patient, caller)}"/></attentionLine>`
  );
}

/** The simulator knows no traits: name and sex are null, as nobody may display those of the DMP anyway. */
function registration({ value, oid, state, internetAccount, attachedToMes }: Patient): string {
  const observation = (code: string, system: string, flag: boolean): string =>
    `<subjectOf><administrativeObservation classCode="OBS"><code code="${code}" codeSystem="${system}"/>` +
    `<value xsi:type="BL" value="${flag}"/></administrativeObservation></subjectOf>`;
  return (
    `<subject typeCode="SUBJ"><registrationEvent classCode="REG" moodCode="EVN"><statusCode code="active"/>` +
    `<subject1 typeCode="SBJ"><patient classCode="PAT"><id root="${oid}" extension="${value}"/>` +
    `<statusCode code="${state === 'closed' ? 'terminated' : 'active'}"/><patientPerson classCode="PSN" determinerCode="INSTANCE">` +
    `<name nullFlavor="NI"/><administrativeGenderCode nullFlavor="NI"/></patientPerson>` +
    `${observation('COMPTE_INTERNET_OUVERT', '1.2.250.1.213.4.1.2.9', internetAccount)}` +
    `${observation('RATTACHEMENT_ENS', '1.2.250.1.213.4.1.2.3', attachedToMes)}</patient></subject1></registrationEvent></subject>`
  );
}
