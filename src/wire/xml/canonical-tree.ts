/**
 * The elements of a document, read from its canonical form: what is read is what is signed. libxml2 has checked the document and
 * written it in a form without entities, CDATA, defaults or choices of quotes, so that one short loop reads it; asking libxml2
 * node by node costs a call and a copy for each name.
 */
import type { CanonicalForm } from './canonical-document.ts';

export interface CanonicalElement {
  readonly name: string;
  /** Empty for none. */
  readonly namespace: string;
  /** By name as written; those without prefix are in no namespace. Namespace declarations are not attributes. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly CanonicalElement[];
  /** Texts and elements in their order. */
  readonly parts: ReadonlyArray<string | CanonicalElement>;
}

type Scope = ReadonlyMap<string, string>;

interface Building extends CanonicalElement {
  readonly children: CanonicalElement[];
  readonly parts: (string | CanonicalElement)[];
}

interface Open {
  readonly element: Building;
  readonly scope: Scope;
  /** Of an opaque element and of what it holds: only their ends are looked for. */
  readonly passed: boolean;
}

const XML_SCOPE: Scope = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]);

/** `opaque`: elements whose content is passed over, as if they were empty (the narrative of a large document). */
export function canonicalTree(
  { before, text, after }: CanonicalForm,
  opaque: (name: string, namespace: string) => boolean = () => false,
): CanonicalElement {
  const document: Building = { name: '', namespace: '', attributes: new Map(), children: [], parts: [] };
  const open: Open[] = [{ element: document, scope: XML_SCOPE, passed: false }];
  read(before, open, opaque);
  if (text !== undefined && after !== undefined) {
    const around = open.at(-1);
    if (around?.passed === false) around.element.parts.push(text.toString('latin1'));
    read(after, open, opaque);
  }
  const [root] = document.children;
  if (root === undefined || open.length !== 1) throw new Error('not a canonical form');
  return root;
}

function read(xml: string, open: Open[], opaque: (name: string, namespace: string) => boolean): void {
  let at = 0;
  while (at < xml.length) {
    const tag = xml.indexOf('<', at);
    const around = open[open.length - 1];
    if (around === undefined) throw new Error('not a canonical form');
    const end = tag < 0 ? xml.length : tag;
    if (end > at && !around.passed) around.element.parts.push(unescaped(xml.slice(at, end)));
    if (tag < 0) return;
    at = next(xml, tag, around, open, opaque);
  }
}

/** Handles what starts at `tag` and says where it ends. */
function next(
  xml: string,
  tag: number,
  around: Open,
  open: Open[],
  opaque: (name: string, namespace: string) => boolean,
): number {
  switch (xml.charCodeAt(tag + 1)) {
    case SLASH:
      open.pop();
      return xml.indexOf('>', tag) + 1;
    case EXCLAMATION:
      return xml.indexOf('-->', tag) + 3;
    case QUESTION:
      return xml.indexOf('?>', tag) + 2;
    default:
      return start(xml, tag, around, open, opaque);
  }
}

const SLASH = 47;
const EXCLAMATION = 33;
const QUESTION = 63;
const SPACE = 32;

function start(
  xml: string,
  tag: number,
  around: Open,
  open: Open[],
  opaque: (name: string, namespace: string) => boolean,
): number {
  let at = endOfName(xml, tag + 1);
  const written = xml.slice(tag + 1, at);
  const attributes = new Map<string, string>();
  let declared: Map<string, string> | undefined;
  while (xml.charCodeAt(at) === SPACE) {
    const equals = xml.indexOf('=', at);
    const quote = xml.indexOf('"', equals + 2);
    const name = xml.slice(at + 1, equals);
    const value = unescaped(xml.slice(equals + 2, quote));
    if (name === 'xmlns' || name.startsWith('xmlns:')) {
      declared ??= new Map(around.scope);
      declared.set(name.slice(6), value);
    } else attributes.set(name, value);
    at = quote + 1;
  }
  const scope = declared ?? around.scope;
  const colon = written.indexOf(':');
  const name = written.slice(colon + 1);
  const namespace = scope.get(colon < 0 ? '' : written.slice(0, colon)) ?? '';
  const element: Building = { name, namespace, attributes, children: [], parts: [] };
  if (!around.passed) {
    around.element.children.push(element);
    around.element.parts.push(element);
  }
  open.push({ element, scope, passed: around.passed || opaque(name, namespace) });
  return at + 1;
}

function endOfName(xml: string, from: number): number {
  let at = from;
  for (let code = xml.charCodeAt(at); code !== SPACE && code !== 62 && at < xml.length; code = xml.charCodeAt(at))
    at += 1;
  return at;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x9;': '\t',
  '&#xA;': '\n',
  '&#xD;': '\r',
};

function unescaped(text: string): string {
  return text.includes('&') ? text.replace(/&[#\w]+;/g, (entity) => ENTITIES[entity] ?? entity) : text;
}

/** All the text below an element, in document order. */
export function contentOf(element: CanonicalElement): string {
  const [only] = element.parts;
  if (element.parts.length === 1 && typeof only === 'string') return only;
  return element.parts.map((part) => (typeof part === 'string' ? part : contentOf(part))).join('');
}

/** An element and those below it with this name, in document order. */
export function elementsNamed(element: CanonicalElement, name: string, namespace: string): CanonicalElement[] {
  const below = element.children.flatMap((child) => elementsNamed(child, name, namespace));
  return element.name === name && element.namespace === namespace ? [element, ...below] : below;
}
