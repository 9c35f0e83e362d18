/** Questions that use cases ask the configuration. */
import { parseOid } from '../ins/oids.ts';
import type { Oid } from '../ins/types.ts';
import type { Config, GeographicEntity, LegalEntity, Source } from './schema.ts';

/** The declared source of MSH-3 and MSH-4, the most precise first; undefined when nobody declared it. */
export function findSource(config: Config, application: string, facility: string): Source | undefined {
  const fits = (declared: string, seen: string): boolean => declared === '*' || declared === seen;
  const precision = (source: Source): number =>
    (source.application === '*' ? 0 : 2) + (source.facility === '*' ? 0 : 1);
  return config.sources
    .filter((source) => fits(source.application, application) && fits(source.facility, facility))
    .sort((a, b) => precision(b) - precision(a))[0];
}

export interface Establishment {
  readonly legal: LegalEntity;
  readonly geographic: GeographicEntity;
}

/** The EG and its EJ. Throws for an EG that the schema would have refused (a bug). */
export function establishmentOf(config: Config, eg: string): Establishment {
  for (const legal of config.legalEntities) {
    const geographic = legal.geographicEntities.find((entity) => entity.finess === eg);
    if (geographic !== undefined) return { legal, geographic };
  }
  throw new Error(`EG ${eg} is not declared`);
}

/**
 * OID of the identification domain that a PID-3 authority names (namespace, universal id): itself when it is an OID,
 * else the declared domain that lists it, else the source's own.
 */
export function domainOf(
  config: Config,
  source: Source,
  authority: { namespace: string; universalId: string },
): string {
  if (/^[0-2](\.\d+)+$/.test(authority.universalId)) return authority.universalId;
  const names = [authority.universalId, authority.namespace].filter((name) => name !== '');
  const declared = config.identificationDomains.find((domain) =>
    names.some((name) => domain.authorities.includes(name)),
  );
  return declared?.oid ?? source.ippDomain;
}

/** The OIDs under which this installation accepts an INS. */
export function acceptedInsOids(config: Config): Oid[] {
  return config.acceptedInsOids.flatMap((text) => {
    const oid = parseOid(text);
    return oid.ok ? [oid.value] : [];
  });
}
