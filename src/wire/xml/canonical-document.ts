/** Canonical form of a whole document, where comments and processing instructions around the root count too. */
import { XmlC14NMode } from 'libxml2-wasm';
import { DEFAULT_XML_LIMITS, withXml, type XmlLimits } from './xml.ts';

/** C14N 1.0 with comments, the form that the DMP manifest digests (dmp.md 4). Throws XmlRefused as `withXml` does. */
export function canonicalDocument(bytes: Uint8Array, limits: XmlLimits = DEFAULT_XML_LIMITS): Buffer {
  const options = { mode: XmlC14NMode.XML_C14N_1_0, withComments: true };
  return withXml(bytes, (root) => Buffer.from(root.doc.canonicalizeToString(options), 'utf8'), limits);
}
