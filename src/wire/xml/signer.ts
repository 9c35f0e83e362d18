/** A signing certificate with its private key, and the forms under which XML signatures name it. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

export interface Signer {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
  /** Distinguished names as RFC 2253 writes them, most specific first. */
  readonly subject: string;
  readonly issuer: string;
  /** Decimal. */
  readonly serialNumber: string;
}

/**
 * Reads the leaf certificate (the first of the PEM text) and its RSA private key. Throws when they do not belong
 * together or when the key is not RSA: a configuration error, found at start and not at the first document.
 */
export function createSigner(pem: { readonly certPem: string; readonly keyPem: string }): Signer {
  const certificate = new X509Certificate(pem.certPem);
  const key = createPrivateKey(pem.keyPem);
  if (!certificate.checkPrivateKey(key)) throw new Error('the private key does not belong to the signing certificate');
  if (key.asymmetricKeyType !== 'rsa') throw new Error('the signing key is not RSA');
  return {
    key,
    certificate,
    subject: rfc2253(certificate.subject),
    issuer: rfc2253(certificate.issuer),
    serialNumber: BigInt(`0x${certificate.serialNumber}`).toString(),
  };
}

/**
 * Node gives one attribute per line in certificate order, values already escaped as RFC 2253 asks and with the short
 * names of OpenSSL (`GN`, `ST`), which are the ones the DMP samples carry (dmp.md 2.3).
 */
function rfc2253(name: string): string {
  return name.split('\n').reverse().join(',');
}
