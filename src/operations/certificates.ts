/** Certificates and keys: readable, in date, of their authority, of the right structure. Source: dmp.md 1.5, ins.md 4.1. */
import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { finessOfStructureId } from '../codes/national-ids.ts';
import type { Config } from '../config/schema.ts';
import { certificatesOf, subjectParts } from '../wire/keys/names.ts';
import { Pkcs12Refused } from '../wire/keys/pkcs12.ts';
import { type CertificateFiles, type KeyPair, readKeyPair } from './key-files.ts';

/** What the configuration says of the structure that owns the certificate. */
export interface DeclaredStructures {
  readonly legalEntities: readonly string[];
  readonly geographicEntities: readonly string[];
}

export interface CertificateExpectation {
  /** OU must be `1` then the FINESS of a declared legal entity. */
  readonly structures?: DeclaredStructures;
  readonly commonNames?: readonly string[];
}

export interface ConfiguredCertificate {
  readonly name: string;
  readonly use: 'insi' | 'dmp' | 'mllp' | 'mssante' | 'legacy';
  readonly files: CertificateFiles;
  readonly expectation: CertificateExpectation;
}

/** Every certificate that the configuration names in a file. A card, and what a TLS relay holds, are not among them. */
export function configuredCertificates({
  insi,
  dmp,
  mllp,
  mssante,
  legacy,
  legalEntities,
}: Config): ConfiguredCertificate[] {
  const structures: DeclaredStructures = {
    legalEntities: legalEntities.map(({ finess }) => finess),
    geographicEntities: legalEntities.flatMap((entity) => entity.geographicEntities.map(({ finess }) => finess)),
  };
  const commonNames = ['INSI-AUTO', 'INSI-MANU'];
  return [
    ...(insi === undefined
      ? []
      : [{ name: 'Certificat INSi', use: 'insi', files: insi.tls, expectation: { structures, commonNames } } as const]),
    // The card of a person: it names no structure.
    ...(insi?.authentication.mode === 'cps'
      ? [
          {
            name: 'Certificat CPS (INSi)',
            use: 'insi',
            files: insi.authentication.signature,
            expectation: {},
          } as const,
        ]
      : []),
    ...(dmp === undefined ? [] : dmpCertificates(dmp, { structures })),
    ...(mllp.tls === undefined
      ? []
      : [{ name: 'Certificat MLLP', use: 'mllp', files: mllp.tls, expectation: {} } as const]),
    ...(legacy === undefined
      ? []
      : [
          {
            name: 'Certificat de la porte des anciens connecteurs',
            use: 'legacy',
            files: legacy.tls,
            expectation: {},
          } as const,
        ]),
    // Of the operator's customer, who may be another structure than the one that writes.
    ...(mssante?.mailboxes ?? []).map(
      ({ address, smtp }) =>
        ({ name: `Certificat MSSanté ${address}`, use: 'mssante', files: smtp.tls, expectation: {} }) as const,
    ),
  ];
}

function dmpCertificates(
  { tls, signature }: NonNullable<Config['dmp']>,
  expectation: CertificateExpectation,
): ConfiguredCertificate[] {
  const use = 'dmp';
  return [
    ...('relayPort' in tls ? [] : [{ name: 'Certificat DMP (ORG AUTH_CLI)', use, files: tls, expectation } as const]),
    ...('pkcs11' in signature
      ? []
      : [{ name: 'Certificat DMP (ORG SIGN)', use, files: signature, expectation } as const]),
  ];
}

export interface CertificateState {
  /** Readable, and the key is its own. */
  readonly usable: boolean;
  /** French, one for each thing that is wrong now. */
  readonly faults: readonly string[];
  /** Of the faults, those with which every exchange would be refused, whoever answers: nothing is sent with them. */
  readonly unfit: readonly string[];
  readonly validFrom?: Date;
  readonly validTo?: Date;
  /** Whole days before the end; negative once expired. */
  readonly daysLeft?: number;
  /** The authority that ends first. */
  readonly authorityDaysLeft?: number;
  /** FINESS of the legal entity that owns it, when it is a declared one. */
  readonly owner?: string;
}

const DAY_MS = 86_400_000;

export async function inspectCertificate(
  files: CertificateFiles,
  expectation: CertificateExpectation,
  now: Date,
): Promise<CertificateState> {
  const [pair, authorities] = await Promise.all([
    readOwn(files),
    files.ca === undefined ? { values: [] } : read(files.ca, certificatesOf),
  ]);
  if ('reason' in pair || 'reason' in authorities) {
    const unreadable = [pair, authorities].flatMap((file) => ('reason' in file ? [file.reason] : []));
    return { usable: false, faults: unreadable, unfit: unreadable };
  }
  const { certificate: cert, key: privateKey } = pair;
  const issuers = authorities.values;
  const trusted = files.ca === undefined || issuers.some((ca) => cert.checkIssued(ca) && cert.verify(ca.publicKey));
  const structure = structureOf(cert, expectation.structures);
  const usable = cert.checkPrivateKey(privateKey);
  const unfit = [
    ...validityFaults(cert, now),
    ...(usable ? [] : ['la clé privée ne correspond pas au certificat']),
    ...structure.wrong,
  ];
  return {
    usable,
    faults: [
      ...unfit,
      ...(trusted ? [] : ["le certificat n'est pas émis par l'autorité déclarée"]),
      ...structure.doubtful,
      ...nameFaults(cert, expectation.commonNames),
    ],
    unfit,
    validFrom: cert.validFromDate,
    validTo: cert.validToDate,
    daysLeft: daysUntil(cert.validToDate, now),
    ...(issuers.length === 0
      ? {}
      : { authorityDaysLeft: Math.min(...issuers.map((ca) => daysUntil(ca.validToDate, now))) }),
    ...(structure.owner === undefined ? {} : { owner: structure.owner }),
  };
}

function daysUntil(end: Date, now: Date): number {
  return Math.floor((end.getTime() - now.getTime()) / DAY_MS);
}

type FileReading<T> = { readonly values: readonly T[] } | { readonly reason: string };

async function read<T>(file: string, parse: (pem: string) => readonly T[]): Promise<FileReading<T>> {
  try {
    const text = await readFile(file, 'utf8');
    return { values: parse(text) };
  } catch (error) {
    return { reason: `${file} : illisible (${codeOf(error)})` };
  }
}

async function readOwn(files: CertificateFiles): Promise<KeyPair | { readonly reason: string }> {
  try {
    return await readKeyPair(files);
  } catch (error) {
    const all = 'pkcs12' in files ? files.pkcs12 : `${files.cert}, ${files.key}`;
    // What could not be opened is named alone; what could not be understood is one of them.
    const place = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : all;
    const why = error instanceof Pkcs12Refused ? error.message : `illisible (${codeOf(error)})`;
    return { reason: `${place} : ${why}` };
  }
}

/** Never a message: it could quote a key. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'inconnue';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function validityFaults(cert: X509Certificate, now: Date): string[] {
  if (cert.validFromDate > now) return [`pas encore valable : à partir du ${frenchDate(cert.validFromDate)}`];
  return cert.validToDate < now ? [`expiré depuis le ${frenchDate(cert.validToDate)}`] : [];
}

export function frenchDate(date: Date): string {
  const [year, month, day] = date.toISOString().slice(0, 10).split('-');
  return `${day}/${month}/${year}`;
}

/** The certificate is that of the legal entity; the geographic entity goes in the messages, never in the OU. */
function structureOf(
  cert: X509Certificate,
  declared: DeclaredStructures | undefined,
): { wrong: string[]; doubtful: string[]; owner?: string } {
  if (declared === undefined) return { wrong: [], doubtful: [] };
  const units = subjectParts(cert, 'OU').flatMap((unit) => finessOfStructureId(unit) ?? []);
  const [finess] = units;
  // It may be written in a way that we do not read: told, but not a reason to stop the exchanges.
  if (finess === undefined) return { wrong: [], doubtful: ["aucun FINESS dans l'OU du certificat"] };
  const owner = units.find((unit) => declared.legalEntities.includes(unit));
  if (owner !== undefined) return { wrong: [], doubtful: [], owner };
  const wrong = declared.geographicEntities.includes(finess)
    ? `l'OU porte le FINESS géographique ${finess} ; celui de l'entité juridique est attendu`
    : `l'OU porte le FINESS ${finess}, qui n'est pas une entité juridique de la configuration`;
  return { wrong: [wrong], doubtful: [] };
}

function nameFaults(cert: X509Certificate, expected: readonly string[] | undefined): string[] {
  if (expected === undefined) return [];
  const names = subjectParts(cert, 'CN');
  if (names.some((name) => expected.includes(name))) return [];
  return [`CN ${expected.join(' ou ')} attendu, ${names.join(', ')} trouvé`];
}
