/**
 * Strict verification of an enveloped signature. The document is parsed, canonicalised and consumed by the same stack, and
 * what is consumed is the very element that the caller handed over, so that no wrapping can slip another one in.
 */
import type { SignatureAlgorithm } from './signature.ts';
import {
  canonicalBytes,
  checkDigest,
  ENVELOPED,
  EXCLUSIVE_C14N,
  isDs,
  onlyOne,
  outcome,
  Refused,
  readSignature,
  targetOf,
  type Verification,
} from './signature-parts.ts';
import { children, type XmlElement } from './xml.ts';

/**
 * Checks that `element` carries one enveloped signature over itself and nothing else. On success the signature is
 * taken out of the tree and `element` is exactly what was signed: read it, and no other node.
 */
export function verifyEnveloped(element: XmlElement, allowed: readonly SignatureAlgorithm[]): Verification {
  return outcome(() => {
    const signatures = children(element).filter((child) => isDs(child, 'Signature'));
    const signature = onlyOne(signatures);
    if (children(signature).length !== 3) throw new Refused('structure');
    const { certificate, references } = readSignature(signature, allowed);
    const reference = onlyOne(references);
    if (targetOf(element, reference) !== element || reference.type !== '') throw new Refused('reference');
    if (reference.transforms.join(' ') !== `${ENVELOPED} ${EXCLUSIVE_C14N}`) throw new Refused('algorithm');
    signature.remove();
    checkDigest(canonicalBytes(element, 'exclusive', reference.prefixes), reference);
    return certificate;
  });
}
