/**
 * Which identity feeds through V2: a qualified INS and the NIR that TD0.0 gave look the same on the wire (practice 21). What
 * is concluded here is said to be inferred, with what it rests on.
 */
import type { Basis, IdentityKind } from '../store/observed.ts';

export interface IdentityEvidence {
  readonly api: 'V1' | 'V2';
  /** Has this sender been seen to call TD0.0? */
  readonly callsTd00?: boolean | undefined;
  /** What the catalogue says of its product and version: `nir` when listed as feeding with the NIR, `ins` when compatible. */
  readonly product?: 'nir' | 'ins' | undefined;
  /** Is the INS of the patient qualified in the identity repository? Undefined when it was not looked up. */
  readonly qualifiedHere?: boolean | undefined;
}

export interface InferredIdentity {
  readonly identityKind: IdentityKind;
  readonly basis: Basis;
  readonly because: 'wire' | 'td00' | 'product' | 'repository' | 'nothing';
}

/** The strongest evidence first. Without any, the worse is presumed: nobody is told that a flow is right without a reason. */
export function inferIdentity({ api, callsTd00, product, qualifiedHere }: IdentityEvidence): InferredIdentity {
  // An INS-C has an OID of its own.
  if (api === 'V1') return { identityKind: 'INS-C', basis: 'seen', because: 'wire' };
  if (callsTd00 === true) return { identityKind: 'NIR', basis: 'inferred', because: 'td00' };
  if (product !== undefined)
    return { identityKind: product === 'ins' ? 'INS' : 'NIR', basis: 'inferred', because: 'product' };
  if (qualifiedHere !== undefined)
    return { identityKind: qualifiedHere ? 'INS' : 'NIR', basis: 'inferred', because: 'repository' };
  return { identityKind: 'NIR', basis: 'inferred', because: 'nothing' };
}
