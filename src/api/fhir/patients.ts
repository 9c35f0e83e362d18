/** Between the stored identity and the FHIR Patient of this installation. */
import { z } from 'zod';
import { domainOf } from '../../config/lookup.ts';
import type { Config } from '../../config/schema.ts';
import { qualifiedIdentityOf, traitsOf } from '../../identity/index.ts';
import { parseMatricule } from '../../ins/matricule.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { type Identifier, type IdentityRecord, identifiersOf } from '../../store/identities.ts';
import type { IdentityCriteria, NumberCriterion } from '../../store/identity-query.ts';
import type { IdentifierToken, PatientQuery } from '../../wire/fhir/patient-search.ts';
import { type OutgoingPatient, writePatient } from '../../wire/fhir/patient-write.ts';
import { isInsSystem, oidOfSystem } from '../../wire/fhir/terms.ts';

/** What changes whenever the resource does: a number may come or be retired without a new version of the row. */
export function versionIdOf({ version }: IdentityRecord, identifiers: readonly Identifier[]): string {
  const retired = identifiers.filter((identifier) => identifier.retired === true).length;
  return `${version}-${identifiers.length}-${retired}`;
}

export async function patientResource({ pool, config }: UseCaseContext, record: IdentityRecord) {
  const identifiers = await identifiersOf(pool, record.id);
  return writePatient(outgoing(record, identifiers), config.fhir);
}

function outgoing(record: IdentityRecord, identifiers: readonly Identifier[]): OutgoingPatient {
  const qualified = record.active ? qualifiedIdentityOf(record) : undefined;
  return {
    id: record.id,
    versionId: versionIdOf(record, identifiers),
    lastUpdated: record.updatedAt.toISOString(),
    active: record.active,
    replacedBy: record.mergedInto,
    traits: traitsOf(record),
    birthDateInterpreted: record.birthDateInterpreted,
    usedName: record.usedName,
    usedGivenName: record.usedGivenName,
    identifiers,
    status: record.status,
    attributes: (['homonyme', 'douteuse', 'fictive'] as const).filter((attribute) => record[attribute]),
    qualified: qualified?.ok === true ? qualified.value : undefined,
    deviceType: record.deviceType,
    deviceCheckedOn: dayOf(record.deviceCheckedAt),
    insiAskedOn: dayOf(record.insiAskedAt),
  };
}

/** The day in France, where the act took place. */
function dayOf(at: Date | null): string | null {
  return at === null ? null : at.toLocaleDateString('sv-SE', { timeZone: 'Europe/Paris' });
}

export function criteriaOf(config: Config, query: PatientQuery): IdentityCriteria {
  return {
    ids: query.ids.map((ids) => ids.filter((id) => z.uuid().safeParse(id).success)),
    numbers: query.identifiers.map((tokens) => tokens.map((token) => numberOf(config, token))),
    families: query.families,
    givens: query.givens,
    birthDates: query.birthDates,
    sexes: query.sexes,
    active: query.active ?? true,
  };
}

/** What a token of a search designates. */
export function numberOf(config: Config, { system, value }: IdentifierToken): NumberCriterion {
  if (isInsSystem(system)) {
    const matricule = parseMatricule(value ?? '');
    return { kind: 'ins', domain: oidOfSystem(system) ?? '', value: matricule.ok ? matricule.value : (value ?? null) };
  }
  if (system === undefined) return { kind: 'any', domain: null, value: value ?? null };
  return {
    kind: 'local',
    domain: domainOf(config, system) ?? oidOfSystem(system) ?? system,
    value: value ?? null,
  };
}
