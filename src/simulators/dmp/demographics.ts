/** TD0.5, search of a patient without INS, for regulation (PDQv3, 201305 and 201306). Source: dmp.md 1.1, 1.6 and 7. */
import { children, elements, escapeXml, type XmlElement } from '../../wire/xml/xml.ts';
import type { Patient, Traits } from './held.ts';
import { QUERY, type Question, read, readQuestion, writeAnswer } from './hl7v3.ts';
import { DMP_OBSERVATIONS, writeFlag, writeRegistration } from './person.ts';

const NS = { h: 'urn:hl7-org:v3' };
const LIST = `${QUERY}/h:parameterList`;

interface Criteria {
  readonly family: string;
  readonly given: string;
  /** AAAAMMJJ, or its beginning. */
  readonly birthTime: string;
  readonly gender: string;
}

export interface DemographicsQuery extends Question {
  readonly criteria: Criteria;
  readonly queryText: string;
}

export function readDemographicsQuery(payload: XmlElement): DemographicsQuery {
  const question = readQuestion(payload, 'PRPA_IN201305UV02', [
    ['h:controlActProcess/h:code[@code="PRPA_TE201305UV02"]', 'code PRPA_TE201305UV02'],
    [`${LIST}/h:livingSubjectName/h:value/h:family[normalize-space()]`, 'livingSubjectName/value/family'],
    [`${LIST}/h:livingSubjectName/h:semanticsText[normalize-space()="LivingSubject.name"]`, 'semanticsText'],
  ]);
  return {
    ...question,
    criteria: {
      family: read(payload, `${LIST}/h:livingSubjectName/h:value/h:family`),
      given: read(payload, `${LIST}/h:livingSubjectName/h:value/h:given`),
      birthTime: read(payload, `${LIST}/h:livingSubjectBirthTime/h:value/@value`),
      gender: read(payload, `${LIST}/h:livingSubjectAdministrativeGender/h:value/@code`),
    },
    queryText: elements(payload, QUERY, NS).map(copy).join(''),
  };
}

/** The question as it came: elements, attributes and text, in the default namespace. */
function copy(node: XmlElement): string {
  const attributes = node.attrs.map(({ name, value }) => ` ${name}="${escapeXml(value)}"`).join('');
  const inside = children(node);
  const content = inside.length > 0 ? inside.map(copy).join('') : escapeXml(node.content.trim());
  return `<${node.name}${attributes}>${content}</${node.name}>`;
}

/** `found`: how many patients are answered. */
export function answerDemographics(
  query: DemographicsQuery,
  patients: readonly Patient[],
  newUuid: () => string,
  now: Date,
): { body: string; outcome: 'refused' | 'not-found' | 'success' } {
  const interaction = 'PRPA_IN201306UV02';
  const reason = `<code code="PRPA_TE201306UV02" codeSystem="2.16.840.1.113883.1.6"/>`;
  if (query.defects.length > 0) {
    const problem = `Éléments absents ou inattendus : ${query.defects.join(', ')}.`;
    return { outcome: 'refused', body: writeAnswer(query, { interaction, reason, code: 'AE', problem }, newUuid, now) };
  }
  const found = patients
    .filter(({ state }) => state === 'open')
    .flatMap((patient) => candidate(patient, query.criteria))
    .toSorted((a, b) => b.score - a.score);
  const counts =
    `<resultTotalQuantity value="${found.length}"/><resultCurrentQuantity value="${found.length}"/>` +
    `<resultRemainingQuantity value="0"/>`;
  const code = found.length === 0 ? 'NF' : 'OK';
  const subjects = found.map(({ patient, score }) =>
    writeRegistration(patient, patient, observations(patient, score), 'full'),
  );
  const body = writeAnswer(query, { interaction, reason, code, subjects, counts, echo: query.queryText }, newUuid, now);
  return { outcome: code === 'OK' ? 'success' : 'not-found', body };
}

/** Whoever bears the name, with the share of the criteria that hold. */
function candidate(patient: Patient, criteria: Criteria): { patient: Patient; score: number }[] {
  const { traits } = patient;
  if (traits === undefined || !namesOf(traits).includes(normal(criteria.family))) return [];
  const checks = [
    true,
    ...(criteria.given === '' ? [] : [normal(traits.firstGivenName) === normal(criteria.given)]),
    ...(criteria.birthTime === '' ? [] : [traits.birthDate.replaceAll('-', '').startsWith(criteria.birthTime)]),
    ...(criteria.gender === '' ? [] : [traits.sex === criteria.gender]),
  ];
  return [{ patient, score: Math.round((checks.filter(Boolean).length / checks.length) * 100) }];
}

function namesOf({ birthName, usedName }: Traits): string[] {
  return [birthName, usedName ?? birthName].map(normal);
}

function normal(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}]+/gu, ' ')
    .trim()
    .toUpperCase();
}

function observations({ oppositions }: Patient, score: number): string {
  return (
    `<subjectOf1 typeCode="SBJ"><queryMatchObservation classCode="COND" moodCode="EVN"><code code="POURCENTAGE"/>` +
    `<value xsi:type="INT" value="${score}"/></queryMatchObservation></subjectOf1>` +
    writeFlag('subjectOf2', 'OPPOSITION_ACCES_URGENCE', DMP_OBSERVATIONS, oppositions.includes('centre_15'))
  );
}
