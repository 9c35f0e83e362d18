/** TD0.2, existence of a DMP and the caller's authorisation; TD1.3a, its administrative data (201307). Source: dmp.md 7. */
import type { XmlElement } from '../../wire/xml/xml.ts';
import { authorisationOf, isBlocked, isTreatingPhysician, openDmpErrors } from './access.ts';
import type { Patient } from './held.ts';
import { type Answer, QUERY, type Question, read, readId, readQuestion, writeAnswer } from './hl7v3.ts';
import { DMP_OBSERVATIONS, writeFlag, writeRegistration } from './person.ts';
import { type PatientId, samePatient } from './values.ts';
import type { Caller } from './vihf-rules.ts';

const REASONS = '1.2.250.1.213.1.1.4.11';
const IDENTIFIER = `${QUERY}/h:parameterList/h:patientIdentifier`;
const REASON = 'h:controlActProcess/h:reasonCode';

export interface PatientQuery extends Question {
  /** The reason told decides between the two transactions. */
  readonly reason: 'TEST_EXST' | 'CNSLT_DATA';
  readonly patient: PatientId;
}

export function readPatientQuery(payload: XmlElement): PatientQuery {
  const question = readQuestion(payload, 'PRPA_IN201307UV02', [
    [
      `${REASON}[(@code="TEST_EXST" or @code="CNSLT_DATA") and @codeSystem="${REASONS}"]`,
      'reasonCode TEST_EXST ou CNSLT_DATA',
    ],
    [`${IDENTIFIER}/h:value[@root and @extension]`, 'patientIdentifier/value'],
    [`${IDENTIFIER}/h:semanticsText[normalize-space()="Patient.id"]`, 'semanticsText'],
  ]);
  const value = readId(payload, `${IDENTIFIER}/h:value`);
  return {
    ...question,
    reason: read(payload, `${REASON}/@code`) === 'CNSLT_DATA' ? 'CNSLT_DATA' : 'TEST_EXST',
    patient: { value: value.extension, oid: value.root },
  };
}

export interface ExistenceAnswer {
  readonly body: string;
  readonly outcome: 'exists' | 'closed' | 'not-found' | 'refused' | 'success';
}

export function answerPatientQuery(
  query: PatientQuery,
  caller: Caller,
  patient: Patient,
  newUuid: () => string,
  now: Date,
): ExistenceAnswer {
  const reason = `<reasonCode code="${query.reason}" codeSystem="${REASONS}"/>`;
  const answer = (outcome: ExistenceAnswer['outcome'], parts: Omit<Answer, 'interaction'>): ExistenceAnswer => ({
    outcome,
    body: writeAnswer(query, { interaction: 'PRPA_IN201308UV02', reason, ...parts }, newUuid, now),
  });
  const problem = problemOf(query, caller, patient);
  if (problem !== undefined) return answer('refused', { code: 'AE', problem });
  if (patient.state === 'absent') return answer('not-found', { code: 'NF' });
  if (query.reason === 'CNSLT_DATA') {
    return answer('success', {
      code: 'OK',
      subjects: [writeRegistration(caller.patient, patient, oppositions(patient), 'full')],
    });
  }
  return answer(patient.state === 'closed' ? 'closed' : 'exists', {
    code: 'OK',
    attention: attentionLines(patient, caller),
    subjects: [writeRegistration(caller.patient, patient, attachments(patient))],
  });
}

/** TD0.2 tells the states of the DMP; data are read in one that is open and does not block the caller. */
function problemOf({ defects, patient, reason }: PatientQuery, caller: Caller, held: Patient): string | undefined {
  if (defects.length > 0) return `Éléments absents ou inattendus : ${defects.join(', ')}.`;
  if (!samePatient(patient, caller.patient)) return 'Le patient demandé n’est pas celui du VIHF.';
  if (reason === 'TEST_EXST' || held.state === 'absent') return undefined;
  return openDmpErrors(held, caller)[0]?.context;
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

function attachments({ internetAccount, attachedToMes }: Patient): string {
  return (
    writeFlag('subjectOf', 'COMPTE_INTERNET_OUVERT', '1.2.250.1.213.4.1.2.9', internetAccount) +
    writeFlag('subjectOf', 'RATTACHEMENT_ENS', DMP_OBSERVATIONS, attachedToMes)
  );
}

function oppositions({ oppositions: opposed }: Patient): string {
  return (
    writeFlag('subjectOf', 'OPPOSITION_BRIS_DE_GLACE', DMP_OBSERVATIONS, opposed.includes('bris_de_glace')) +
    writeFlag('subjectOf', 'OPPOSITION_ACCES_URGENCE', DMP_OBSERVATIONS, opposed.includes('centre_15'))
  );
}
