/** Whom a published document is about: the identity of this repository that all its numbers designate, and none other. */
import { z } from 'zod';
import { sourceOfEstablishment } from '../../config/lookup.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { fhirRules } from '../../rules/fhir.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { type IdentityRecord, identifiersOf, identityById } from '../../store/identities.ts';
import { findIdentities } from '../../store/identity-query.ts';
import type { PublishedPatient } from '../../wire/fhir/document-read.ts';
import { isInsSystem } from '../../wire/fhir/terms.ts';
import { numberOf } from './patients.ts';

export interface LocalNumber {
  readonly ipp: string;
  readonly ippDomain: string;
}

/**
 * The IPP under which the pipeline knows the patient. A number that nobody bears here yet is taken as it is, as by the other
 * doors: the document waits for its patient. An INS alone proves nothing (practice 4): it only finds the identity.
 */
export async function localNumberOf(
  gateway: UseCaseContext,
  patient: PublishedPatient,
  establishment: string | undefined,
): Promise<Result<LocalNumber>> {
  const domain = sourceOfEstablishment(gateway.config, establishment)?.ippDomain;
  const found = await designated(gateway, patient);
  if (!found.ok) return found;
  if (found.value !== undefined) {
    const numbers = await identifiersOf(gateway.pool, found.value.id);
    const current = numbers.filter(({ retired }) => retired !== true);
    const own = current.find((number) => number.domain === domain) ?? current[0];
    if (own === undefined) return refuse(fhirRules.patientWithoutNumber);
    return ok({ ipp: own.value, ippDomain: own.domain });
  }
  for (const { system, value } of patient.identifiers) {
    const number = numberOf(gateway.config, { system, value });
    if (number.kind === 'local' && number.domain !== null) return ok({ ipp: value, ippDomain: number.domain });
  }
  return refuse(fhirRules.patientNotFound);
}

/** Undefined when nobody bears these numbers. Refused when they are those of several people. */
async function designated(
  gateway: UseCaseContext,
  { id, identifiers }: PublishedPatient,
): Promise<Result<IdentityRecord | undefined>> {
  const found = new Map<string, IdentityRecord>();
  if (id !== undefined) {
    const record = z.uuid().safeParse(id).success ? await identityById(gateway.pool, id) : undefined;
    if (record?.active !== true) return refuse(fhirRules.patientNotFound);
    found.set(record.id, record);
  }
  let unknownIns = false;
  for (const { system, value } of identifiers) {
    const bearers = await findIdentities(
      gateway.pool,
      { ...ANYBODY, numbers: [[numberOf(gateway.config, { system, value })]] },
      { limit: 2, after: null },
    );
    for (const bearer of bearers) found.set(bearer.id, bearer);
    if (bearers.length === 0 && isInsSystem(system)) unknownIns = true;
  }
  if (found.size > 1) return refuse(fhirRules.patientAmbiguous);
  const [record] = found.values();
  // An INS that our identity does not bear: which of the two is wrong is for a person to say.
  return record !== undefined && unknownIns ? refuse(fhirRules.patientAmbiguous) : ok(record);
}

const ANYBODY = { ids: [], families: [], givens: [], birthDates: [], sexes: [], active: true } as const;
