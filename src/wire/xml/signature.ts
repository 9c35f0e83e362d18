/** XML-DSig as this product writes it: one enveloped reference, exclusive canonicalisation. Source: dmp.md 2.3. */
import { createHash } from 'node:crypto';
import { exclusiveDocument } from './canonical-document.ts';
import type { Signer, SigningHash } from './signer.ts';

export const DS = 'http://www.w3.org/2000/09/xmldsig#';
const DSIG_MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const ENVELOPED = `${DS}enveloped-signature`;
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
export const C14N_WITH_COMMENTS = `${C14N}#WithComments`;

/** Names the hash: with an EC key the signature is ECDSA under the same hash. */
export type SignatureAlgorithm = 'rsa-sha256' | 'rsa-sha1';

interface AlgorithmNames {
  readonly hash: SigningHash;
  readonly signatureUri: Readonly<Record<Signer['keyType'], string>>;
  readonly digestUri: string;
}

export const ALGORITHMS: Readonly<Record<SignatureAlgorithm, AlgorithmNames>> = {
  'rsa-sha256': {
    hash: 'sha256',
    signatureUri: { rsa: `${DSIG_MORE}rsa-sha256`, ec: `${DSIG_MORE}ecdsa-sha256` },
    digestUri: 'http://www.w3.org/2001/04/xmlenc#sha256',
  },
  'rsa-sha1': {
    hash: 'sha1',
    signatureUri: { rsa: `${DS}rsa-sha1`, ec: `${DSIG_MORE}ecdsa-sha1` },
    digestUri: `${DS}sha1`,
  },
};

/** Digest in Base64, under the hash that goes with the signature algorithm. */
export function digestOf(bytes: Uint8Array, algorithm: SignatureAlgorithm): string {
  return createHash(ALGORITHMS[algorithm].hash).update(bytes).digest('base64');
}

/** In Base64. */
export async function signatureOf(bytes: Uint8Array, signer: Signer, algorithm: SignatureAlgorithm): Promise<string> {
  return (await signer.sign(bytes, ALGORITHMS[algorithm].hash)).toString('base64');
}

/**
 * Signs an element whose identifier attribute holds `id`. The element comes cut in two where the signature belongs
 * (`before` + `after` is the whole element), and must declare every namespace prefix that it uses, so that it can be
 * put inside any envelope without breaking the signature. Returns the signed element.
 */
export async function signEnveloped(
  element: { readonly before: string; readonly after: string },
  id: string,
  signer: Signer,
  algorithm: SignatureAlgorithm,
): Promise<string> {
  const names = ALGORITHMS[algorithm];
  const digest = digestOf(exclusiveDocument(element.before + element.after), algorithm);
  const signedInfo = exclusiveDocument(
    `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"/>` +
      `<ds:SignatureMethod Algorithm="${names.signatureUri[signer.keyType]}"/><ds:Reference URI="#${id}"><ds:Transforms>` +
      `<ds:Transform Algorithm="${ENVELOPED}"/><ds:Transform Algorithm="${EXCLUSIVE_C14N}"/></ds:Transforms>` +
      `<ds:DigestMethod Algorithm="${names.digestUri}"/><ds:DigestValue>${digest}</ds:DigestValue>` +
      `</ds:Reference></ds:SignedInfo>`,
  );
  const signature =
    `<ds:Signature xmlns:ds="${DS}">${signedInfo.toString('utf8')}` +
    `<ds:SignatureValue>${await signatureOf(signedInfo, signer, algorithm)}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${signer.certificate.raw.toString('base64')}</ds:X509Certificate>` +
    `</ds:X509Data></ds:KeyInfo></ds:Signature>`;
  return element.before + signature + element.after;
}
