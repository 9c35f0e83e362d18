/** XML-DSig primitives of the simulator's own verification: algorithms, digests, SignedInfo. */
import { createHash, type KeyObject, verify } from 'node:crypto';
import {
  type CanonicalForm,
  canonical,
  children,
  element,
  elements,
  isPlainText,
  type XmlElement,
} from '../../wire/xml/xml.ts';
import { type Certificate, readCertificate } from './certificate.ts';

export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const NS = { ds: DS };

const FORMS: Readonly<Record<string, CanonicalForm>> = {
  [EXCLUSIVE]: 'exclusive',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315': 'inclusive',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments': 'inclusive-with-comments',
};
const DIGESTS: Readonly<Record<string, 'sha1' | 'sha256'>> = {
  'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
};
const SIGNATURES: Readonly<Record<string, 'sha1' | 'sha256'>> = {
  'http://www.w3.org/2000/09/xmldsig#rsa-sha1': 'sha1',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256',
};

/** Undefined for an algorithm that is not admitted. */
export function canonicalForm(algorithm: string): CanonicalForm | undefined {
  return FORMS[algorithm];
}

export interface Reference {
  readonly uri: string;
  readonly type: string;
  readonly transforms: readonly string[];
  /** A transform holds parameters (XPath, InclusiveNamespaces…). */
  readonly parameters: boolean;
  readonly digest: 'sha1' | 'sha256' | undefined;
  /** Base64 without white space; undefined when DigestValue holds anything but text. */
  readonly digestValue: string | undefined;
}

export function readReferences(parent: XmlElement): Reference[] {
  return elements(parent, 'ds:Reference', NS).map((reference) => {
    const transforms = elements(reference, 'ds:Transforms/ds:Transform', NS);
    return {
      uri: attribute(reference, 'URI'),
      type: attribute(reference, 'Type'),
      transforms: transforms.map((transform) => attribute(transform, 'Algorithm')),
      parameters: transforms.some((transform) => children(transform).length > 0),
      digest: DIGESTS[attribute(element(reference, 'ds:DigestMethod', NS), 'Algorithm')],
      digestValue: onlyBase64(reference, 'ds:DigestValue'),
    };
  });
}

export function attribute(node: XmlElement | undefined, name: string): string {
  return node?.attr(name)?.value ?? '';
}

/** Base64 of the one child named, without white space; undefined when absent, repeated, mixed with other nodes or no Base64. */
function onlyBase64(parent: XmlElement, name: string): string | undefined {
  const [node, second] = elements(parent, name, NS);
  if (node === undefined || second !== undefined || !isPlainText(node)) return undefined;
  const value = node.content.replace(/\s+/g, '');
  // A decoder that skips what it does not know would read the same bytes from many texts.
  return /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? value : undefined;
}

export function digestMatches(reference: Reference, bytes: Buffer): boolean {
  if (reference.digest === undefined) return false;
  return createHash(reference.digest).update(bytes).digest('base64') === reference.digestValue;
}

export interface ReadSignature {
  readonly references: readonly Reference[];
  readonly canonicalization: string;
  readonly certificate: Certificate;
  /** Of the signature or of one of its digests. */
  readonly sha1: boolean;
  /** Of the signature alone. */
  readonly hash: 'sha1' | 'sha256';
  /** SignatureValue over the canonical SignedInfo, under the certificate's key. */
  readonly valid: boolean;
}

/** Undefined when the element has not the one shape admitted: one SignedInfo, one value, one X509Data. */
export function readSignature(signature: XmlElement): ReadSignature | undefined {
  const names = children(signature)
    .filter((child) => child.namespaceUri === DS && child.name !== 'Object')
    .map((child) => child.name);
  const signedInfo = element(signature, 'ds:SignedInfo', NS);
  const value = onlyBase64(signature, 'ds:SignatureValue');
  if (names.join() !== 'SignedInfo,SignatureValue,KeyInfo' || signedInfo === undefined || !value) return undefined;
  const method = element(signedInfo, 'ds:CanonicalizationMethod', NS);
  const algorithm = SIGNATURES[attribute(element(signedInfo, 'ds:SignatureMethod', NS), 'Algorithm')];
  const form = canonicalForm(attribute(method, 'Algorithm'));
  const data = element(signature, 'ds:KeyInfo/ds:X509Data', NS);
  const leaf = data && onlyBase64(data, 'ds:X509Certificate');
  const certificate = leaf === undefined ? undefined : readCertificate(Buffer.from(leaf, 'base64'));
  if (method === undefined || algorithm === undefined || form === undefined || certificate === undefined) {
    return undefined;
  }
  if (children(method).length > 0 || elements(signature, 'ds:KeyInfo/ds:X509Data', NS).length !== 1) return undefined;
  const references = readReferences(signedInfo);
  return {
    references,
    canonicalization: attribute(method, 'Algorithm'),
    certificate,
    hash: algorithm,
    sha1: algorithm === 'sha1' || references.some((reference) => reference.digest === 'sha1'),
    valid: rsaVerifies(algorithm, canonical(signedInfo, form), certificate.x509.publicKey, value),
  };
}

function rsaVerifies(algorithm: 'sha1' | 'sha256', data: Buffer, key: KeyObject, value: string): boolean {
  return key.asymmetricKeyType === 'rsa' && verify(`RSA-${algorithm}`, data, key, Buffer.from(value, 'base64'));
}
