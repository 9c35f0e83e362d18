/** Reading and judging the certificate that signed a VIHF or a submission set. Source: dmp.md 1.5 and 2.3. */
import { X509Certificate } from 'node:crypto';
import { readOid, readString, readTlvs, type Tlv } from './der.ts';
import { attributeName, type Rdn } from './distinguished-name.ts';

export interface Certificate {
  readonly x509: X509Certificate;
  readonly der: Buffer;
  /** In encoding order: the most general first. */
  readonly subject: readonly Rdn[];
  readonly organizationalUnits: readonly string[];
  /** Undefined when the certificate has no KeyUsage extension. */
  readonly keyUsage?: { readonly digitalSignature: boolean; readonly nonRepudiation: boolean };
}

const KEY_USAGE = '2.5.29.15';
const SEQUENCE = 0x30;
const EXTENSIONS = 0xa3;
const VERSION = 0xa0;
const OCTET_STRING = 0x04;
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/** Undefined when the bytes are not a certificate. */
export function readCertificate(der: Buffer): Certificate | undefined {
  const x509 = parseX509(der);
  const fields = x509 === undefined ? undefined : tbsFields(der);
  if (x509 === undefined || fields === undefined) return undefined;
  const subject = readName(fields.subject);
  const keyUsage = readKeyUsage(fields.extensions);
  return {
    x509,
    der,
    subject,
    organizationalUnits: subject.filter(({ name }) => name === 'OU').map(({ value }) => value),
    ...(keyUsage === undefined ? {} : { keyUsage }),
  };
}

function parseX509(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** TBSCertificate: [0] version, serial, signature, issuer, validity, subject, key, … [3] extensions. */
function tbsFields(der: Buffer): { subject: Buffer; extensions: Tlv[] } | undefined {
  const tbs = nested(der, 0, 0);
  const fields = tbs?.[0]?.tag === VERSION ? tbs.slice(1) : tbs;
  const subject = fields?.[4];
  if (fields === undefined || subject?.tag !== SEQUENCE) return undefined;
  const holder = fields.find((field) => field.tag === EXTENSIONS);
  const list = holder === undefined ? [] : nested(holder.content, 0);
  return list === undefined ? undefined : { subject: subject.content, extensions: list };
}

function nested(bytes: Buffer, ...path: number[]): Tlv[] | undefined {
  let list = readTlvs(bytes);
  for (const index of path) {
    const next = list?.[index];
    list = next === undefined ? undefined : readTlvs(next.content);
  }
  return list;
}

function readName(content: Buffer): Rdn[] {
  const rdns: Rdn[] = [];
  for (const set of readTlvs(content) ?? []) {
    for (const pair of readTlvs(set.content) ?? []) {
      const [type, value] = readTlvs(pair.content) ?? [];
      if (type !== undefined && value !== undefined) {
        rdns.push({ name: attributeName(readOid(type.content)), value: readString(value) });
      }
    }
  }
  return rdns;
}

function readKeyUsage(extensions: readonly Tlv[]): Certificate['keyUsage'] {
  for (const extension of extensions) {
    const fields = readTlvs(extension.content) ?? [];
    const [id] = fields;
    const value = fields.find((field) => field.tag === OCTET_STRING);
    if (id === undefined || value === undefined || readOid(id.content) !== KEY_USAGE) continue;
    const bits = readTlvs(value.content)?.[0]?.content[1] ?? 0;
    return { digitalSignature: (bits & 0x80) !== 0, nonRepudiation: (bits & 0x40) !== 0 };
  }
  return undefined;
}

/**
 * An authentication certificate (client or server authentication, no non-repudiation) is no signature certificate; nor
 * is one whose KeyUsage allows no signature or is absent.
 */
export function isSignatureCertificate({ keyUsage, x509 }: Certificate): boolean {
  if (keyUsage === undefined) return false;
  if (keyUsage.nonRepudiation) return true;
  const purposes: readonly string[] = x509.keyUsage ?? [];
  return keyUsage.digitalSignature && !purposes.includes(CLIENT_AUTH) && !purposes.includes(SERVER_AUTH);
}

/** All certificates of a PEM text. Throws on a certificate that cannot be read: that is a wrong configuration. */
export function readAuthorities(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** Directly issued by one of the authorities, and both valid at `now`. */
export function isTrusted({ x509 }: Certificate, authorities: readonly X509Certificate[], now: Date): boolean {
  const issuer = authorities.find((authority) => x509.checkIssued(authority) && x509.verify(authority.publicKey));
  return issuer?.ca === true && validAt(x509, now) && validAt(issuer, now);
}

function validAt(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate;
}
