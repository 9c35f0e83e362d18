/** Questions that use cases ask the configuration. */
import { isOid, parseOid } from '../ins/oids.ts';
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

/** Same, of a stored `MSH-3|MSH-4`. */
export function sourceOfSender(config: Config, sender: string): Source | undefined {
  const [application = '', facility = ''] = sender.split('|');
  return findSource(config, application, facility);
}

/** The sender under which `sourceOfSender` finds this very source. */
export function senderOf({ application, facility }: Source): string {
  return `${application}|${facility}`;
}

/**
 * A REST caller is bound to an establishment, not to an MSH-3: the source declared for that EG rules its documents, else
 * the first one, for an EG that has none of its own. Undefined for an unknown EG.
 */
export function sourceOfEstablishment(config: Config, eg: string | undefined): Source | undefined {
  const [first] = config.sources;
  if (eg === undefined) return first;
  const known = config.legalEntities.some((legal) => legal.geographicEntities.some(({ finess }) => finess === eg));
  const declared = config.sources.find((source) => source.eg === eg);
  return declared ?? (known && first !== undefined ? { ...first, eg } : undefined);
}

/** The source that rules a stored document: that of its sender, or of its establishment when it came by REST. */
export function sourceOfDocument(
  config: Config,
  { sender, eg }: { readonly sender: string; readonly eg: string },
): Source {
  const declared = sender.startsWith('REST|') ? undefined : sourceOfSender(config, sender);
  const source = declared ?? sourceOfEstablishment(config, eg);
  if (source === undefined) throw new Error(`EG ${eg} has no source`);
  return source;
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

/** A local patient number in the identification domain (an OID) that it belongs to. */
export interface DomainIpp {
  readonly value: string;
  readonly domain: string;
}

/**
 * The local numbers of a PID-3, each once. Its authority is an OID, or a name or number that a declared domain lists. A
 * number of an undeclared authority stands for the source's own domain only when the message carries no number of a known
 * one: beside a known one it is another hospital's, and could be borne here by somebody else.
 */
export function ippsOf(
  config: Config,
  source: Source,
  ipps: readonly {
    readonly value: string;
    readonly authority: { readonly namespace?: string | undefined; readonly universalId?: string | undefined };
  }[],
): DomainIpp[] {
  const known = ipps.flatMap(({ value, authority }) => {
    const domain = knownDomain(config, authority);
    return domain === undefined ? [] : [{ value, domain }];
  });
  const found = known.length > 0 ? known : ipps.map(({ value }) => ({ value, domain: source.ippDomain }));
  return [...new Map(found.map((ipp) => [`${ipp.domain}|${ipp.value}`, ipp])).values()];
}

/**
 * The local numbers of a REST call, whose domain is an OID (bare or `urn:oid:`) or a declared name of it; none is the
 * source's own. The same rule as for a PID-3, so that a patient is found whichever way its number came.
 */
export function ippsOfCall(
  config: Config,
  source: Source,
  numbers: readonly { readonly value: string; readonly domain?: string | undefined }[],
): DomainIpp[] {
  const ipps = numbers.map(({ value, domain }) => {
    const name = (domain ?? source.ippDomain).replace(/^urn:oid:/i, '');
    return { value, authority: { namespace: name, universalId: name } };
  });
  return ippsOf(config, source, ipps);
}

/** The declared identification domain of an OID (bare or `urn:oid:`) or of a name that it lists; undefined for any other. */
export function domainOf(config: Config, name: string): string | undefined {
  const oid = name.replace(/^urn:oid:/i, '');
  return config.identificationDomains.find((domain) => domain.oid === oid || domain.authorities.includes(name))?.oid;
}

/** CX-4.1 of a domain: a FINESS among its names is a number, and CX-4.1 is a name. */
export function authorityName(config: Config, domain: string): string | undefined {
  const names = config.identificationDomains.find(({ oid }) => oid === domain)?.authorities ?? [];
  return names.find((name) => !/^\d+$/.test(name)) ?? names[0];
}

function knownDomain(
  config: Config,
  { namespace, universalId }: { readonly namespace?: string | undefined; readonly universalId?: string | undefined },
): string | undefined {
  if (universalId !== undefined && isOid(universalId)) return universalId;
  const names = [universalId, namespace];
  return config.identificationDomains.find(({ authorities }) => names.some((name) => authorities.includes(name ?? '')))
    ?.oid;
}

/** The OIDs under which this installation accepts an INS. */
export function acceptedInsOids(config: Config): Oid[] {
  return config.acceptedInsOids.flatMap((text) => {
    const oid = parseOid(text);
    return oid.ok ? [oid.value] : [];
  });
}
