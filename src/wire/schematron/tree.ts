/**
 * XML as the tree that fontoxpath walks. libxml2 stays the stack of everything that is signed or consumed: this one is
 * for judging alone, and what it refuses (DOCTYPE, size, depth) is what `wire/xml` refuses.
 */
import { type Document, type Element, Node, parseXmlDocument } from 'slimdom';
import { DEFAULT_XML_LIMITS, hasDoctype, type XmlLimits, XmlRefused } from '../xml/xml.ts';

export type { Document, Element } from 'slimdom';

/** As libxml2 by default: deeper is an attack on whoever walks it. */
const MAX_DEPTH = 256;
/** Nodes of one tree: the largest example has 20,000. */
const MAX_NODES = 2_000_000;
const HL7 = 'urn:hl7-org:v3';

/** Throws XmlRefused on anything unacceptable. */
export function parseTree(bytes: Uint8Array, limits: XmlLimits = DEFAULT_XML_LIMITS): Document {
  if (bytes.byteLength > limits.maxBytes) throw new XmlRefused('too-large', `${bytes.byteLength} bytes`);
  if (hasDoctype(bytes)) throw new XmlRefused('doctype', 'DOCTYPE');
  const document = parsed(decoded(bytes));
  checkSize(document);
  return document;
}

/** The ClinicalDocument, as a document of its own when the CDA is self-presentable (its root is then a stylesheet). */
export function parseClinicalDocument(bytes: Uint8Array, limits: XmlLimits = DEFAULT_XML_LIMITS): Document {
  const document = parseTree(bytes, limits);
  const root = document.documentElement;
  if (root === null || isClinicalDocument(root)) return document;
  const inner = root.getElementsByTagNameNS(HL7, 'ClinicalDocument')[0];
  if (inner === undefined) return document;
  document.replaceChild(inner, root);
  return document;
}

function isClinicalDocument({ namespaceURI, localName }: Element): boolean {
  return namespaceURI === HL7 && localName === 'ClinicalDocument';
}

function parsed(text: string): Document {
  try {
    return parseXmlDocument(text);
  } catch (error) {
    throw new XmlRefused('malformed', error instanceof Error ? error.message.split('\n', 1).join('') : String(error));
  }
}

/** By the byte order mark, else by the declaration, else UTF-8. */
function decoded(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  try {
    // A byte order mark is dropped by the decoder.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new XmlRefused('malformed', `encoding ${encoding}`);
  }
}

function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return 'utf-16be';
  if (first === 0xef) return 'utf-8';
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  return /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']/.exec(head)?.[1] ?? 'utf-8';
}

/** Walks without recursion: what it looks for is a tree on which recursion dies. */
function checkSize(document: Document): void {
  let depth = 0;
  let count = 0;
  let node: Node | null = document;
  while (node !== null) {
    count += 1;
    if (depth > MAX_DEPTH || count > MAX_NODES)
      throw new XmlRefused('too-large', depth > MAX_DEPTH ? 'depth' : 'nodes');
    if (node.firstChild !== null) {
      node = node.firstChild;
      depth += 1;
      continue;
    }
    while (node !== null && node.nextSibling === null) {
      node = node.parentNode;
      depth -= 1;
    }
    node = node === null ? null : node.nextSibling;
  }
}

export function isElement(node: Node | null): node is Element {
  return node !== null && node.nodeType === Node.ELEMENT_NODE;
}

/** Child elements, in order. */
export function childElements(parent: Node): Element[] {
  return parent.childNodes.filter((node): node is Element => isElement(node));
}
