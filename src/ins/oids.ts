/** Object identifiers of the national identity, and the shape of any OID. Source: ins.md 1. */
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { Oid } from './types.ts';

/** The OIDs under which a matricule, or the obsolete INS-C, is published. */
export const INS_OIDS = {
  nir: '1.2.250.1.213.1.4.8' as Oid,
  nia: '1.2.250.1.213.1.4.9' as Oid,
  nirTest: '1.2.250.1.213.1.4.10' as Oid,
  nirDemo: '1.2.250.1.213.1.4.11' as Oid,
  insC: '1.2.250.1.213.1.4.2' as Oid,
} as const;

/** ISO/IEC 8824 arcs; 64 characters is the limit of DICOM and of the XDS uniqueId, which the DMP keeps. */
const OID_SHAPE = /^[0-2](?:\.(?:0|[1-9]\d*))+$/;
const OID_MAX_LENGTH = 64;

export function isOid(text: string): boolean {
  return text.length <= OID_MAX_LENGTH && OID_SHAPE.test(text);
}

export function parseOid(text: string): Result<Oid> {
  return isOid(text) ? ok(text as Oid) : refuse(identityRules.malformedOid);
}

/**
 * True when a matricule under this OID may be used here. The list is configuration, not a constant: the INSi test
 * platform itself answers production OIDs. An INS-C is refused even when somebody lists it.
 */
export function isAllowedInsOid(oid: Oid, allowed: readonly Oid[]): boolean {
  return insNature(oid) !== undefined && allowed.includes(oid);
}

/** What the matricule is, as the banner prints it; undefined for anything that is not an INS (INS-C, billing, IPP). */
export function insNature(oid: Oid): 'NIR' | 'NIA' | undefined {
  if (oid === INS_OIDS.nia) return 'NIA';
  return oid === INS_OIDS.nir || oid === INS_OIDS.nirTest || oid === INS_OIDS.nirDemo ? 'NIR' : undefined;
}
