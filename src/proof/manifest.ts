/** What an export of the proof says, and how each of its lines is written: made by one side, read again by the other. */
import { z } from 'zod';
import type { LedgerAct } from '../store/proofs.ts';
import { readLinkText } from './link-text.ts';

export const EXPORT_FORMAT = 'traitdunion-proof-1';
export const FILES = {
  manifest: 'manifeste.json',
  signature: 'signature.p7s',
  certificate: 'certificat.pem',
  lines: 'lignes.jsonl',
  readMe: 'LISEZ-MOI.txt',
} as const;

const count = z.number().int().min(0);
const position = z.number().int().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const kinds = z.object({
  version: z.string(),
  source: z.string(),
  dated: z.string(),
  kinds: z.array(z.object({ id: z.string(), label: z.string(), types: z.array(z.string()).readonly() })).readonly(),
});

const formula = z.object({
  id: z.string(),
  version: z.string(),
  programme: z.string(),
  objective: z.string(),
  distinct: z.literal('document'),
  act: z.literal('first-acceptance'),
  destination: z.enum(['DMP', 'MSSANTE-PS', 'MSSANTE-PATIENT']),
  kinds: z.array(z.string()).readonly().nullable(),
  qualifiedInsOnly: z.literal(true),
  takenOut: z.literal('not-counted'),
  source: z.string(),
  dated: z.string(),
  confidence: z.string(),
  unknown: z.string(),
});

export const manifestSchema = z.object({
  format: z.literal(EXPORT_FORMAT),
  installation: z.object({ software: z.string(), version: z.string(), instance: z.string() }),
  producedAt: z.iso.datetime(),
  /** What the figures are of; the chain is that of the whole installation. `to` is excluded. */
  scope: z.object({
    legalEntity: z.string().nullable(),
    establishment: z.string().nullable(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
  }),
  chain: z.object({ first: position, last: position, previousHash: sha256, lastHash: sha256 }),
  lines: z.object({ count, sha256 }),
  /** Heads that earlier exports published. */
  earlierHeads: z.array(z.object({ position, hash: sha256, at: z.iso.datetime() })),
  kinds,
  formulas: z.array(formula).readonly(),
  /** Documents that count, by destination, establishment, month and type; `takenOut`: that did, and were taken out. */
  counts: z.array(
    z.object({
      destination: z.string(),
      legalEntity: z.string(),
      establishment: z.string(),
      month: z.string(),
      typeCode: z.string(),
      qualifiedIns: z.boolean(),
      documents: count,
      takenOut: count,
    }),
  ),
  figures: z.array(
    z.object({
      formula: z.string(),
      legalEntity: z.string(),
      establishment: z.string(),
      month: z.string(),
      documents: count,
    }),
  ),
});
export type Manifest = z.output<typeof manifestSchema>;

/** One line of the file of lines, as an object whose text is the line. */
interface WrittenLine {
  readonly position: number;
  /** SHA-256 of the 32 bytes of the hash before it, then of `text` in UTF-8. */
  readonly hash: string;
  /** The ledger line as it was sealed: everything below repeats it. */
  readonly text: string;
  readonly at: string;
  readonly legalEntity: string;
  readonly establishment: string;
  readonly destination: string;
  readonly act: LedgerAct;
  readonly uniqueId: string;
  readonly replaces: string | null;
  readonly typeCode: string;
  readonly submission: string;
  readonly sha1: string;
  readonly insOid: string;
}

/** Undefined for a text that is no line of a ledger. `original`: of a replacement whose sealed text does not say it. */
export function writtenLine(position: number, hash: string, text: string, original: string | null): string | undefined {
  const line = readLinkText(text);
  if (line === undefined) return undefined;
  const { at, ej, eg, destination, act, uniqueId, replaces, typeCode } = line;
  const written: WrittenLine = {
    position,
    hash,
    text,
    at,
    legalEntity: ej,
    establishment: eg,
    destination,
    act,
    uniqueId,
    replaces: replaces ?? original,
    typeCode,
    submission: line.submissionUniqueId,
    sha1: line.documentSha1,
    insOid: line.oid,
  };
  return JSON.stringify(written);
}

/** What a verifier takes from a line before it writes it again and compares. */
export const lineKeys = z.object({
  position,
  hash: sha256,
  text: z.string(),
  replaces: z.string().nullable(),
});
