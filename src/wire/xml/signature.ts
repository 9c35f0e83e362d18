/** XML-DSig as this product writes it: RSA, one enveloped reference, exclusive canonicalisation. Source: dmp.md 2.3. */
import { createHash, sign } from 'node:crypto';
import { exclusiveDocument } from './canonical-document.ts';
import type { Signer } from './signer.ts';

export const DS = 'http://www.w3.org/2000/09/xmldsig#';
const ENVELOPED = `${DS}enveloped-signature`;
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
export const C14N_WITH_COMMENTS = `${C14N}#WithComments`;

export type SignatureAlgorithm = 'rsa-sha256' | 'rsa-sha1';

interface AlgorithmNames {
  readonly hash: 'sha256' | 'sha1';
  readonly signatureUri: string;
  readonly digestUri: string;
}

export const ALGORITHMS: Readonly<Record<SignatureAlgorithm, AlgorithmNames>> = {
  'rsa-sha256': {
    hash: 'sha256',
    signatureUri: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    digestUri: 'http://www.w3.org/2001/04/xmlenc#sha256',
  },
  'rsa-sha1': { hash: 'sha1', signatureUri: `${DS}rsa-sha1`, digestUri: `${DS}sha1` },
};

/** Digest in Base64, under the hash that goes with the signature algorithm. */
export function digestOf(bytes: Uint8Array, algorithm: SignatureAlgorithm): string {
  return createHash(ALGORITHMS[algorithm].hash).update(bytes).digest('base64');
}

/** RSA PKCS#1 v1.5 signature in Base64. */
export function signatureOf(bytes: Uint8Array, signer: Signer, algorithm: SignatureAlgorithm): string {
  return sign(ALGORITHMS[algorithm].hash, bytes, signer.key).toString('base64');
}

/**
 * Signs an element whose identifier attribute holds `id`. The element comes cut in two where the signature belongs
 * (`before` + `after` is the whole element), and must declare every namespace prefix that it uses, so that it can be
 * put inside any envelope without breaking the signature. Returns the signed element.
 */
export function signEnveloped(
  element: { readonly before: string; readonly after: string },
  id: string,
  signer: Signer,
  algorithm: SignatureAlgorithm,
): string {
  const names = ALGORITHMS[algorithm];
  const digest = digestOf(exclusiveDocument(element.before + element.after), algorithm);
  const signedInfo = exclusiveDocument(
    `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"/>` +
      `<ds:SignatureMethod Algorithm="${names.signatureUri}"/><ds:Reference URI="#${id}"><ds:Transforms>` +
      `<ds:Transform Algorithm="${ENVELOPED}"/><ds:Transform Algorithm="${EXCLUSIVE_C14N}"/></ds:Transforms>` +
      `<ds:DigestMethod Algorithm="${names.digestUri}"/><ds:DigestValue>${digest}</ds:DigestValue>` +
      `</ds:Reference></ds:SignedInfo>`,
  );
  const signature =
    `<ds:Signature xmlns:ds="${DS}">${signedInfo.toString('utf8')}` +
    `<ds:SignatureValue>${signatureOf(signedInfo, signer, algorithm)}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${signer.certificate.raw.toString('base64')}</ds:X509Certificate>` +
    `</ds:X509Data></ds:KeyInfo></ds:Signature>`;
  return element.before + signature + element.after;
}
