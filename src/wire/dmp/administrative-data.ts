/**
 * TD1.3a: what the DMP knows of how a record is managed (CNSLT_DATA). Names, birth date and sex are not read: the identity
 * traits of the DMP are not displayed (dmp.md 7).
 */
import { dmpRules } from '../../rules/dmp.ts';
import { optional } from '../xml/optional.ts';
import { elements, text, type XmlElement } from '../xml/xml.ts';
import { acknowledgementFailure, HL7_NS, type Hl7Acknowledgement, readAcknowledgement } from './hl7v3.ts';
import { type DmpAnswer, failedQuestion } from './outcome.ts';

export type AdministrativeData =
  | { readonly state: 'absent' }
  | {
      readonly state: 'active' | 'closed';
      /** The patient opposes an opening without consent in an emergency. Undefined when the DMP does not say. */
      readonly opposesEmergencyOpening?: boolean;
      /** The patient opposes an opening by medical regulation. */
      readonly opposesRegulation?: boolean;
      readonly internetAccountOpen?: boolean;
      /** Managed by the patient in Mon espace santé: no longer by professional software. */
      readonly attachedToMonEspaceSante?: boolean;
      /** `tel:` and `mailto:` addresses. */
      readonly telecoms: readonly string[];
      readonly address: readonly string[];
      /** How many legal representatives are recorded. */
      readonly representatives: number;
    };

export interface AdministrativeAnswer extends Hl7Acknowledgement {
  readonly patientStatus: string;
  readonly observations: ReadonlyMap<string, boolean>;
  readonly telecoms: readonly string[];
  readonly address: readonly string[];
  readonly representatives: number;
}

const PERSON = 'h:controlActProcess/h:subject//h:patient/h:patientPerson';

export function readAdministrativeData(root: XmlElement): AdministrativeAnswer | undefined {
  const acknowledged = readAcknowledgement(root, 'PRPA_IN201308UV02');
  if (acknowledged === undefined) return undefined;
  const observations = elements(root, './/h:administrativeObservation', HL7_NS).map(
    (each) => [text(each, 'h:code/@code', HL7_NS) ?? '', text(each, 'h:value/@value', HL7_NS) === 'true'] as const,
  );
  const telecoms = elements(root, `${PERSON}/h:telecom`, HL7_NS).map((each) => each.attr('value')?.value ?? '');
  return {
    ...acknowledged,
    patientStatus: text(root, 'h:controlActProcess/h:subject//h:patient/h:statusCode/@code', HL7_NS) ?? '',
    observations: new Map(observations),
    telecoms: [...new Set(telecoms)].filter((each) => each !== ''),
    address: elements(root, `${PERSON}/h:addr/*`, HL7_NS).map((each) => each.content.trim()),
    representatives: elements(root, `${PERSON}/h:personalRelationship`, HL7_NS).length,
  };
}

export function judgeAdministrativeData(answer: AdministrativeAnswer): DmpAnswer<AdministrativeData> {
  const failure = acknowledgementFailure(answer);
  if (failure !== undefined) return failure;
  if (answer.queryResponse === 'NF') return { kind: 'answered', value: { state: 'absent' } };
  const { patientStatus, observations, telecoms, address, representatives } = answer;
  if (patientStatus !== 'active' && patientStatus !== 'terminated') {
    return failedQuestion(dmpRules.queryUnanswered, 'statusCode');
  }
  return {
    kind: 'answered',
    value: {
      state: patientStatus === 'active' ? 'active' : 'closed',
      ...optional('opposesEmergencyOpening', observations.get('OPPOSITION_BRIS_DE_GLACE')),
      ...optional('opposesRegulation', observations.get('OPPOSITION_ACCES_URGENCE')),
      ...optional('internetAccountOpen', observations.get('COMPTE_INTERNET_OUVERT')),
      ...optional('attachedToMonEspaceSante', observations.get('RATTACHEMENT_ENS')),
      telecoms,
      address,
      representatives,
    },
  };
}
