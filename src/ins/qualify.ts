/**
 * The one constructor of a QualifiedIdentity, the only value with which a matricule may leave the house. Only the
 * identity module may import this file (import rule). Source: EXI SI 08, EXI ID 29.
 */
import { identityRules } from '../rules/identity.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { isLunar } from './civil-date.ts';
import { insNature } from './oids.ts';
import { givenNamesConsistent, isNormalised } from './traits.ts';
import type { IdentityAttribute, IdentityStatus, Ins, QualifiedIdentity, StrictTraits } from './types.ts';

/** The stored identity, as evidence. Used names are complementary and leave as they are. */
export interface QualificationEvidence {
  readonly status: IdentityStatus;
  readonly attributes: readonly IdentityAttribute[];
  readonly ins?: Ins;
  readonly traits: StrictTraits;
  readonly usedName?: string;
  readonly usedGivenName?: string;
}

export function qualify(evidence: QualificationEvidence): Result<QualifiedIdentity> {
  const { status, attributes, ins, traits, usedName, usedGivenName } = evidence;
  if (status !== 'QUAL') return refuse(identityRules.notQualified, { detail: `statut ${status}` });
  if (attributes.includes('douteuse') || attributes.includes('fictive'))
    return refuse(identityRules.blockedByAttribute);
  if (ins === undefined) return refuse(identityRules.insMissing);
  if (insNature(ins.oid) === undefined) return refuse(identityRules.insOidNotAllowed);
  const { birthGivenNames, sex } = traits;
  if (birthGivenNames === undefined) return refuse(identityRules.traitMissing, { detail: 'liste des prénoms' });
  if (sex === 'I') return refuse(identityRules.sexUndetermined);
  const fault = faultIn(traits, birthGivenNames);
  if (fault !== undefined) return { ok: false, refusal: fault };
  const identity = {
    ins,
    traits: { ...traits, birthGivenNames, sex },
    ...(usedName !== undefined && { usedName }),
    ...(usedGivenName !== undefined && { usedGivenName }),
  };
  return ok(identity as QualifiedIdentity);
}

/** Every sentence that carries an INS (DataMatrix, PID, CDA, XDS) relies on these. */
function faultIn(traits: StrictTraits, birthGivenNames: string): Refusal | undefined {
  if (!isNormalised(traits.birthName, 'family'))
    return { rule: identityRules.traitIllegalShape, detail: 'nom de naissance' };
  if (!isNormalised(birthGivenNames, 'given'))
    return { rule: identityRules.traitIllegalShape, detail: 'liste des prénoms' };
  if (!givenNamesConsistent(traits.firstGivenName, birthGivenNames))
    return { rule: identityRules.firstGivenNameInconsistent };
  return isLunar(traits.birthDate) ? { rule: identityRules.birthDateIncomplete } : undefined;
}
