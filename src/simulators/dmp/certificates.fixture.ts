/** A small X.509 authority for the tests: certificates encoded here, signed by node:crypto. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface TestCertificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly key: KeyObject;
  readonly keyPem: string;
  /** RFC 2253, most specific first. */
  readonly subject: string;
}

/** Attribute OIDs of the subjects made here. */
const ATTRIBUTES: Readonly<Record<string, string>> = { C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' };
const SHA256_RSA = sequence(oid('1.2.840.113549.1.1.11'), tlv(0x05, Buffer.alloc(0)));

type Subject = readonly (readonly [name: string, value: string])[];

interface CertificateRequest {
  readonly subject: Subject;
  /** First byte of the KeyUsage bits: 0x80 digitalSignature, 0x40 nonRepudiation, 0x04 keyCertSign. Absent: no extension. */
  readonly keyUsage?: number;
  readonly extendedKeyUsage?: string;
  readonly ca?: boolean;
  readonly from?: Date;
  readonly until?: Date;
  readonly issuer?: TestCertificate & { readonly name: Subject };
  /** Names of a server. */
  readonly localhost?: boolean;
}

let serial = 0x0f00;

function makeCertificate(request: CertificateRequest): TestCertificate & { readonly name: Subject } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const from = request.from ?? new Date('2026-01-01T00:00:00Z');
  const until = request.until ?? new Date('2028-01-01T00:00:00Z');
  serial += 1;
  const tbs = sequence(
    tlv(0xa0, integer(2)),
    integer(serial),
    SHA256_RSA,
    name(request.issuer?.name ?? request.subject),
    sequence(utcTime(from), utcTime(until)),
    name(request.subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions(request))),
  );
  const signature = sign('RSA-SHA256', tbs, request.issuer?.key ?? privateKey);
  const der = sequence(tbs, SHA256_RSA, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    der,
    pem: `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    subject: [...request.subject]
      .reverse()
      .map(([attribute, value]) => `${attribute}=${value.replace(/[,+"\\<>;]/g, '\\$&')}`)
      .join(','),
    name: request.subject,
  };
}

function extensions({ keyUsage, extendedKeyUsage, ca, localhost }: CertificateRequest): Buffer[] {
  const list: Buffer[] = [];
  const add = (id: string, value: Buffer): void => {
    list.push(sequence(oid(id), tlv(0x04, value)));
  };
  if (ca === true) add('2.5.29.19', sequence(tlv(0x01, Buffer.from([0xff]))));
  if (keyUsage !== undefined) add('2.5.29.15', tlv(0x03, Buffer.from([0, keyUsage])));
  if (extendedKeyUsage !== undefined) add('2.5.29.37', sequence(oid(extendedKeyUsage)));
  if (localhost === true) add('2.5.29.17', sequence(tlv(0x82, Buffer.from('localhost'))));
  return list;
}

function name(subject: Subject): Buffer {
  return sequence(
    ...subject.map(([attribute, value]) =>
      tlv(0x31, sequence(oid(ATTRIBUTES[attribute] ?? attribute), tlv(0x0c, Buffer.from(value, 'utf8')))),
    ),
  );
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

function sequence(...items: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(items));
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  // A set first bit would read as a negative number.
  return tlv(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tlv(0x06, Buffer.from(bytes));
}

function utcTime(date: Date): Buffer {
  return tlv(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const EJ = '750000001';
export const EG = '750000019';
/** PS_IdNat of the author of the fixtures. */
export const PERSON = '801234567897';
export const OTHER_EJ = '130000007';
export const OTHER_EG = '130000015';

function organization(ej: string, cn: string): Subject {
  return [
    ['C', 'FR'],
    ['O', 'Hôpital, fictif'],
    ['OU', `1${ej}`],
    ['CN', cn],
  ];
}

function makeSet() {
  const authority = makeCertificate({ subject: [['CN', 'Test authority']], keyUsage: 0x06, ca: true });
  const stranger = makeCertificate({ subject: [['CN', 'Other authority']], keyUsage: 0x06, ca: true });
  const signing = (ej: string, extra: Partial<CertificateRequest> = {}) =>
    makeCertificate({ subject: organization(ej, 'SIGN'), keyUsage: 0xc0, issuer: authority, ...extra });
  const client = (ej: string) =>
    makeCertificate({
      subject: organization(ej, 'AUTH_CLI'),
      keyUsage: 0x80,
      extendedKeyUsage: CLIENT_AUTH,
      issuer: authority,
    });
  const card = (unit: string, keyUsage: number) =>
    makeCertificate({
      subject: [
        ['C', 'FR'],
        ['OU', unit],
        ['CN', PERSON],
      ],
      keyUsage,
      ...(keyUsage === 0x80 ? { extendedKeyUsage: CLIENT_AUTH } : {}),
      issuer: authority,
    });
  return {
    authority,
    sign: signing(EJ),
    otherSign: signing(OTHER_EJ),
    expired: signing(EJ, { until: new Date('2026-06-01T00:00:00Z') }),
    untrusted: signing(EJ, { issuer: stranger }),
    client: client(EJ),
    cardSign: card('CPS signature', 0x40),
    cardAuth: card('CPS authentification', 0x80),
    server: makeCertificate({
      subject: organization(EJ, 'localhost'),
      keyUsage: 0x80,
      extendedKeyUsage: SERVER_AUTH,
      localhost: true,
      issuer: authority,
    }),
  };
}

export type CertificateSet = ReturnType<typeof makeSet>;

let made: CertificateSet | undefined;

/** Made once for a test process: RSA keys are slow. */
export function certificates(): CertificateSet {
  made ??= makeSet();
  return made;
}
