/** The demonstration authority and the certificates that a real installation receives from IGC-Santé. */
import 'reflect-metadata';
import { createPrivateKey, X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const DAY_MS = 24 * 3_600_000;
const RENEW_BEFORE_MS = 30 * DAY_MS;
const AUTHORITY_DAYS = 3_650;
const CERTIFICATE_DAYS = 730;
const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

/** Common names of the certificates of an old connector. */
export const DEMO_CONNECTOR = 'CONNECTEUR DMP AUTH_CLI';
export const DEMO_CONNECTOR_SIGN = 'CONNECTEUR DMP SIGN';

export interface DemoCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface DemoPki {
  readonly caPem: string;
  readonly caFile: string;
  /** Every server of the demonstration: localhost, 127.0.0.1, ::1. */
  readonly server: DemoCertificate;
  /** An application that sends HL7 messages. */
  readonly sender: DemoCertificate;
  /** Client of INSi: CN exactly INSI-AUTO (ins.md 4.1). */
  readonly insiAuto: DemoCertificate;
  /** ORG AUTH_CLI: client of the DMP (dmp.md 1.5). */
  readonly authCli: DemoCertificate;
  /** ORG SIGN: signs VIHF and XAdES, and authenticates nothing (dmp.md 1.5). */
  readonly sign: DemoCertificate;
  /** ORG AUTH_CLI of an application mailbox: client of the MSSanté operator. */
  readonly mssante: DemoCertificate;
  /** What a DMP connector of yesterday holds: its ORG AUTH_CLI and its ORG SIGN. */
  readonly connector: DemoCertificate;
  readonly connectorSign: DemoCertificate;
  /** The same two of another legal entity: what a gateway must refuse to use. */
  readonly wrongStructureAuthCli: DemoCertificate;
  readonly wrongStructureSign: DemoCertificate;
}

/** FINESS of the legal entities, nine characters. Certificates are those of the EJ (dmp.md 1.5). */
export interface DemoStructures {
  readonly ej: string;
  readonly otherEj: string;
}

interface Request {
  readonly name: string;
  /** From the country down, as in an IGC-Santé subject. */
  readonly subject: x509.JsonName;
  readonly keyUsage: x509.KeyUsageFlags;
  readonly extendedKeyUsage?: x509.ExtendedKeyUsage;
  readonly alternativeNames?: x509.JsonGeneralNames;
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
}

/**
 * Makes in `directory` (0700, files 0600) what is missing, belongs to another authority or structure, or has less than
 * 30 days left, and keeps the rest.
 */
export async function ensureDemoPki(directory: string, structures: DemoStructures, now: () => Date): Promise<DemoPki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const authority = await ensureAuthority(directory, now());
  const ensure = (request: Request): Promise<DemoCertificate> =>
    ensureCertificate(directory, request, authority, now());
  const { ej, otherEj } = structures;
  const [
    server,
    sender,
    insiAuto,
    authCli,
    sign,
    mssante,
    connector,
    connectorSign,
    wrongStructureAuthCli,
    wrongStructureSign,
  ] = await Promise.all([
    ensure(serverRequest(ej)),
    ensure(clientRequest('sender', ej, 'GAM-DEMO')),
    ensure(clientRequest('insi-auto', ej, 'INSI-AUTO')),
    ensure(clientRequest('auth-cli', ej, 'TRAITDUNION AUTH_CLI')),
    ensure(signRequest('sign', ej)),
    ensure(clientRequest('mssante', ej, 'TRAITDUNION MSSANTE')),
    ensure(clientRequest('connector', ej, DEMO_CONNECTOR)),
    ensure(signRequest('connector-sign', ej, DEMO_CONNECTOR_SIGN)),
    ensure(clientRequest('wrong-structure-auth-cli', otherEj, 'TRAITDUNION AUTH_CLI')),
    ensure(signRequest('wrong-structure-sign', otherEj)),
  ]);
  return {
    caPem: authority.certificate.toString('pem'),
    caFile: join(directory, 'ca.pem'),
    server,
    sender,
    insiAuto,
    authCli,
    sign,
    mssante,
    connector,
    connectorSign,
    wrongStructureAuthCli,
    wrongStructureSign,
  };
}

/** What a connector of yesterday holds: its ORG AUTH_CLI and its ORG SIGN, or the two keys of a card (both then bear the person). */
export async function ensureConnectorKeys(
  directory: string,
  ej: string,
  { name, client, sign }: { readonly name: string; readonly client: string; readonly sign: string },
  now: () => Date,
): Promise<{ readonly client: DemoCertificate; readonly signer: DemoCertificate }> {
  const authority = await ensureAuthority(directory, now());
  return {
    client: await ensureCertificate(directory, clientRequest(name, ej, client), authority, now()),
    signer: await ensureCertificate(directory, signRequest(`${name}-sign`, ej, sign), authority, now()),
  };
}

/** OU holds Struct_IdNat: `1` then the FINESS of the legal entity (dmp.md 1.5 and 3.4). */
function structureSubject(finess: string, commonName: string): x509.JsonName {
  return [
    { C: ['FR'] },
    { O: [`ETABLISSEMENT DE DEMONSTRATION ${finess}`] },
    { OU: [`1${finess}`] },
    { CN: [commonName] },
  ];
}

function serverRequest(finess: string): Request {
  return {
    name: 'server',
    subject: structureSubject(finess, 'localhost'),
    keyUsage: x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
    extendedKeyUsage: x509.ExtendedKeyUsage.serverAuth,
    alternativeNames: [
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ],
  };
}

function clientRequest(name: string, finess: string, commonName: string): Request {
  return {
    name,
    subject: structureSubject(finess, commonName),
    keyUsage: x509.KeyUsageFlags.digitalSignature,
    extendedKeyUsage: x509.ExtendedKeyUsage.clientAuth,
  };
}

function signRequest(name: string, finess: string, commonName = 'TRAITDUNION SIGN'): Request {
  return {
    name,
    subject: structureSubject(finess, commonName),
    keyUsage: x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.nonRepudiation,
  };
}

async function ensureAuthority(directory: string, now: Date): Promise<Authority> {
  const kept = await readPair(directory, 'ca');
  if (kept !== undefined && isFresh(kept, now)) {
    return { certificate: new x509.X509Certificate(kept.certPem), privateKey: await importKey(kept.keyPem) };
  }
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ C: ['FR'] }, { O: ['TRAITDUNION'] }, { CN: ['TRAITDUNION AUTORITE DE DEMONSTRATION'] }],
    ...validity(now, AUTHORITY_DAYS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writePair(directory, 'ca', certificate.toString('pem'), await exportKey(keys.privateKey));
  return { certificate, privateKey: keys.privateKey };
}

async function ensureCertificate(
  directory: string,
  request: Request,
  authority: Authority,
  now: Date,
): Promise<DemoCertificate> {
  const kept = await readPair(directory, request.name);
  if (kept !== undefined && isFresh(kept, now) && answers(kept, request, authority)) return kept;
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: request.subject,
    issuer: authority.certificate.subjectName,
    ...validity(now, CERTIFICATE_DAYS),
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(request.keyUsage, true),
      ...(request.extendedKeyUsage === undefined
        ? []
        : [new x509.ExtendedKeyUsageExtension([request.extendedKeyUsage])]),
      ...(request.alternativeNames === undefined
        ? []
        : [new x509.SubjectAlternativeNameExtension(request.alternativeNames)]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  });
  return writePair(directory, request.name, certificate.toString('pem'), await exportKey(keys.privateKey));
}

/** From the day before, for clocks that are late. */
function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - DAY_MS), notAfter: new Date(now.getTime() + days * DAY_MS) };
}

function isFresh(pair: DemoCertificate, now: Date): boolean {
  return new NodeCertificate(pair.certPem).validToDate.getTime() - now.getTime() >= RENEW_BEFORE_MS;
}

/** Issued by this authority to the asked structure. */
function answers(pair: DemoCertificate, request: Request, authority: Authority): boolean {
  const issuer = new NodeCertificate(authority.certificate.toString('pem'));
  const certificate = new NodeCertificate(pair.certPem);
  const subject = new x509.Name(request.subject).toString();
  return certificate.verify(issuer.publicKey) && new x509.X509Certificate(pair.certPem).subject === subject;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function filesOf(directory: string, name: string): { certFile: string; keyFile: string } {
  return { certFile: join(directory, `${name}.pem`), keyFile: join(directory, `${name}.key`) };
}

/** Undefined when a file is missing or the two do not belong together (a start that was cut in the middle). */
async function readPair(directory: string, name: string): Promise<DemoCertificate | undefined> {
  const files = filesOf(directory, name);
  try {
    const [certPem, keyPem] = await Promise.all([readFile(files.certFile, 'utf8'), readFile(files.keyFile, 'utf8')]);
    const certificate = new NodeCertificate(certPem);
    return certificate.checkPrivateKey(createPrivateKey(keyPem)) ? { certPem, keyPem, ...files } : undefined;
  } catch {
    return undefined;
  }
}

async function writePair(directory: string, name: string, certPem: string, keyPem: string): Promise<DemoCertificate> {
  const files = filesOf(directory, name);
  await writePrivately(files.keyFile, keyPem);
  await writePrivately(files.certFile, certPem);
  return { certPem, keyPem, ...files };
}

async function writePrivately(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
