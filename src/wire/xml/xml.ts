/**
 * The one XML stack: libxml2 parses, answers XPath and canonicalises everything that the product signs, verifies or
 * consumes. No document type is ever accepted, nothing is ever loaded from outside, size and depth are bounded.
 */
import { ParseOption, XmlC14NMode, XmlCData, XmlDocument, XmlElement, type XmlNode, XmlText } from 'libxml2-wasm';

export type { XmlElement } from 'libxml2-wasm';
export type Namespaces = Readonly<Record<string, string>>;

export interface XmlLimits {
  /** Largest accepted document, bytes. */
  readonly maxBytes: number;
}

export const DEFAULT_XML_LIMITS: XmlLimits = { maxBytes: 64 * 1024 * 1024 };

/** Why a document was not accepted (a document type always is refused), as the staff of a hospital reads it. */
export const XML_REFUSALS = {
  malformed: 'XML mal formé',
  doctype: 'déclaration DOCTYPE',
  'too-large': 'trop volumineux',
} as const;
type XmlRefusal = keyof typeof XML_REFUSALS;

export class XmlRefused extends Error {
  readonly reason: XmlRefusal;
  constructor(reason: XmlRefusal, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Parses with libxml2, hands the root to `use`, then frees the document (its memory is outside the JavaScript heap).
 * `use` must return plain values, no node. Throws XmlRefused on anything unacceptable.
 */
export function withXml<T>(bytes: Uint8Array, use: (root: XmlElement) => T, limits: XmlLimits = DEFAULT_XML_LIMITS): T {
  if (bytes.byteLength > limits.maxBytes) throw new XmlRefused('too-large', `${bytes.byteLength} bytes`);
  if (hasDoctype(bytes)) throw new XmlRefused('doctype', 'DOCTYPE');
  const doc = parse(bytes);
  try {
    if (doc.dtd !== null) throw new XmlRefused('doctype', 'DOCTYPE');
    return use(doc.root);
  } finally {
    doc.dispose();
  }
}

function parse(bytes: Uint8Array): XmlDocument {
  const option = (ParseOption.XML_PARSE_NONET |
    ParseOption.XML_PARSE_NO_XXE |
    ParseOption.XML_PARSE_NO_SYS_CATALOG |
    // Text nodes above 10 MB (a large PDF in Base64) need it; the byte limit above stays in force.
    (bytes.byteLength > 9_000_000 ? ParseOption.XML_PARSE_HUGE : 0)) as ParseOption;
  try {
    return XmlDocument.fromBuffer(bytes, { option });
  } catch (error) {
    throw new XmlRefused('malformed', error instanceof Error ? error.message.trim() : String(error));
  }
}

/** A DOCTYPE may stand only before the root element, so only the prolog is read; UTF-16 and UTF-32 prologs are covered. */
export function hasDoctype(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 65_536)).toString('latin1').replaceAll('\0', '');
  const root = head.search(/<[A-Za-z_]/);
  return /<!DOCTYPE/i.test(root < 0 ? head : head.slice(0, root));
}

/** First node of the XPath as an element, or undefined. */
export function element(from: XmlNode, xpath: string, ns: Namespaces = {}): XmlElement | undefined {
  const node = from.get(xpath, ns);
  return node instanceof XmlElement ? node : undefined;
}

export function elements(from: XmlNode, xpath: string, ns: Namespaces = {}): XmlElement[] {
  return from.find(xpath, ns).filter((node) => node instanceof XmlElement);
}

/** String value of the first node of the XPath (element or attribute), trimmed; undefined when there is none. */
export function text(from: XmlNode, xpath: string, ns: Namespaces = {}): string | undefined {
  return from.get(xpath, ns)?.content.trim();
}

/** Child elements in document order. By XPath: the library's own walk from sibling to sibling breaks on a processing instruction. */
export function children(parent: XmlElement): XmlElement[] {
  return elements(parent, '*');
}

/** What stands in an element, in order: its elements, and the texts between them. Comments and instructions say nothing. */
export function contents(parent: XmlElement): (XmlElement | string)[] {
  return parent.find('node()').flatMap((node): (XmlElement | string)[] => {
    if (node instanceof XmlElement) return [node];
    return node instanceof XmlText || node instanceof XmlCData ? [node.content] : [];
  });
}

/** True when the element holds only text (no child element, no comment): what a signed value must look like. */
export function isPlainText(node: XmlElement): boolean {
  return node.find('node()').every((child) => child instanceof XmlText);
}

export type CanonicalForm = 'exclusive' | 'inclusive' | 'inclusive-with-comments';

/** Canonical form of a subtree, as UTF-8 bytes. `prefixes`: declared in an exclusive form whether they are used or not. */
export function canonical(node: XmlElement, form: CanonicalForm, prefixes: readonly string[] = []): Buffer {
  const mode = form === 'exclusive' ? XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 : XmlC14NMode.XML_C14N_1_0;
  const listed = prefixes.length === 0 ? {} : { inclusiveNamespacePrefixes: [...prefixes] };
  const withComments = form === 'inclusive-with-comments';
  return Buffer.from(node.canonicalizeToString({ mode, withComments, ...listed }), 'utf8');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/** What `escapeXml` changes: most values have none of it. */
const UNSAFE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff&<>"\r]/;

/** Escapes for element text and double-quoted attributes; drops the control characters that XML 1.0 forbids. */
export function escapeXml(value: string): string {
  if (!UNSAFE.test(value)) return value;
  return value
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"\r]/g, (c) => ESCAPES[c] ?? c);
}
