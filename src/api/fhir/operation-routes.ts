/** Operations on patients: cross-references between domains (IHE PIXm). */
import { domainOf } from '../../config/lookup.ts';
import { qualifiedIdentityOf } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { fhirRules } from '../../rules/fhir.ts';
import { findIdentities } from '../../store/identity-query.ts';
import type { ServedOperation } from '../../wire/fhir/capability.ts';
import { byNumber } from '../../wire/fhir/patient-search.ts';
import { type PixQuery, pixAnswer, readPix, readPixResource } from '../../wire/fhir/pix.ts';
import { isInsSystem } from '../../wire/fhir/terms.ts';
import { ApiRefusal, settled } from '../problem.ts';
import type { FhirAnswer, FhirCall, FhirRoute } from './door.ts';
import { criteriaOf, patientResource } from './patients.ts';

export const SERVED_OPERATIONS: readonly ServedOperation[] = [
  { name: 'match', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match' },
  { name: 'ihe-pix', definition: 'https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix' },
];

const ASKING = { permission: 'patients.read', scope: 'domain', subject: 'patients' } as const;

export function operationRoutes(gateway: UseCaseContext): FhirRoute[] {
  return [
    {
      ...ASKING,
      method: 'GET',
      path: '/fhir/Patient/$ihe-pix',
      summary: 'Identifiants du même patient dans d’autres domaines (PIXm)',
      handle: (call) => crossReference(gateway, call, settled(readPix(call.parameters))),
    },
    {
      ...ASKING,
      method: 'POST',
      path: '/fhir/Patient/$ihe-pix',
      summary: 'Même opération, sans rien écrire dans l’adresse',
      handle: (call) => crossReference(gateway, call, settled(readPixResource(call.body))),
    },
  ];
}

async function crossReference(gateway: UseCaseContext, { base }: FhirCall, query: PixQuery): Promise<FhirAnswer> {
  const { config, pool } = gateway;
  if (!isKnownDomain(gateway, query.system)) throw new ApiRefusal(fhirRules.pixSourceDomainUnknown);
  if (!query.targets.every((target) => isKnownDomain(gateway, target)))
    throw new ApiRefusal(fhirRules.pixTargetDomainUnknown);
  const [record] = await findIdentities(pool, criteriaOf(config, byNumber(query)), { limit: 1, after: null });
  // An INS that was only retrieved refers to nobody (EXI SI 08), nor does one in doubt: nothing is told under it.
  if (record === undefined || (isInsSystem(query.system) && !qualifiedIdentityOf(record).ok))
    throw new ApiRefusal(fhirRules.pixIdentifierUnknown);
  const wanted = new Set(query.targets.map((target) => systemOf(gateway, target)));
  const own = systemOf(gateway, query.system);
  const { identifier = [] } = await patientResource(gateway, record);
  const numbers = identifier.filter(
    ({ system, use, value }) =>
      use !== 'old' &&
      !(system === own && value === query.value) &&
      (wanted.size === 0 || (system !== undefined && wanted.has(system))),
  );
  return { resource: pixAnswer(numbers, `${base}/Patient/${record.id}`) };
}

function isKnownDomain({ config }: UseCaseContext, system: string): boolean {
  return isInsSystem(system) || domainOf(config, system) !== undefined;
}

/** As the resource writes it. */
function systemOf({ config }: UseCaseContext, system: string): string {
  return isInsSystem(system) ? system.toLowerCase() : `urn:oid:${domainOf(config, system) ?? ''}`;
}
