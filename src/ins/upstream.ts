/**
 * Status of our read-only copy when the RI is upstream (contexts 2 and 3). An identity counts as qualified if and only
 * if the declared authority says so completely; anything less falls back, nothing is guessed. Source: practice.md 4.
 */
import { identityRules } from '../rules/identity.ts';
import type { Rule } from '../rules/rule.ts';
import type { IdentityState } from './status.ts';
import type { IdentityAttribute, Ins, StrictTraits } from './types.ts';

export interface UpstreamAssertion {
  /** True when the message comes from the authority declared in configuration. */
  readonly fromAuthority: boolean;
  /** First repetition of PID-32. */
  readonly reliability: 'PROV' | 'VALI';
  /** Further repetitions of PID-32 (ins.md 3: DOUT, FICT, ANOM, HOMD, HOMA …). */
  readonly codes: readonly string[];
  readonly traits: Partial<StrictTraits>;
  /** The identifier under an INS OID, with its CX-5 type: only `INS` is an INS, `NH` is the billing number. */
  readonly ins?: Ins & { readonly type: string };
}

export interface MirrorDecision {
  readonly state: IdentityState;
  /** Why a VALI identity with an INS is not taken as qualified; absent when there is nothing to explain. */
  readonly obstacle?: Rule;
}

const BLOCKING_CODES = ['DOUT', 'FICT', 'ANOM'];
const ATTRIBUTE_OF_CODE: Readonly<Record<string, IdentityAttribute>> = {
  DOUT: 'douteuse',
  FICT: 'fictive',
  HOMD: 'homonyme',
  HOMA: 'homonyme',
};

export function mirroredState(assertion: UpstreamAssertion): MirrorDecision {
  const declared = new Set(assertion.codes.flatMap((code) => ATTRIBUTE_OF_CODE[code] ?? []));
  // The two exclude each other (EXI ID 24): a fictive identity is nobody's, so there is no doubt left to mark.
  if (declared.has('fictive')) declared.delete('douteuse');
  const attributes = [...declared].sort();
  const blocked = assertion.codes.some((code) => BLOCKING_CODES.includes(code));
  const status = assertion.reliability === 'VALI' && assertion.fromAuthority && !blocked ? 'VALI' : 'PROV';
  const state: IdentityState = { authority: 'upstream', status, attributes };
  const { ins } = assertion;
  if (ins === undefined) return { state };
  const obstacle = obstacleTo(assertion, ins.type, blocked);
  if (obstacle !== undefined) return { state, obstacle };
  return { state: { ...state, status: 'QUAL', ins: { matricule: ins.matricule, oid: ins.oid } } };
}

function obstacleTo(assertion: UpstreamAssertion, insType: string, blocked: boolean): Rule | undefined {
  if (!assertion.fromAuthority) return identityRules.insFromUntrustedSource;
  if (insType !== 'INS') return identityRules.billingNirAsIns;
  if (blocked) return identityRules.blockedByAttribute;
  if (assertion.reliability !== 'VALI') return identityRules.notQualified;
  const { birthName, firstGivenName, birthGivenNames, sex, birthDate, birthPlace } = assertion.traits;
  const traits = [birthName, firstGivenName, birthGivenNames, sex, birthDate, birthPlace];
  return traits.includes(undefined) ? identityRules.traitMissing : undefined;
}
