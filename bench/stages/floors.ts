/** The least work of some stages, by hand. None of them is usable: each leaves out what makes the product correct. */
import { deflateSync } from 'node:zlib';

const CR = 0x0d;
const SEPARATOR = 0x7c;
/** A longer segment holds a document: its value is only stepped over. */
const LONG = 8_192;

/** Cuts segments and the fields of the short ones; OBX-5 stays an offset. Returns how many characters were looked at. */
export function scanSegments(bytes: Buffer): number {
  let seen = 0;
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(CR, at);
    const end = found < 0 ? bytes.length : found;
    if (end - at > LONG) seen += bytes.indexOf(SEPARATOR, at);
    else for (const field of bytes.toString('latin1', at, end).split('|')) seen += field.length;
    at = end + 1;
  }
  return seen;
}

/**
 * An incremental update that gives the first page one more content: classic cross-reference table only, no search for a
 * free zone, nothing rendered or read back.
 */
export function appendContent(pdf: Buffer, operators: string): Buffer {
  const startxref = Number(/startxref\s+(\d+)/.exec(pdf.toString('latin1', pdf.length - 300))?.[1]);
  const table = pdf.toString('latin1', startxref);
  const trailer = table.slice(table.indexOf('trailer'));
  const size = Number(/\/Size (\d+)/.exec(trailer)?.[1]);
  const object = (number: number): string => objectText(pdf, table, number);
  const root = referenceIn(trailer, 'Root');
  const page = Number(/\/Kids\s*\[\s*(\d+)/.exec(object(referenceIn(object(root), 'Pages')))?.[1]);
  const stream = deflateSync(Buffer.from(operators, 'latin1'));
  const contents = object(page).replace(
    /\/Contents\s+(?:\[([^\]]*)\]|(\d+ \d+ R))/,
    (_, list: string | undefined, one: string | undefined) => `/Contents [${list ?? one} ${size} 0 R]`,
  );
  const written = Buffer.concat([
    pdf,
    Buffer.from(`\n${size} 0 obj\n<</Filter/FlateDecode/Length ${stream.length}>>\nstream\n`, 'latin1'),
    stream,
    Buffer.from('\nendstream\nendobj\n', 'latin1'),
  ]);
  const pageText = `${page} 0 obj\n${contents}endobj\n`;
  const at = written.length + pageText.length;
  const row = (offset: number) => `${String(offset).padStart(10, '0')} 00000 n \n`;
  const end =
    `xref\n${page} 1\n${row(written.length)}${size} 1\n${row(pdf.length + 1)}trailer\n<</Size ${size + 1}/Root ${root} 0 R` +
    `/Prev ${startxref}>>\nstartxref\n${at}\n%%EOF\n`;
  return Buffer.concat([written, Buffer.from(pageText + end, 'latin1')]);
}

function referenceIn(dictionary: string, key: string): number {
  return Number(new RegExp(`/${key}\\s+(\\d+)\\s+\\d+\\s+R`).exec(dictionary)?.[1]);
}

/** `table`: one section, entries of 20 bytes from object 0. */
function objectText(pdf: Buffer, table: string, number: number): string {
  const first = table.indexOf('\n', table.indexOf('\n') + 1) + 1;
  const offset = Number(table.slice(first + number * 20, first + number * 20 + 10));
  const text = pdf.toString('latin1', offset, pdf.indexOf('endobj', offset));
  return text.slice(text.indexOf('obj') + 3);
}

/** Codewords of a message in a field GF(256) of Reed-Solomon: what any DataMatrix encoder computes, without the drawing. */
export function reedSolomon(payload: string, codewords: number, checks: number): Uint8Array {
  const data = new Uint8Array(codewords + checks).fill(129);
  for (let index = 0; index < Math.min(payload.length, codewords); index++) data[index] = payload.charCodeAt(index) + 1;
  const generator = generatorOf(checks);
  const remainder = new Uint8Array(checks);
  for (let index = 0; index < codewords; index++) {
    const factor = (data[index] ?? 0) ^ (remainder[0] ?? 0);
    remainder.copyWithin(0, 1);
    remainder[checks - 1] = 0;
    for (let term = 0; term < checks; term++)
      remainder[term] = (remainder[term] ?? 0) ^ multiply(factor, generator[term] ?? 0);
  }
  data.set(remainder, codewords);
  return data;
}

const LOGARITHM = new Uint8Array(256);
const POWER = new Uint8Array(510);
{
  /** Of ISO/IEC 16022: x^8 + x^5 + x^3 + x^2 + 1. */
  const modulus = 0x12d;
  for (let exponent = 0, value = 1; exponent < 255; exponent++) {
    POWER[exponent] = value;
    POWER[exponent + 255] = value;
    LOGARITHM[value] = exponent;
    value = value & 0x80 ? (value << 1) ^ modulus : value << 1;
  }
}

function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (POWER[(LOGARITHM[a] ?? 0) + (LOGARITHM[b] ?? 0)] ?? 0);
}

const generators = new Map<number, Uint8Array>();

/** Coefficients of the product of (x + 2^i), the leading one left out; kept, as any encoder would. */
function generatorOf(checks: number): Uint8Array {
  const known = generators.get(checks);
  if (known !== undefined) return known;
  let product = [1];
  for (let root = 1; root <= checks; root++) {
    const next = [...product, 0];
    for (let term = 0; term < product.length; term++)
      next[term + 1] = (next[term + 1] ?? 0) ^ multiply(product[term] ?? 0, POWER[root] ?? 0);
    product = next;
  }
  const generator = Uint8Array.from(product.slice(1));
  generators.set(checks, generator);
  return generator;
}
