/**
 * Verifies an export with nothing but the export: no database, no configuration. Every hash and every figure is computed again
 * from the lines; what is wrong is named, with its place.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { proofRules } from '../rules/proof.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import { verifyDetached } from '../wire/cms/detached.ts';
import { DOCUMENT_KINDS } from './document-kinds.ts';
import { FORMULAS, figuresOf } from './formulas.ts';
import { FILES, type Manifest, manifestSchema } from './manifest.ts';
import { startRecount } from './recount.ts';
import { startLineCheck } from './verify-lines.ts';

export interface Expected {
  /** PEM of the authority of the signer. */
  readonly authorities?: string | undefined;
  /** SHA-256 of the certificate of the signer, hexadecimal, colons or not. */
  readonly fingerprint?: string | undefined;
}

export interface Verification {
  readonly valid: boolean;
  readonly problems: readonly Refusal[];
  /** Undefined for a file that is no export. */
  readonly manifest: Manifest | undefined;
  readonly signer:
    | {
        readonly subject: string;
        readonly fingerprint: string;
        readonly judged: 'authority' | 'fingerprint' | 'nobody';
      }
    | undefined;
  /** Hash of each link, by position: asked by a later export. */
  readonly hashes: ReadonlyMap<number, string>;
  /** Replacements whose sealed line does not say of what: signed, not sealed. */
  readonly unsealedReplacements: number;
}

/** A file from outside: bounds of what is read whole. */
const MOST_MANIFEST_BYTES = 64_000_000;
const MOST_SIGNATURE_BYTES = 1_000_000;
const MOST_ENTRIES = 20;
const MOST_LINE_BYTES = 1_000_000;
const NEW_LINE = 0x0a;

export async function verifyExport(file: string, expected: Expected): Promise<Verification> {
  const problems: Refusal[] = [];
  const nothing = { valid: false, manifest: undefined, signer: undefined, hashes: new Map(), unsealedReplacements: 0 };
  const opened = await open(file);
  if (opened === undefined) return { ...nothing, problems: [{ rule: proofRules.unreadableExport }] };
  const { zip, entries } = opened;
  try {
    const manifestBytes = await whole(zip, entries.get(FILES.manifest), MOST_MANIFEST_BYTES);
    const signature = await whole(zip, entries.get(FILES.signature), MOST_SIGNATURE_BYTES);
    const lines = entries.get(FILES.lines);
    const manifest = manifestOf(manifestBytes);
    if (manifest === undefined || manifestBytes === undefined || signature === undefined || lines === undefined)
      return { ...nothing, problems: [{ rule: proofRules.unreadableExport, detail: missing(entries) }] };
    const signer = await judgeSigner(signature, manifestBytes, manifest, expected, problems);
    judgeData(manifest, problems);
    const walked = await judgeLines(await zip.openReadStreamPromise(lines), manifest, problems);
    return { valid: problems.length === 0, problems, manifest, signer, ...walked };
  } catch {
    return { ...nothing, problems: [...problems, { rule: proofRules.unreadableExport, detail: 'archive' }] };
  } finally {
    zip.close();
  }
}

async function open(file: string): Promise<{ zip: ZipFile; entries: Map<string, Entry> } | undefined> {
  try {
    const zip = await openPromise(file, { autoClose: false, lazyEntries: true });
    const entries = new Map<string, Entry>();
    if (zip.entryCount <= MOST_ENTRIES) for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    return { zip, entries };
  } catch {
    return undefined;
  }
}

async function whole(zip: ZipFile, entry: Entry | undefined, most: number): Promise<Buffer | undefined> {
  if (entry === undefined || entry.uncompressedSize > most) return undefined;
  const parts: Buffer[] = [];
  // yauzl stops a stream at the size that the entry declares.
  for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part);
  return Buffer.concat(parts);
}

function missing(entries: ReadonlyMap<string, Entry>): string {
  const absent = [FILES.manifest, FILES.signature, FILES.lines].filter((name) => !entries.has(name));
  return absent.length === 0 ? FILES.manifest : `${absent.join(', ')} absent`;
}

function manifestOf(bytes: Buffer | undefined): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse((bytes ?? Buffer.alloc(0)).toString('utf8')));
  } catch {
    return undefined;
  }
}

async function judgeSigner(
  signature: Buffer,
  content: Buffer,
  { producedAt }: Manifest,
  { authorities, fingerprint }: Expected,
  problems: Refusal[],
): Promise<Verification['signer']> {
  const read = await verifyDetached(signature, content);
  if (read.kind !== 'valid') problems.push({ rule: proofRules.badSignature });
  if (read.kind === 'unreadable') return undefined;
  const { certificate } = read;
  const other = (detail: string) => problems.push({ rule: proofRules.otherKey, detail });
  const own = plain(certificate.fingerprint256);
  if (fingerprint !== undefined && plain(fingerprint) !== own) other(`empreinte ${own}`);
  if (authorities !== undefined && !isIssuedBy(certificate, authorities)) other('autorité');
  const at = new Date(producedAt);
  if (at < new Date(certificate.validFrom) || at > new Date(certificate.validTo))
    other('hors de sa période de validité');
  const judged = authorities !== undefined ? 'authority' : fingerprint !== undefined ? 'fingerprint' : 'nobody';
  return { subject: certificate.subject.replaceAll('\n', ', '), fingerprint: own, judged };
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').trim().toLowerCase();
}

/** By one of these certificates, or by one that they issued in turn. */
function isIssuedBy(certificate: X509Certificate, pem: string): boolean {
  const texts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return texts.some((text) => {
    const authority = new X509Certificate(text);
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  });
}

/** Formulas and kinds are in the file; those that we publish under the same version are held against it. */
function judgeData({ formulas, kinds }: Manifest, problems: Refusal[]): void {
  const same = (a: unknown, b: unknown): boolean => sorted(a) === sorted(b);
  for (const formula of formulas) {
    const known = FORMULAS.find(({ id, version }) => id === formula.id && version === formula.version);
    if (known !== undefined && !same(known, formula))
      problems.push({ rule: proofRules.otherFormula, detail: formula.id });
  }
  if (kinds.version === DOCUMENT_KINDS.version && !same(kinds, DOCUMENT_KINDS))
    problems.push({ rule: proofRules.otherFormula, detail: 'types de documents' });
}

/** The same data gives the same text, in whatever order it is written. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

async function judgeLines(
  stream: Readable,
  manifest: Manifest,
  problems: Refusal[],
): Promise<Pick<Verification, 'hashes' | 'unsealedReplacements'>> {
  const { legalEntity: ej, establishment: eg, from, to } = manifest.scope;
  const recount = startRecount({ ej, eg, from: new Date(from), to: new Date(to) });
  const check = startLineCheck(manifest.chain, recount, problems);
  const digest = createHash('sha256');
  let unended = 0;
  stream.on('data', (part: Buffer) => {
    digest.update(part);
    const end = part.lastIndexOf(NEW_LINE);
    unended = end === -1 ? unended + part.length : part.length - end;
    if (unended > MOST_LINE_BYTES) stream.destroy(new Error('a line that does not end'));
  });
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) check.line(text);
  const { count, ...walked } = check.end();
  if (count !== manifest.lines.count || digest.digest('hex') !== manifest.lines.sha256)
    problems.push({ rule: proofRules.otherLines, detail: `${count} lignes, ${manifest.lines.count} annoncées` });
  judgeFigures(manifest, recount.cells(), problems);
  return walked;
}

const MOST_FIGURES = 20;

function judgeFigures(
  manifest: Manifest,
  cells: ReturnType<ReturnType<typeof startRecount>['cells']>,
  problems: Refusal[],
): void {
  const compare = (said: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>): Refusal[] =>
    [...new Set([...said.keys(), ...found.keys()])]
      .filter((key) => (said.get(key) ?? 0) !== (found.get(key) ?? 0))
      .map((key) => figureProblem(`${key} : ${said.get(key) ?? 0} annoncés, ${found.get(key) ?? 0} dans les lignes`));
  const keyed = <T>(rows: readonly T[], key: (row: T) => readonly unknown[], value: (row: T) => number) =>
    new Map(rows.map((row) => [key(row).join(' '), value(row)]));
  const wrong = (['documents', 'takenOut'] as const).flatMap((what) =>
    compare(
      keyed(
        manifest.counts,
        (row) => [row.destination, row.legalEntity, row.establishment, row.month, row.typeCode, row.qualifiedIns, what],
        (row) => row[what],
      ),
      keyed(
        cells,
        (row) => [row.destination, row.ej, row.eg, row.month, row.typeCode, row.qualified, what],
        (row) => (what === 'documents' ? row.documents : row.ended),
      ),
    ),
  );
  const figures = compare(
    keyed(
      manifest.figures,
      (row) => [row.formula, row.legalEntity, row.establishment, row.month],
      (row) => row.documents,
    ),
    keyed(
      figuresOf(cells, manifest.formulas, manifest.kinds),
      (row) => [row.formula, row.ej, row.eg, row.month],
      (row) => row.documents,
    ),
  );
  problems.push(...[...wrong, ...figures].slice(0, MOST_FIGURES));
}

function figureProblem(detail: string): { rule: Rule; detail: string } {
  return { rule: proofRules.otherFigures, detail: detail.slice(0, 300) };
}
