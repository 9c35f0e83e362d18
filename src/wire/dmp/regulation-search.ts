/**
 * TD0.5: finding a patient without INS, by medical regulation only (PDQv3 PRPA_IN201305UV02). Its answer is the one place
 * where traits of the DMP are read: without them nobody could tell which of the proposed patients is on the line.
 */
import { formatCivilDate, parseCivilDate } from '../../ins/civil-date.ts';
import type { CivilDate, Ins } from '../../ins/types.ts';
import { optional } from '../xml/optional.ts';
import { elements, escapeXml, text, type XmlElement } from '../xml/xml.ts';
import {
  acknowledgementFailure,
  HL7_NS,
  type Hl7Acknowledgement,
  type Hl7Question,
  hl7Question,
  readAcknowledgement,
  trigger,
} from './hl7v3.ts';
import { insAmong } from './ins-among.ts';
import type { DmpAnswer } from './outcome.ts';

/** At least a name. */
export interface SearchTraits {
  readonly family: string;
  readonly given?: string;
  readonly birthDate?: CivilDate;
  readonly sex?: 'M' | 'F';
  readonly city?: string;
  readonly postalCode?: string;
}

export interface Proposal {
  readonly ins: Ins;
  /** 0 to 100, as the DMP reckons it. */
  readonly score?: number;
  readonly closed: boolean;
  /** The patient opposes an opening by medical regulation. */
  readonly opposesRegulation: boolean;
  readonly birthName?: string;
  readonly usedName?: string;
  readonly given?: string;
  readonly birthDate?: CivilDate;
  readonly sex?: string;
  readonly city?: string;
  readonly postalCode?: string;
}

export function regulationRequest(
  traits: SearchTraits,
  question: Pick<Hl7Question, 'lps' | 'processingCode' | 'createdAt' | 'messageId' | 'queryId'>,
): string {
  const { birthDate, sex } = traits;
  const name = element('family', traits.family) + element('given', traits.given);
  const address = element('postalCode', traits.postalCode) + element('city', traits.city);
  return hl7Question({
    ...question,
    interaction: 'PRPA_IN201305UV02',
    act: trigger('PRPA_TE201305UV02'),
    // The order is that of the HL7 schema.
    parameters: [
      sex === undefined
        ? ''
        : parameter(
            'livingSubjectAdministrativeGender',
            `<value code="${sex}"/>`,
            'LivingSubject.administrativeGender',
          ),
      birthDate === undefined
        ? ''
        : parameter(
            'livingSubjectBirthTime',
            `<value value="${formatCivilDate(birthDate, 'AAAAMMJJ')}"/>`,
            'LivingSubject.birthTime',
          ),
      parameter('livingSubjectName', `<value>${name}</value>`, 'LivingSubject.name'),
      address === '' ? '' : parameter('patientAddress', `<value>${address}</value>`, 'Patient.addr'),
    ].join(''),
  });
}

function parameter(name: string, value: string, semantics: string): string {
  return `<${name}>${value}<semanticsText>${semantics}</semanticsText></${name}>`;
}

function element(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : `<${name}>${escapeXml(value)}</${name}>`;
}

export interface RegulationAnswer extends Hl7Acknowledgement {
  readonly proposals: readonly Proposal[];
}

export function readProposals(root: XmlElement): RegulationAnswer | undefined {
  const acknowledged = readAcknowledgement(root, 'PRPA_IN201306UV02');
  if (acknowledged === undefined) return undefined;
  const patients = elements(root, 'h:controlActProcess/h:subject//h:patient', HL7_NS);
  return { ...acknowledged, proposals: patients.flatMap(readProposal) };
}

/** A patient without a matricule could not be opened: left out. */
function readProposal(patient: XmlElement): Proposal[] {
  const ids = elements(patient, 'h:id', HL7_NS).map((each) => ({
    value: each.attr('extension')?.value ?? '',
    oid: each.attr('root')?.value ?? '',
  }));
  const ins = insAmong(ids);
  if (ins === undefined) return [];
  const value = (xpath: string) => text(patient, xpath, HL7_NS);
  const person = (xpath: string) => value(`h:patientPerson/${xpath}`);
  const score = Number(value(".//h:queryMatchObservation[h:code/@code='POURCENTAGE']/h:value/@value") ?? Number.NaN);
  const born = parseCivilDate(person('h:birthTime/@value')?.slice(0, 8) ?? '', 'AAAAMMJJ');
  const opposed = ".//h:administrativeObservation[h:code/@code='OPPOSITION_ACCES_URGENCE']/h:value/@value";
  return [
    {
      ins,
      ...(Number.isFinite(score) ? { score } : {}),
      closed: value('h:statusCode/@code') === 'terminated',
      opposesRegulation: value(opposed) === 'true',
      ...optional('birthName', person("h:name/h:family[@qualifier='BR']")),
      ...optional('usedName', person("h:name/h:family[@qualifier='SP']")),
      ...optional('given', person('h:name/h:given')),
      ...(born.ok ? { birthDate: born.value } : {}),
      ...optional('sex', person('h:administrativeGenderCode/@code')),
      ...optional('city', person('h:addr/h:city')),
      ...optional('postalCode', person('h:addr/h:postalCode')),
    },
  ];
}

export function judgeProposals(answer: RegulationAnswer): DmpAnswer<readonly Proposal[]> {
  return acknowledgementFailure(answer) ?? { kind: 'answered', value: answer.proposals };
}
