/** Strict verification of a signature that holds what it signs, as the DMP does: for tests of what the gateway signs. */
import { C14N_WITH_COMMENTS, type SignatureAlgorithm } from './signature.ts';
import {
  canonicalBytes,
  checkDigest,
  isDs,
  outcome,
  Refused,
  readSignature,
  targetOf,
  type Verification,
} from './signature-parts.ts';
import type { CanonicalForm, XmlElement } from './xml.ts';

const C14N = C14N_WITH_COMMENTS.replace('#WithComments', '');
const FORMS: Readonly<Record<string, CanonicalForm>> = {
  [C14N]: 'inclusive',
  [C14N_WITH_COMMENTS]: 'inclusive-with-comments',
};

/**
 * Checks a signature that stands alone and holds what it signs in its own Objects (the DMP submission set, dmp.md 4).
 * `ids` are the identifiers that must be signed: all of them, nothing more.
 */
export function verifyEnveloping(
  signature: XmlElement,
  ids: readonly string[],
  allowed: readonly SignatureAlgorithm[],
): Verification {
  return outcome(() => {
    if (!isDs(signature, 'Signature')) throw new Refused('structure');
    const { certificate, references } = readSignature(signature, allowed);
    const signed = references.map((reference) => reference.uri).sort();
    if (
      signed.join(' ') !==
      ids
        .map((id) => `#${id}`)
        .sort()
        .join(' ')
    )
      throw new Refused('reference');
    for (const reference of references) {
      const transform = reference.transforms[0] ?? C14N;
      const form = FORMS[transform];
      if (reference.transforms.length > 1 || reference.prefixes.length > 0 || form === undefined)
        throw new Refused('algorithm');
      checkDigest(canonicalBytes(targetOf(signature, reference), form), reference);
    }
    return certificate;
  });
}
