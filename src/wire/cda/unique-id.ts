/**
 * The uniqueId of a document that we build: derived from the message it came in, so that the same message received or
 * retried again names the same document (design.md 7).
 */
import { createHash } from 'node:crypto';
import { parseDocumentUniqueId } from '../../ins/identifiers.ts';
import { isOid } from '../../ins/oids.ts';
import type { DocumentUniqueId } from '../../ins/types.ts';
import { documentRules } from '../../rules/document.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';

/** What makes a message the same message: senders do reuse control identifiers, so the content counts too. */
export interface DocumentOrigin {
  /** Sending application and facility, as declared. */
  readonly sender: string;
  /** MSH-10, or the request identifier of another intake. */
  readonly controlId: string;
  /** Digest of the received content, in any textual form. */
  readonly contentDigest: string;
}

/** Longest XDS uniqueId, characters. */
const MAX_LENGTH = 64;
/** Digits of the last arc: 83 bits at least, 128 at most (the size of a UUID, which every OID reader takes). */
const MIN_DIGITS = 25;
const MAX_BITS = 128;
/** Under arcs 0 and 1 the second arc is below 40 (ITU-T X.660). */
const ILLEGAL_SECOND_ARC = /^[01]\.(?:[4-9]\d|\d{3,})/;

/** `<root>.<number>`, a pure OID of 64 characters at most. Refused: a root that is no OID or longer than 38 characters. */
export function deriveDocumentUniqueId(root: string, origin: DocumentOrigin): Result<DocumentUniqueId> {
  const digits = MAX_LENGTH - root.length - 1;
  if (!isOid(root) || ILLEGAL_SECOND_ARC.test(root) || digits < MIN_DIGITS) return refuse(documentRules.uniqueIdRoot);
  const bits = Math.min(MAX_BITS, Math.floor(digits * Math.log2(10)));
  const id = parseDocumentUniqueId(`${root}.${digestNumber(origin, bits)}`);
  return id.ok ? ok(id.value) : id;
}

/** The first `bits` bits of the digest as a decimal number: an arc without leading zero. */
function digestNumber(origin: DocumentOrigin, bits: number): bigint {
  const hash = createHash('sha256');
  for (const part of [origin.sender, origin.controlId, origin.contentDigest]) {
    // The length first, so that no two triples give the same bytes.
    hash.update(`${Buffer.byteLength(part)}:${part}`);
  }
  return BigInt(`0x${hash.digest('hex')}`) >> BigInt(256 - bits);
}
