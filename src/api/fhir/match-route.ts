/** `Patient/$match`: who may be this person, each with a score (IHE PDQm ITI-119). */

import { domainOf } from '../../config/lookup.ts';
import { searchPatientsWithErrors, strictTraits } from '../../identity/index.ts';
import type { Comparable } from '../../ins/matching/compare.ts';
import { parseMatricule } from '../../ins/matricule.ts';
import { scoreAgainst } from '../../matching/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { type MatchGrade, matchAnswer, readMatch } from '../../wire/fhir/match.ts';
import type { ReadPatient } from '../../wire/fhir/patient-read.ts';
import { settled } from '../problem.ts';
import type { FhirAnswer, FhirCall, FhirRoute } from './door.ts';
import { patientResource } from './patients.ts';

/** Candidates that are scored: the person that is looked for is among the first few (decision 0026). */
const MOST_CANDIDATES = 50;

export function matchRoute(gateway: UseCaseContext): FhirRoute {
  return {
    permission: 'patients.read',
    scope: 'domain',
    subject: 'patients',
    method: 'POST',
    path: '/fhir/Patient/$match',
    summary: 'Identités qui peuvent être cette personne, avec un score (PDQm)',
    handle: (call) => match(gateway, call),
  };
}

async function match(gateway: UseCaseContext, { body, base }: FhirCall): Promise<FhirAnswer> {
  const { patient, onlyCertain, count } = settled(readMatch(body));
  const person = comparableOf(patient);
  const found = await searchPatientsWithErrors(gateway, questionOf(gateway, patient, person), {
    limit: MOST_CANDIDATES,
  });
  const scored = found
    .map(({ record, score, byNumber }) => {
      const likely = byNumber ? score : scoreAgainst(person, record);
      return { record, score: likely, grade: gradeOf(gateway, likely, byNumber) };
    })
    .sort((one, other) => other.score - one.score);
  const certain = scored.filter(({ grade }) => grade === 'certain');
  // Two who are both certain are a fault of the repository: none of them is.
  const kept = onlyCertain ? (certain.length === 1 ? certain : []) : scored.slice(0, count);
  const matches = await Promise.all(
    kept.map(async ({ record, score, grade }) => ({ resource: await patientResource(gateway, record), score, grade })),
  );
  return { resource: matchAnswer(matches, base) };
}

/** Only a number makes a match certain, and only where no trait contradicts it: twins and homonyms share the rest. */
function gradeOf({ config }: UseCaseContext, score: number, byNumber: boolean): MatchGrade {
  if (byNumber && score === 1) return 'certain';
  return score >= config.matching.reviewThreshold ? 'probable' : 'possible';
}

function comparableOf(patient: ReadPatient): Comparable {
  const { traits, dateInterpreted } = settled(strictTraits(patient));
  const matricule = patient.ins === undefined ? undefined : parseMatricule(patient.ins.matricule);
  return {
    birthName: traits.birthName,
    firstGivenName: traits.firstGivenName,
    birthGivenNames: traits.birthGivenNames ?? null,
    sex: traits.sex,
    birthDate: traits.birthDate,
    birthDateInterpreted: dateInterpreted,
    birthPlace: traits.birthPlace ?? null,
    usedName: patient.usedName ?? null,
    usedGivenName: patient.usedGivenName ?? null,
    matricule: matricule?.ok === true ? matricule.value : null,
    oid: patient.ins?.oid ?? null,
    formerMatricules: [],
  };
}

function questionOf({ config }: UseCaseContext, { identifiers }: ReadPatient, person: Comparable) {
  const [number] = identifiers.flatMap(({ value, domain }) => {
    const known = domain === undefined ? undefined : domainOf(config, domain);
    return known === undefined ? [] : [{ value, domain: known }];
  });
  return {
    familyName: person.birthName,
    givenName: person.firstGivenName,
    born: person.birthDate,
    ...(person.sex === 'I' ? {} : { sex: person.sex }),
    ...(person.birthPlace === null ? {} : { birthPlace: person.birthPlace }),
    ...(number === undefined ? {} : { identifier: number }),
    ...(person.matricule === null
      ? {}
      : { ins: { matricule: person.matricule, ...(person.oid === null ? {} : { oid: person.oid }) } }),
  };
}
