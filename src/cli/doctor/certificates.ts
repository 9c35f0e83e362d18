/** Certificates and keys: readable, in date, of their authority, of the right structure. Source: dmp.md 1.5, ins.md 4.1. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { finessOfStructureId } from '../../codes/national-ids.ts';
import { codeOf } from '../outcome.ts';
import { alert, type Check, fault, ok } from './check.ts';

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** Authorities; absent for a signature certificate, which the peer alone judges. */
  readonly ca?: string;
}

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

const DAY_MS = 86_400_000;
/** Obtaining a certificate from IGC-Santé takes weeks. */
const ALERT_DAYS = 45;

export async function checkCertificate(
  subject: string,
  files: CertificateFiles,
  expectation: CertificateExpectation,
  now: Date,
): Promise<Check[]> {
  const [certificate, key, authorities] = await Promise.all([
    read(files.cert, (pem) => [new X509Certificate(pem)]),
    read(files.key, (pem) => [createPrivateKey(pem)]),
    files.ca === undefined ? { values: [] } : read(files.ca, readAuthorities),
  ]);
  const unreadable = [certificate, key, authorities].flatMap((file) => ('reason' in file ? [file.reason] : []));
  if ('reason' in certificate || 'reason' in key || 'reason' in authorities)
    return unreadable.map((reason) => fault(subject, reason));
  const [cert] = certificate.values;
  const [privateKey] = key.values;
  if (cert === undefined || privateKey === undefined) return [fault(subject, 'fichier vide')];
  const trusted =
    files.ca === undefined || authorities.values.some((ca) => cert.checkIssued(ca) && cert.verify(ca.publicKey));
  return [
    validity(subject, cert, now),
    ...(cert.checkPrivateKey(privateKey) ? [] : [fault(subject, 'la clé privée ne correspond pas au certificat')]),
    ...(trusted ? [] : [fault(subject, "le certificat n'est pas émis par l'autorité déclarée")]),
    ...structureChecks(subject, cert, expectation.structures),
    ...nameChecks(subject, cert, expectation.commonNames),
  ];
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

function readAuthorities(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function validity(subject: string, cert: X509Certificate, now: Date): Check {
  if (cert.validFromDate > now)
    return fault(subject, `pas encore valable : à partir du ${frenchDate(cert.validFromDate)}`);
  const days = Math.floor((cert.validToDate.getTime() - now.getTime()) / DAY_MS);
  const until = `${frenchDate(cert.validToDate)}`;
  if (days < 0) return fault(subject, `expiré depuis le ${until}`);
  const text = `valable encore ${days} jour(s), jusqu'au ${until}`;
  return days < ALERT_DAYS ? alert(subject, `${text} : à renouveler`) : ok(subject, text);
}

function frenchDate(date: Date): string {
  const [year, month, day] = date.toISOString().slice(0, 10).split('-');
  return `${day}/${month}/${year}`;
}

/** The certificate is that of the legal entity; the geographic entity goes in the messages, never in the OU. */
function structureChecks(subject: string, cert: X509Certificate, declared: DeclaredStructures | undefined): Check[] {
  if (declared === undefined) return [];
  const units = subjectParts(cert, 'OU').flatMap((unit) => finessOfStructureId(unit) ?? []);
  const [finess] = units;
  if (finess === undefined) return [fault(subject, "aucun FINESS dans l'OU du certificat")];
  const owner = units.find((unit) => declared.legalEntities.includes(unit));
  if (owner !== undefined) return [ok(subject, `FINESS ${owner} : entité juridique déclarée`)];
  if (declared.geographicEntities.includes(finess))
    return [fault(subject, `l'OU porte le FINESS géographique ${finess} ; celui de l'entité juridique est attendu`)];
  return [fault(subject, `l'OU porte le FINESS ${finess}, qui n'est pas une entité juridique de la configuration`)];
}

function nameChecks(subject: string, cert: X509Certificate, expected: readonly string[] | undefined): Check[] {
  if (expected === undefined) return [];
  const names = subjectParts(cert, 'CN');
  if (names.some((name) => expected.includes(name))) return [];
  return [fault(subject, `CN ${expected.join(' ou ')} attendu, ${names.join(', ')} trouvé`)];
}

/** One attribute per line in `subject`. */
function subjectParts(cert: X509Certificate, name: 'OU' | 'CN'): string[] {
  return cert.subject
    .split('\n')
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1));
}
