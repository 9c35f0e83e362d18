/**
 * What travels between an installation and its region: counts, and nothing that could be about a person. Every text is a
 * FINESS number, a month, a day, or a code of a closed list; the schema refuses any other field. Signed with Ed25519.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { parseFinessEg, parseFinessEj } from '../ins/identifiers.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Figure } from '../store/region-figures.ts';
import { isMonth } from './month.ts';

export const COUNTS_TYPE = 'application/vnd.traitdunion.region-counts+json';
export const PUSH_PATH = '/api/v1/region/pushes';
/** Figures of one push, and the bytes that they can take at most. */
export const MOST_FIGURES = 500;
export const MOST_PUSH_BYTES = 1_000_000;
const MOST_PRODUCTS = 40;
export const MOST_BLOCKS = 5;

const count = z.number().int().min(0).max(100_000_000).nullable();
const day = z.iso.date().nullable();

/** Longer than a product's key needs, shorter than a matricule in words; no run of digits as long as one. */
const productKey = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,59}$/)
  .refine((key) => !/\d{7}/.test(key.replaceAll('-', '')));

/** Field by field, in the order in which they are signed. */
const figureShape = z.strictObject({
  eg: z.string().refine((text) => parseFinessEg(text).ok),
  ej: z.string().refine((text) => parseFinessEj(text).ok),
  month: z.string().refine(isMonth),
  added: count,
  addedIns: count,
  addedNir: count,
  addedInsC: count,
  replaced: count,
  deleted: count,
  received: count,
  refused: count,
  waiting: count,
  identityKind: z.enum(['INS', 'NIR', 'INS-C']).nullable(),
  activeIdentities: count,
  qualifiedIdentities: count,
  steps: z.number().int().min(0).max(5).nullable(),
  lastFedOn: day,
  products: z.array(z.strictObject({ key: productKey })).max(MOST_PRODUCTS),
  blocks: z
    .array(
      z.strictObject({
        rule: z.string().refine((id) => ruleById(id) !== undefined),
        documents: z.number().int().min(0).max(100_000_000),
      }),
    )
    .max(MOST_BLOCKS),
});

export const pushSchema = z
  .strictObject({ version: z.literal(1), figures: z.array(figureShape).min(1).max(MOST_FIGURES) })
  .refine(({ figures }) => new Set(figures.map(({ eg, month }) => `${eg} ${month}`)).size === figures.length);

/** The text of a push: the same figures always give the same bytes. Throws on a figure that may not travel (a bug). */
export function pushText(figures: readonly Figure[]): Buffer {
  return Buffer.from(JSON.stringify(pushSchema.parse({ version: 1, figures: figures.map(travelling) })), 'utf8');
}

/** A figure as it travels, without anything else that the object may hold. */
export function travelling(figure: Figure): Figure {
  return Object.fromEntries(
    Object.keys(figureShape.shape).map((name) => [name, figure[name as keyof Figure]]),
  ) as unknown as Figure;
}

export function digestOf(bytes: Uint8Array | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** What is signed: who, which push, and its bytes; a signature is good for this call alone. */
function signedText(keyId: string, sequence: number, body: Uint8Array): Buffer {
  return Buffer.from(
    `traitdunion-region-1\nPOST ${PUSH_PATH}\n${keyId}\n${sequence}\n${digestOf(body).toString('hex')}\n`,
  );
}

/** Gives the signature, base64. */
export function signPush(key: KeyObject, keyId: string, sequence: number, body: Uint8Array): string {
  return sign(null, signedText(keyId, sequence, body), key).toString('base64');
}

export function isSignedBy(
  publicKey: string,
  { keyId, sequence, signature }: SignedHeaders,
  body: Uint8Array,
): boolean {
  return verify(null, signedText(keyId, sequence, body), createPublicKey(publicKey), Buffer.from(signature, 'base64'));
}

/** The name of a key: SHA-256 of its public half. */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return digestOf(publicKey.export({ type: 'spki', format: 'der' })).toString('hex');
}

export interface SignedHeaders {
  readonly keyId: string;
  readonly sequence: number;
  readonly signature: string;
}

const KEY = 'x-traitdunion-key';
const SEQUENCE = 'x-traitdunion-sequence';
const SIGNATURE = 'x-traitdunion-signature';
/** In the answer to a push out of its order: the sequence that the region expects. */
export const EXPECTED = 'x-traitdunion-expected';

export function headersOf({ keyId, sequence, signature }: SignedHeaders): Record<string, string> {
  return { [KEY]: keyId, [SEQUENCE]: String(sequence), [SIGNATURE]: signature };
}

/** Undefined for a call that is not signed, or not in our form. */
export function signedHeaders(headers: Readonly<Record<string, unknown>>): SignedHeaders | undefined {
  const parsed = z
    .object({
      [KEY]: z.string().regex(/^[0-9a-f]{64}$/),
      [SEQUENCE]: z.string().regex(/^[1-9]\d{0,14}$/),
      [SIGNATURE]: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
    })
    .safeParse(headers);
  if (!parsed.success) return undefined;
  return { keyId: parsed.data[KEY], sequence: Number(parsed.data[SEQUENCE]), signature: parsed.data[SIGNATURE] };
}
