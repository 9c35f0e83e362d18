/**
 * The parts of an XML signature, read strictly: everything outside the few shapes in use (dmp.md 2.3 and 4) is refused.
 * Source: hostile.md, "XML signature".
 */
import { verify, X509Certificate } from 'node:crypto';
import type { SignatureAlgorithm } from './signature.ts';
import { ALGORITHMS, C14N_WITH_COMMENTS, DS, digestOf } from './signature.ts';
import { type CanonicalForm, canonical, children, elements, isPlainText, type XmlElement } from './xml.ts';

export const ENVELOPED = `${DS}enveloped-signature`;
export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';

type SignatureProblem =
  | 'structure'
  | 'algorithm'
  | 'reference'
  | 'certificate'
  | 'digest-mismatch'
  | 'signature-mismatch';

/** The certificate is the one that the signature names: whether it is trusted is for the caller to judge. */
export type Verification =
  | { readonly ok: true; readonly certificate: X509Certificate }
  | { readonly ok: false; readonly problem: SignatureProblem };

const FORMS: Readonly<Record<string, CanonicalForm>> = {
  [EXCLUSIVE_C14N]: 'exclusive',
  [C14N]: 'inclusive',
  [C14N_WITH_COMMENTS]: 'inclusive-with-comments',
};
const ID_ATTRIBUTES = ['ID', 'Id', 'id'] as const;

export class Refused extends Error {
  readonly problem: SignatureProblem;
  constructor(problem: SignatureProblem) {
    super(problem);
    this.problem = problem;
  }
}

interface Reference {
  readonly uri: string;
  readonly type: string;
  readonly transforms: readonly string[];
  /** InclusiveNamespaces of its exclusive canonicalisation, which the Java libraries write. */
  readonly prefixes: readonly string[];
  readonly digest: string;
  readonly algorithm: SignatureAlgorithm;
}

export function outcome(check: () => X509Certificate): Verification {
  try {
    return { ok: true, certificate: check() };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** Reads the signature and verifies its value over SignedInfo; the references are still to be checked. */
export function readSignature(signature: XmlElement, allowed: readonly SignatureAlgorithm[]) {
  const [signedInfo, value, keyInfo] = children(signature);
  if (!signedInfo || !value || !keyInfo) throw new Refused('structure');
  if (!isDs(signedInfo, 'SignedInfo') || !isDs(value, 'SignatureValue') || !isDs(keyInfo, 'KeyInfo')) {
    throw new Refused('structure');
  }
  if (
    children(signature)
      .slice(3)
      .some((extra) => !isDs(extra, 'Object'))
  )
    throw new Refused('structure');
  const [canonicalization, method, ...referenceElements] = children(signedInfo);
  if (!canonicalization || !method || referenceElements.length === 0) throw new Refused('structure');
  const form = FORMS[algorithmUri(canonicalization, 'CanonicalizationMethod')];
  const methodUri = algorithmUri(method, 'SignatureMethod');
  const algorithm = allowed.find((name) => ALGORITHMS[name].signatureUri.rsa === methodUri);
  if (form === undefined || algorithm === undefined) throw new Refused('algorithm');
  const certificate = readCertificate(keyInfo);
  const bytes = Buffer.from(base64(value), 'base64');
  if (!verify(ALGORITHMS[algorithm].hash, canonicalBytes(signedInfo, form), certificate.publicKey, bytes)) {
    throw new Refused('signature-mismatch');
  }
  return { certificate, references: referenceElements.map((each) => readReference(each, allowed)) };
}

function readReference(reference: XmlElement, allowed: readonly SignatureAlgorithm[]): Reference {
  if (!isDs(reference, 'Reference')) throw new Refused('structure');
  const parts = children(reference);
  const transforms = parts[0] && isDs(parts[0], 'Transforms') ? children(parts[0]).map(readTransform) : [];
  const [method, value, ...extra] = transforms.length > 0 ? parts.slice(1) : parts;
  if (!method || !value || extra.length > 0 || !isDs(value, 'DigestValue')) throw new Refused('structure');
  const digestUri = algorithmUri(method, 'DigestMethod');
  const algorithm = allowed.find((name) => ALGORITHMS[name].digestUri === digestUri);
  if (algorithm === undefined) throw new Refused('algorithm');
  return {
    uri: reference.attr('URI')?.value ?? '',
    type: reference.attr('Type')?.value ?? '',
    transforms: transforms.map(({ uri }) => uri),
    prefixes: transforms.flatMap(({ prefixes }) => prefixes),
    digest: base64(value),
    algorithm,
  };
}

const MOST_PREFIXES = 16;

function readTransform(transform: XmlElement): { readonly uri: string; readonly prefixes: readonly string[] } {
  const [parameter, another] = children(transform);
  if (parameter === undefined) return { uri: algorithmUri(transform, 'Transform'), prefixes: [] };
  const uri = transform.attr('Algorithm')?.value ?? '';
  const list = (parameter.attr('PrefixList')?.value ?? '').split(' ');
  const isList =
    isDs(transform, 'Transform') &&
    uri === EXCLUSIVE_C14N &&
    another === undefined &&
    transform.find('node()').length === 1 &&
    parameter.namespaceUri === EXCLUSIVE_C14N &&
    parameter.name === 'InclusiveNamespaces' &&
    parameter.firstChild === null &&
    list.length <= MOST_PREFIXES &&
    list.every((prefix) => /^(?:#default|[A-Za-z_][\w.-]*)$/.test(prefix));
  if (!isList) throw new Refused('structure');
  return { uri, prefixes: list };
}

/** The one element that the reference designates; an identifier carried twice in the document designates nothing. */
export function targetOf(within: XmlElement, reference: Reference): XmlElement {
  const id = /^#([A-Za-z_][\w.-]*)$/.exec(reference.uri)?.[1];
  if (id === undefined) throw new Refused('reference');
  const having = ID_ATTRIBUTES.map((name) => `@${name}='${id}'`).join(' or ');
  const holders = elements(within, `//*[${having}]`);
  const [target] = holders;
  if (target === undefined || holders.length > 1) throw new Refused('reference');
  return target.isSameNode(within) ? within : target;
}

/** libxml2 has no canonical form for some documents (relative namespace names): they are refused, never taken as empty. */
export function canonicalBytes(node: XmlElement, form: CanonicalForm, prefixes: readonly string[] = []): Buffer {
  try {
    return canonical(node, form, prefixes);
  } catch {
    throw new Refused('structure');
  }
}

export function checkDigest(bytes: Buffer, reference: Reference): void {
  if (digestOf(bytes, reference.algorithm) !== reference.digest) throw new Refused('digest-mismatch');
}

function readCertificate(keyInfo: XmlElement): X509Certificate {
  const data = onlyOne(children(keyInfo));
  const holder = onlyOne(children(data));
  if (!isDs(data, 'X509Data') || !isDs(holder, 'X509Certificate')) throw new Refused('structure');
  const certificate = parseCertificate(Buffer.from(base64(holder), 'base64'));
  if (certificate === undefined) throw new Refused('certificate');
  return certificate;
}

/** Undefined for what is no certificate, or none of an RSA key of 2048 bits at least. */
function parseCertificate(der: Buffer): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    const strong = asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
    return strong ? certificate : undefined;
  } catch {
    return undefined;
  }
}

export function isDs(element: XmlElement, name: string): boolean {
  return element.namespaceUri === DS && element.name === name;
}

/** The Algorithm of an element that must have that name and no parameter inside. */
function algorithmUri(element: XmlElement, name: string): string {
  if (!isDs(element, name) || element.firstChild !== null) throw new Refused('structure');
  return element.attr('Algorithm')?.value ?? '';
}

/** Base64 text without its white space. A comment or element inside would let two readers see two values. */
function base64(element: XmlElement): string {
  const value = element.content.replace(/\s/g, '');
  if (!isPlainText(element) || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) throw new Refused('structure');
  return value;
}

export function onlyOne<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length > 1) throw new Refused('structure');
  return first;
}
