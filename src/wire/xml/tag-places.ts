/**
 * Where the tags of a document and the values of their attributes stand in its very bytes, so that a value can be changed and
 * nothing else. libxml2 has accepted the document before (no DOCTYPE, well formed): this only says where things are.
 */

/** The bytes as characters, one for one or two for one. */
export interface ByteView {
  readonly text: string;
  /** Bytes of a character. */
  readonly width: 1 | 2;
  /** Bytes of a text that stands in a value. Only ASCII is ever written. */
  readonly write: (ascii: string) => Buffer;
}

export interface AttributePlace {
  /** Characters of the value, without its quotes. */
  readonly start: number;
  readonly end: number;
  /** Character references resolved, white space as attribute values have it. */
  readonly value: string;
}

export interface TagPlace {
  /** Local name. */
  readonly name: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, AttributePlace>;
  /** The elements around it, outermost first. */
  readonly around: ReadonlyArray<{ readonly name: string; readonly namespace: string }>;
}

/** Encodings in which an ASCII character is that one byte, and no other character holds it. */
const ONE_BYTE = /^(utf-?8|us-ascii|ascii|iso-?8859-\d+|latin-?1|windows-125\d|cp125\d)$/i;

/** Undefined for an encoding whose bytes are not read here. */
export function byteView(bytes: Buffer): ByteView | undefined {
  const little = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0x3c && bytes[1] === 0);
  const big = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[1] === 0x3c);
  // UTF-32 begins like UTF-16, then has two more zeros.
  if ((little && bytes[2] === 0 && bytes[3] === 0) || (bytes[0] === 0 && bytes[1] === 0)) return undefined;
  if (little) return { text: bytes.toString('utf16le'), width: 2, write: (ascii) => Buffer.from(ascii, 'utf16le') };
  if (big)
    return {
      text: swapped(bytes).toString('utf16le'),
      width: 2,
      write: (ascii) => swapped(Buffer.from(ascii, 'utf16le')),
    };
  const text = bytes.toString('latin1');
  const declared =
    /^(?:\u00ef\u00bb\u00bf)?<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']/.exec(text)?.[1] ?? 'UTF-8';
  return ONE_BYTE.test(declared) ? { text, width: 1, write: (ascii) => Buffer.from(ascii, 'latin1') } : undefined;
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
}

interface Open {
  readonly name: string;
  readonly namespace: string;
  readonly scope: ReadonlyMap<string, string>;
}

/** Each start tag, in the order of the document. Comments, CDATA and instructions hold none. */
export function* tagPlaces(text: string): Generator<TagPlace> {
  const open: Open[] = [];
  const root: ReadonlyMap<string, string> = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]);
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const aside = asideAt(text, at);
    if (aside !== undefined) {
      at = aside;
      continue;
    }
    if (text[at + 1] === '/') {
      open.pop();
      at += 2;
      continue;
    }
    const tag = readTag(text, at);
    const scope = scopeOf(tag.attributes, open.at(-1)?.scope ?? root);
    const element = { ...named(tag.written, scope), scope };
    yield { name: element.name, namespace: element.namespace, attributes: tag.attributes, around: [...open] };
    if (!tag.empty) open.push(element);
    at = tag.end;
  }
}

/** The end of the comment, section or instruction that starts here. */
function asideAt(text: string, at: number): number | undefined {
  for (const [start, stop] of ASIDES)
    if (text.startsWith(start, at)) {
      const end = text.indexOf(stop, at + start.length);
      return end < 0 ? text.length : end + stop.length;
    }
  return undefined;
}

const ASIDES = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const;

interface WrittenTag {
  readonly written: string;
  readonly attributes: ReadonlyMap<string, AttributePlace>;
  readonly empty: boolean;
  readonly end: number;
}

const NAME = /[^\s/>=]+/y;
const ATTRIBUTE = /\s*([^\s/>=]+)\s*=\s*(["'])/y;

function readTag(text: string, from: number): WrittenTag {
  NAME.lastIndex = from + 1;
  const written = NAME.exec(text)?.[0] ?? '';
  const attributes = new Map<string, AttributePlace>();
  let at = from + 1 + written.length;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const [, name, quote] = ATTRIBUTE.exec(text) ?? [];
    if (name === undefined || quote === undefined) break;
    const start = ATTRIBUTE.lastIndex;
    const end = text.indexOf(quote, start);
    if (end < 0) break;
    attributes.set(name, { start, end, value: textOfValue(text.slice(start, end)) });
    at = end + 1;
  }
  const close = text.indexOf('>', at);
  const end = close < 0 ? text.length : close;
  return { written, attributes, empty: text[end - 1] === '/', end: end + 1 };
}

function scopeOf(
  attributes: ReadonlyMap<string, AttributePlace>,
  outer: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const declared = [...attributes].filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  if (declared.length === 0) return outer;
  return new Map([...outer, ...declared.map(([name, { value }]): [string, string] => [name.slice(6), value])]);
}

function named(written: string, scope: ReadonlyMap<string, string>): { name: string; namespace: string } {
  const colon = written.indexOf(':');
  const prefix = colon < 0 ? '' : written.slice(0, colon);
  return { name: written.slice(colon + 1), namespace: scope.get(prefix) ?? '' };
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function textOfValue(raw: string): string {
  return raw
    .replace(/[\t\n\r]/g, ' ')
    .replace(/&(?:#x([\da-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? whole;
      const code = Number.parseInt(hex ?? decimal ?? '', hex === undefined ? 10 : 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}
