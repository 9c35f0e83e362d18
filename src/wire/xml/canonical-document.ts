/** Canonical form of a whole document, where comments and processing instructions around the root count too. */
import { createHash } from 'node:crypto';
import { XmlC14NMode } from 'libxml2-wasm';
import { DEFAULT_XML_LIMITS, withXml, type XmlLimits } from './xml.ts';

const WITH_COMMENTS = { mode: XmlC14NMode.XML_C14N_1_0, withComments: true };

/** C14N 1.0 with comments, the form that the DMP manifest digests (dmp.md 4). Throws XmlRefused as `withXml` does. */
export function canonicalDocument(bytes: Uint8Array, limits: XmlLimits = DEFAULT_XML_LIMITS): Buffer {
  return withXml(bytes, (root) => Buffer.from(root.doc.canonicalizeToString(WITH_COMMENTS), 'utf8'), limits);
}

/**
 * Digest in Base64 of that form, hashed as it comes out: a document of 200 KB would otherwise become a text, then bytes
 * again. Throws as `canonicalDocument` does.
 */
export function canonicalDigest(bytes: Uint8Array, algorithm: 'sha1' | 'sha256'): string {
  const hash = createHash(algorithm);
  const write = (piece: Uint8Array): number => {
    hash.update(piece);
    return piece.byteLength;
  };
  withXml(bytes, (root) => root.doc.canonicalize({ write, close: () => true }, WITH_COMMENTS));
  return hash.digest('base64');
}

/** Exclusive C14N of a text that has nothing around its root. */
export function exclusiveDocument(xml: string): Buffer {
  const options = { mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0, withComments: false };
  return withXml(Buffer.from(xml, 'utf8'), (root) => Buffer.from(root.doc.canonicalizeToString(options), 'utf8'));
}
