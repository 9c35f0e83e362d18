/** A signing certificate with its private key, and the forms under which XML signatures name it. */
import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';

export type SigningHash = 'sha256' | 'sha1';

export interface Signer {
  readonly certificate: X509Certificate;
  readonly keyType: 'rsa' | 'ec';
  /** Distinguished names as RFC 2253 writes them, most specific first. */
  readonly subject: string;
  readonly issuer: string;
  /** Decimal. */
  readonly serialNumber: string;
  /**
   * The signature in the form of XML-DSig: PKCS#1 v1.5, or r and s one after the other. The key may be in a card: it takes
   * its time, and rejects with KeyUnavailable when the card is not there.
   */
  sign(bytes: Uint8Array, hash: SigningHash): Promise<Buffer>;
}

const signAway = promisify(sign);

/**
 * Reads the leaf certificate (the first of the PEM text) and its private key, RSA or EC. Throws when they do not belong
 * together or when the key is of another kind: a configuration error, found at start and not at the first document.
 */
export function createSigner(pem: { readonly certPem: string; readonly keyPem: string }): Signer {
  return signerOf(new X509Certificate(pem.certPem), createPrivateKey(pem.keyPem));
}

export function signerOf(certificate: X509Certificate, key: KeyObject): Signer {
  if (!certificate.checkPrivateKey(key)) throw new Error('the private key does not belong to the signing certificate');
  return signerFor(certificate, (bytes, hash) => signAway(hash, bytes, { key, dsaEncoding: 'ieee-p1363' }));
}

/** Of a certificate whose key is elsewhere. Throws when the key is neither RSA nor EC. */
export function signerFor(certificate: X509Certificate, signing: Signer['sign']): Signer {
  const keyType = certificate.publicKey.asymmetricKeyType;
  if (keyType !== 'rsa' && keyType !== 'ec') throw new Error('the signing key is neither RSA nor EC');
  return {
    certificate,
    keyType,
    subject: rfc2253(certificate.subject),
    issuer: rfc2253(certificate.issuer),
    serialNumber: BigInt(`0x${certificate.serialNumber}`).toString(),
    sign: signing,
  };
}

/**
 * Node gives one attribute per line in certificate order, values already escaped as RFC 2253 asks and with the short
 * names of OpenSSL (`GN`, `ST`), which are the ones the DMP samples carry (dmp.md 2.3).
 */
function rfc2253(name: string): string {
  return name.split('\n').reverse().join(',');
}
