/** Writing patients: create, conditional create and update, through the use cases of the REST API and of the desk. */
import { domainOf } from '../../config/lookup.ts';
import type { Config } from '../../config/schema.ts';
import { createPatient, createUnlessKnown, type NewPatient, revisePatient } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { fhirRules } from '../../rules/fhir.ts';
import { ok, refuse } from '../../rules/rule.ts';
import type { IdentityRecord } from '../../store/identities.ts';
import { findIdentities } from '../../store/identity-query.ts';
import { type ReadPatient, readPatient } from '../../wire/fhir/patient-read.ts';
import { readSearch } from '../../wire/fhir/patient-search.ts';
import { unstorableText } from '../issues.ts';
import { ApiRefusal, settled } from '../problem.ts';
import type { FhirAnswer, FhirCall, FhirRoute } from './door.ts';
import { criteriaOf, patientResource, versionIdOf } from './patients.ts';
import { foundPatient, taggedAnswer } from './read-routes.ts';

const WRITING = { permission: 'patients.write', scope: 'domain', subject: 'patients' } as const;

export function writeRoutes(gateway: UseCaseContext): FhirRoute[] {
  return [
    {
      ...WRITING,
      method: 'POST',
      path: '/fhir/Patient',
      summary: 'Créer une identité provisoire, sous condition si If-None-Exist est présent',
      handle: (call) => create(gateway, call),
    },
    {
      ...WRITING,
      method: 'PUT',
      path: '/fhir/Patient/{id}',
      summary: 'Modifier une identité à partir d’une version donnée (If-Match)',
      handle: (call) => update(gateway, call),
    },
  ];
}

async function create(gateway: UseCaseContext, call: FhirCall): Promise<FhirAnswer> {
  const input = newPatientOf(gateway.config, patientOf(call));
  const { name } = call.actor;
  const condition = call.header('if-none-exist');
  if (condition === undefined) return created(gateway, call, settled(await createPatient(gateway, input, name)));
  const criteria = conditionOf(gateway.config, condition);
  const known = (tx: Parameters<typeof findIdentities>[0]) => findIdentities(tx, criteria, { limit: 2, after: null });
  const key = JSON.stringify(criteria);
  const outcome = settled(await createUnlessKnown(gateway, { key, known }, input, name));
  return outcome.created
    ? created(gateway, call, outcome.record)
    : taggedAnswer(await patientResource(gateway, outcome.record));
}

/** A search by nothing would take anybody for the patient. */
function conditionOf(config: Config, text: string) {
  const parameters = [...new URLSearchParams(text.replace(/^\?/, ''))] as [string, string][];
  const query = settled(readSearch(parameters));
  const { ids, identifiers, families } = query;
  if (ids.length + identifiers.length + families.length === 0 || unstorableText(parameters))
    throw new ApiRefusal(fhirRules.searchNotUnderstood, { detail: 'If-None-Exist' });
  return criteriaOf(config, query);
}

async function created(gateway: UseCaseContext, { base }: FhirCall, record: IdentityRecord): Promise<FhirAnswer> {
  const resource = await patientResource(gateway, record);
  const location = `${base}/Patient/${record.id}`;
  return taggedAnswer(resource, { status: 201, headers: { location } });
}

async function update(gateway: UseCaseContext, call: FhirCall): Promise<FhirAnswer> {
  const expected = /^(?:W\/)?"([^"]+)"$/.exec(call.header('if-match')?.trim() ?? '')?.[1];
  if (expected === undefined) throw new ApiRefusal(fhirRules.versionRequired);
  const { id } = await foundPatient(gateway, call.id);
  const patient = patientOf(call);
  if (patient.id !== undefined && patient.id !== id)
    throw new ApiRefusal(fhirRules.invalidResource, { detail: 'Patient.id', location: 'Patient.id' });
  const record = await revisePatient(
    gateway,
    id,
    newPatientOf(gateway.config, patient),
    (current, identifiers) => {
      if (versionIdOf(current, identifiers) !== expected) return refuse(fhirRules.versionChanged);
      return isOtherIns(patient, current) ? refuse(fhirRules.otherIns) : ok(true);
    },
    call.actor.name,
  );
  return taggedAnswer(await patientResource(gateway, settled(record)));
}

/** Two people, or a number that INSi has not given: a person looks. */
function isOtherIns({ ins }: ReadPatient, { matricule, oid }: IdentityRecord): boolean {
  return ins !== undefined && matricule !== null && (ins.matricule !== matricule || ins.oid !== oid);
}

function patientOf({ body }: FhirCall): ReadPatient {
  const patient = settled(readPatient(body));
  if (!patient.active) throw new ApiRefusal(fhirRules.notCreatedInactive);
  if (unstorableText(patient)) throw new ApiRefusal(fhirRules.invalidResource, { detail: 'caractère interdit' });
  return patient;
}

/** Only numbers of declared domains: one of another hospital could be borne here by somebody else. */
function newPatientOf(config: Config, patient: ReadPatient): NewPatient {
  const current = patient.identifiers.filter(({ old }) => !old);
  const identifiers = current.map(({ value, domain, type }) => ({
    value,
    type,
    domain: domain === undefined ? undefined : domainOf(config, domain),
  }));
  if (identifiers.length === 0 || identifiers.some(({ domain }) => domain === undefined))
    throw new ApiRefusal(fhirRules.invalidResource, {
      detail: 'Patient.identifier : un IPP dans un domaine déclaré (system urn:oid:…) est attendu',
      location: 'Patient.identifier',
    });
  const { birthName, firstGivenName, birthGivenNames, usedName, usedGivenName, sex, birthDate, birthPlace } = patient;
  return {
    ...{ birthName, firstGivenName, birthGivenNames, usedName, usedGivenName, sex, birthDate, birthPlace },
    identifiers,
    attributes: patient.attributes,
  };
}
