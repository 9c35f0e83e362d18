/** TD0.2, existence test: HL7 v3 PRPA_IN201307UV02 and its answer PRPA_IN201308UV02. Source: dmp.md 7. */
import type { Ins } from '../../ins/types.ts';
import { dmpRules } from '../../rules/dmp.ts';
import type { Lps } from '../vihf/vihf.ts';
import { escapeXml, text, type XmlElement } from '../xml/xml.ts';
import { type DmpAnswer, failedQuestion } from './outcome.ts';

const HL7 = 'urn:hl7-org:v3';
const NS = { h: HL7 };
const DMP_DEVICE = '1.2.250.1.213.4.1.1.1';
const INTERACTIONS = '2.16.840.1.113883.1.6';
const REASONS = '1.2.250.1.213.1.1.4.11';

/** Only VALIDE is certain on the wire; the others are the names of an enumeration (dmp.md 7). */
const AUTHORISATIONS = { VALIDE: 'valid', EXPIRE: 'expired', INTERDIT: 'forbidden', NON_EXISTE: 'none' } as const;

/** The caller's right to read. Feeding does not need it. `unstated` when the DMP said nothing or something unknown. */
export type Authorisation = (typeof AUTHORISATIONS)[keyof typeof AUTHORISATIONS] | 'unstated';

export type Existence =
  | { readonly state: 'absent' }
  | { readonly state: 'closed' }
  | {
      readonly state: 'active';
      readonly authorisation: Authorisation;
      /** True when the caller is the declared treating physician. */
      readonly treatingPhysician: boolean;
    };

export interface ExistenceRequest {
  readonly ins: Ins;
  readonly lps: Lps;
  /** `P` production, `D` test: the samples disagree (dmp.md 7). */
  readonly processingCode: 'P' | 'D';
  readonly createdAt: Date;
  /** UUIDs of the message and of the query. */
  readonly messageId: string;
  readonly queryId: string;
}

export function existenceRequest(request: ExistenceRequest): string {
  const { ins, lps } = request;
  const created = request.createdAt.toISOString().replace(/\D/g, '').slice(0, 14);
  const oid = escapeXml(lps.oid);
  return (
    `<PRPA_IN201307UV02 xmlns="${HL7}" ITSVersion="XML_1.0">` +
    `<id root="${oid}" extension="${request.messageId}"/><creationTime value="${created}"/>` +
    `<interactionId root="${INTERACTIONS}" extension="PRPA_IN201307UV02"/>` +
    `<processingCode code="${request.processingCode}"/><processingModeCode code="T"/><acceptAckCode code="AL"/>` +
    `<receiver typeCode="RCV">${device(DMP_DEVICE, 'DMP')}</receiver>` +
    `<sender typeCode="SND">${device(lps.oid, lps.name)}</sender>` +
    `<controlActProcess classCode="CACT" moodCode="EVN">` +
    `<reasonCode code="TEST_EXST" codeSystem="${REASONS}" displayName="Test d'existence de dossier"/>` +
    `<queryByParameter><queryId root="${oid}" extension="${request.queryId}"/><statusCode code="new"/>` +
    `<parameterList><patientIdentifier><value root="${ins.oid}" extension="${ins.matricule}"/>` +
    `<semanticsText>Patient.id</semanticsText></patientIdentifier></parameterList></queryByParameter>` +
    `</controlActProcess></PRPA_IN201307UV02>`
  );
}

function device(oid: string, name: string): string {
  return (
    `<device classCode="DEV" determinerCode="INSTANCE"><id root="${escapeXml(oid)}"/>` +
    `<softwareName>${escapeXml(name)}</softwareName></device>`
  );
}

/** What the answer says, still to be judged. */
export interface ExistenceAnswer {
  readonly acknowledgement: string;
  readonly errorCode: string;
  readonly errorText: string;
  readonly queryResponse: string;
  readonly patientStatus: string;
  readonly authorisation: string;
  readonly treatingPhysician: boolean;
}

/** Undefined when the element is not the expected answer. The identity traits of the DMP are not read (dmp.md 7). */
export function readExistence(root: XmlElement): ExistenceAnswer | undefined {
  if (root.namespaceUri !== HL7 || root.name !== 'PRPA_IN201308UV02') return undefined;
  const value = (xpath: string) => text(root, xpath, NS) ?? '';
  return {
    acknowledgement: value('h:acknowledgement/h:typeCode/@code | h:acknowledgement/@typeCode'),
    errorCode: value('h:acknowledgement/h:acknowledgementDetail/h:code/@code'),
    errorText: value('h:acknowledgement/h:acknowledgementDetail/h:text'),
    queryResponse: value('h:controlActProcess/h:queryAck/h:queryResponseCode/@code'),
    patientStatus: value('h:controlActProcess/h:subject//h:patient/h:statusCode/@code'),
    authorisation: value(`.//h:attentionLine[h:keyWordText/@code='AUTORISATION']/h:value/@code`),
    treatingPhysician: value(`.//h:attentionLine[h:keyWordText/@code='STATUT_MT']/h:value/@value`) === 'true',
  };
}

export function judgeExistence(answer: ExistenceAnswer): DmpAnswer<Existence> {
  if (answer.errorCode === 'DMPClosed') return known({ state: 'closed' });
  if (answer.acknowledgement !== 'AA') {
    const detail = `${answer.acknowledgement} ${answer.errorCode}: ${answer.errorText}`;
    return failedQuestion(dmpRules.requestRefused, detail);
  }
  if (answer.queryResponse === 'NF') return known({ state: 'absent' });
  if (answer.queryResponse !== 'OK') return failedQuestion(dmpRules.queryUnanswered, answer.queryResponse);
  if (answer.patientStatus === 'terminated') return known({ state: 'closed' });
  if (answer.patientStatus !== 'active') return failedQuestion(dmpRules.queryUnanswered, 'statusCode');
  const { authorisation, treatingPhysician } = answer;
  return known({ state: 'active', authorisation: readAuthorisation(authorisation), treatingPhysician });
}

function readAuthorisation(code: string): Authorisation {
  return Object.hasOwn(AUTHORISATIONS, code) ? AUTHORISATIONS[code as keyof typeof AUTHORISATIONS] : 'unstated';
}

function known(value: Existence): DmpAnswer<Existence> {
  return { kind: 'answered', value };
}
