/** TD0.2, existence test: HL7 v3 PRPA_IN201307UV02 and its answer PRPA_IN201308UV02. Source: dmp.md 7. */
import type { Ins } from '../../ins/types.ts';
import { dmpRules } from '../../rules/dmp.ts';
import { text, type XmlElement } from '../xml/xml.ts';
import {
  acknowledgementFailure,
  HL7_NS,
  type Hl7Acknowledgement,
  type Hl7Question,
  hl7Question,
  readAcknowledgement,
} from './hl7v3.ts';
import { type DmpAnswer, failedQuestion } from './outcome.ts';

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

/** Why the record of a patient is asked for (TD0.2, TD1.3a). */
const PATIENT_QUESTIONS = {
  TEST_EXST: "Test d'existence de dossier",
  CNSLT_DATA: 'Consultation des données de gestion de dossier',
} as const;

export interface PatientQuestion
  extends Pick<Hl7Question, 'lps' | 'processingCode' | 'createdAt' | 'messageId' | 'queryId'> {
  readonly ins: Ins;
}

export function existenceRequest(question: PatientQuestion): string {
  return patientRequest('TEST_EXST', question);
}

/** PRPA_IN201307UV02: one message, whose reason says what is asked. */
export function patientRequest(reason: keyof typeof PATIENT_QUESTIONS, { ins, ...question }: PatientQuestion): string {
  return hl7Question({
    ...question,
    interaction: 'PRPA_IN201307UV02',
    act: `<reasonCode code="${reason}" codeSystem="${REASONS}" displayName="${PATIENT_QUESTIONS[reason]}"/>`,
    parameters:
      `<patientIdentifier><value root="${ins.oid}" extension="${ins.matricule}"/>` +
      `<semanticsText>Patient.id</semanticsText></patientIdentifier>`,
  });
}

/** What the answer says, still to be judged. */
export interface ExistenceAnswer extends Hl7Acknowledgement {
  readonly patientStatus: string;
  readonly authorisation: string;
  readonly treatingPhysician: boolean;
}

/** Undefined when the element is not the expected answer. The identity traits of the DMP are not read (dmp.md 7). */
export function readExistence(root: XmlElement): ExistenceAnswer | undefined {
  const acknowledged = readAcknowledgement(root, 'PRPA_IN201308UV02');
  if (acknowledged === undefined) return undefined;
  const value = (xpath: string) => text(root, xpath, HL7_NS) ?? '';
  return {
    ...acknowledged,
    patientStatus: value('h:controlActProcess/h:subject//h:patient/h:statusCode/@code'),
    authorisation: value(`.//h:attentionLine[h:keyWordText/@code='AUTORISATION']/h:value/@code`),
    treatingPhysician: value(`.//h:attentionLine[h:keyWordText/@code='STATUT_MT']/h:value/@value`) === 'true',
  };
}

export function judgeExistence(answer: ExistenceAnswer): DmpAnswer<Existence> {
  if (answer.errorCode === 'DMPClosed') return known({ state: 'closed' });
  const failure = acknowledgementFailure(answer);
  if (failure !== undefined) return failure;
  if (answer.queryResponse === 'NF') return known({ state: 'absent' });
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
