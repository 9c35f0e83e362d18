/**
 * The identity that a person declares to a command of the workstation (`stamp`, `xds metadata`): its QUAL status is that
 * person's word, and nothing made with it is sent by the gateway. Source: design.md 10.
 */
import { z } from 'zod';
import { parseMatricule } from '../ins/matricule.ts';
import { parseOid } from '../ins/oids.ts';
import { qualify } from '../ins/qualify.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import { apiRules } from '../rules/api.ts';
import { type Result, refuse } from '../rules/rule.ts';
import { strictTraits } from './traits-input.ts';

/** The REST patient; what the qualification does not look at may be there and is ignored. */
const declaredPatient = z.object({
  birthName: z.string(),
  firstGivenName: z.string(),
  birthGivenNames: z.string().nullish(),
  sex: z.enum(['M', 'F', 'I']),
  birthDate: z.string(),
  birthPlace: z.string().nullish(),
  usedName: z.string().nullish(),
  usedGivenName: z.string().nullish(),
  status: z.enum(['PROV', 'VALI', 'RECUP', 'QUAL']),
  attributes: z.array(z.enum(['homonyme', 'douteuse', 'fictive'])).default([]),
  matricule: z.string(),
  oid: z.string(),
});

/**
 * Reads a REST patient (design.md 10) as a qualified identity. Refused: another shape (TDU-API-004, with the path of the
 * first fault and never its value), a trait that is not strict, a status or attribute that does not allow an INS to leave.
 */
export function declaredIdentity(json: unknown): Result<QualifiedIdentity> {
  const parsed = declaredPatient.safeParse(json);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    return refuse(apiRules.invalidRequest, {
      detail: 'identité du patient',
      location: path === '' ? '(racine)' : path,
    });
  }
  const { birthGivenNames, birthPlace, usedName, usedGivenName, status, attributes, ...patient } = parsed.data;
  const matricule = parseMatricule(patient.matricule);
  if (!matricule.ok) return matricule;
  const oid = parseOid(patient.oid);
  if (!oid.ok) return oid;
  const strict = strictTraits({
    ...patient,
    birthGivenNames: birthGivenNames ?? undefined,
    birthPlace: birthPlace ?? undefined,
  });
  if (!strict.ok) return strict;
  return qualify({
    status,
    attributes,
    ins: { matricule: matricule.value, oid: oid.value },
    traits: strict.value.traits,
    ...(usedName == null ? {} : { usedName }),
    ...(usedGivenName == null ? {} : { usedGivenName }),
  });
}
