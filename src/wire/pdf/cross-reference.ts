/** Cross-reference tables and streams (ISO 32000-1, 7.5.4 and 7.5.8), followed from the last one back to the first. */
import { constants, inflateSync } from 'node:zlib';
import {
  type Dictionary,
  hasKeyword,
  isDictionary,
  itemsOf,
  NotOrdinary,
  nameOf,
  numberOf,
  present,
  readDictionary,
  readInteger,
  type Slice,
  skipSpace,
  skipValue,
  textOf,
} from './syntax.ts';

/** Where an object is: in the file, inside an object stream, or nowhere any more. */
export type Entry =
  | { readonly kind: 'file'; readonly offset: number; readonly generation: number }
  | { readonly kind: 'stream'; readonly container: number; readonly index: number }
  | { readonly kind: 'free' };

export interface CrossReference {
  readonly entries: ReadonlyMap<number, Entry>;
  /** Of the last section: what the next update starts from. */
  readonly trailer: Dictionary;
  /** Offset of the last section, and its kind, which the next one must be of too. */
  readonly start: number;
  readonly kind: 'table' | 'stream';
  /** First object number that no section knows. */
  readonly size: number;
}

/** An update a day for a month, and as many again. */
const MAX_SECTIONS = 64;
const MAX_OBJECTS = 500_000;
/** Inflated bytes of all the structure streams of a document. */
export const MAX_STRUCTURE_BYTES = 16 * 1024 * 1024;
/** Where readers look for `startxref` (ISO 32000-1, annex H.3.4). */
const TAIL = 1024;
const ENTRY_BYTES = 20;

/** Everything that the sections of a document say, the last one first. */
export function readCrossReference(bytes: Buffer): CrossReference {
  const start = lastStart(bytes);
  const entries = new Map<number, Entry>();
  const seen = new Set<number>();
  let [size, last] = [0, undefined as Section | undefined];
  for (let at: number | undefined = start; at !== undefined; ) {
    if (seen.has(at) || seen.size >= MAX_SECTIONS) throw new NotOrdinary();
    seen.add(at);
    const section = readSection(bytes, at, entries);
    last ??= section;
    size = Math.max(size, numberOf(section.trailer.get('Size')));
    const previous = section.trailer.get('Prev');
    at = previous === undefined ? undefined : numberOf(previous);
  }
  if (last === undefined || !Number.isInteger(size) || size < 1 || size > MAX_OBJECTS) throw new NotOrdinary();
  for (const number of entries.keys()) if (number >= size) throw new NotOrdinary();
  return { entries, trailer: last.trailer, kind: last.kind, start, size };
}

/** The offset after the last `startxref`; only white space may follow the end mark. */
function lastStart(bytes: Buffer): number {
  const from = Math.max(0, bytes.length - TAIL);
  const at = bytes.lastIndexOf('startxref');
  if (at < from) throw new NotOrdinary();
  const { value, end } = readInteger(bytes, skipSpace(bytes, at + 9));
  const mark = bytes.indexOf('%%EOF', end);
  if (mark < 0 || skipSpace(bytes, mark) < bytes.length) throw new NotOrdinary();
  return value;
}

interface Section {
  readonly trailer: Dictionary;
  readonly kind: CrossReference['kind'];
}

function readSection(bytes: Buffer, at: number, entries: Map<number, Entry>): Section {
  if (hasKeyword(bytes, at, 'xref')) return { kind: 'table', trailer: readTable(bytes, at, entries) };
  return { kind: 'stream', trailer: readStream(bytes, at, entries) };
}

/** Entries of later sections win: what is known is left alone. */
function keep(entries: Map<number, Entry>, number: number, entry: Entry): void {
  if (entries.size > MAX_OBJECTS) throw new NotOrdinary();
  if (!entries.has(number)) entries.set(number, entry);
}

function readTable(bytes: Buffer, from: number, entries: Map<number, Entry>): Dictionary {
  let at = skipSpace(bytes, from + 4);
  while (!hasKeyword(bytes, at, 'trailer')) {
    const first = readInteger(bytes, at);
    const count = readInteger(bytes, skipSpace(bytes, first.end));
    at = skipSpace(bytes, count.end);
    if (at + count.value * ENTRY_BYTES > bytes.length) throw new NotOrdinary();
    for (let index = 0; index < count.value; index++, at += ENTRY_BYTES)
      keep(entries, first.value + index, tableEntry(bytes, at));
    at = skipSpace(bytes, at);
  }
  const start = skipSpace(bytes, at + 7);
  const trailer = readDictionary({ bytes, start, end: skipValue(bytes, start) });
  const hybrid = trailer.get('XRefStm');
  if (hybrid !== undefined) readStream(bytes, numberOf(hybrid), entries);
  return trailer;
}

/** `nnnnnnnnnn ggggg n` and two bytes of end of line. */
function tableEntry(bytes: Buffer, at: number): Entry {
  const offset = readInteger(bytes, at);
  const generation = readInteger(bytes, at + 11);
  const kind = bytes[at + 17];
  if (offset.end !== at + 10 || generation.end !== at + 16) throw new NotOrdinary();
  if (kind === 0x66) return { kind: 'free' };
  if (kind !== 0x6e) throw new NotOrdinary();
  // Some writers fill the gaps of their table with entries in use at no place.
  return offset.value === 0 ? { kind: 'free' } : { kind: 'file', offset: offset.value, generation: generation.value };
}

function readStream(bytes: Buffer, at: number, entries: Map<number, Entry>): Dictionary {
  const { dictionary, data } = streamAt(bytes, at, () => {
    throw new NotOrdinary();
  });
  if (nameOf(dictionary.get('Type')) !== 'XRef') throw new NotOrdinary();
  const rows = inflated(dictionary, data, MAX_STRUCTURE_BYTES);
  const widths = itemsOf(present(dictionary.get('W'))).map(numberOf);
  const [a = 0, b = 0, c = 0] = widths;
  if (widths.length !== 3 || widths.some((width) => width > 6)) throw new NotOrdinary();
  const index = dictionary.get('Index');
  const ranges = index === undefined ? [0, numberOf(dictionary.get('Size'))] : itemsOf(index).map(numberOf);
  const field = (from: number, width: number, absent: number): number =>
    width === 0 ? absent : rows.readUIntBE(from, width);
  let row = 0;
  for (let range = 0; range < ranges.length; range += 2) {
    const [first = 0, count = 0] = ranges.slice(range, range + 2);
    for (let number = first; number < first + count; number++, row += a + b + c) {
      if (row + a + b + c > rows.length) throw new NotOrdinary();
      const [kind, second, third] = [field(row, a, 1), field(row + a, b, 0), field(row + a + b, c, 0)];
      keep(entries, number, streamEntry(kind, second, third));
    }
  }
  return dictionary;
}

function streamEntry(kind: number, second: number, third: number): Entry {
  if (kind === 0) return { kind: 'free' };
  if (kind === 1) return { kind: 'file', offset: second, generation: third };
  if (kind === 2) return { kind: 'stream', container: second, index: third };
  throw new NotOrdinary();
}

/** `12 0 obj` and where its value begins. */
export function objectAt(bytes: Buffer, at: number): { number: number; generation: number; start: number } {
  const number = readInteger(bytes, at);
  const generation = readInteger(bytes, skipSpace(bytes, number.end));
  const keyword = skipSpace(bytes, generation.end);
  // The value may follow without a space: `1 0 obj<<`.
  if (bytes.toString('latin1', keyword, keyword + 3) !== 'obj') throw new NotOrdinary();
  return { number: number.value, generation: generation.value, start: skipSpace(bytes, keyword + 3) };
}

export interface PdfStream {
  readonly dictionary: Dictionary;
  readonly data: Buffer;
  /** After `endstream`. */
  readonly end: number;
}

/** The stream object at this place; `lengthOf` resolves an indirect length. */
function streamAt(bytes: Buffer, at: number, lengthOf: (length: Slice) => number): PdfStream {
  const { start } = objectAt(bytes, at);
  const stream = streamAfter({ bytes, start, end: skipValue(bytes, start) }, lengthOf);
  if (stream === undefined) throw new NotOrdinary();
  return stream;
}

/** The stream that this dictionary begins, or undefined when it is a dictionary alone. */
export function streamAfter(value: Slice, lengthOf: (length: Slice) => number): PdfStream | undefined {
  const { bytes } = value;
  const keyword = skipSpace(bytes, value.end);
  if (!isDictionary(value) || !hasKeyword(bytes, keyword, 'stream')) return undefined;
  const dictionary = readDictionary(value);
  const length = present(dictionary.get('Length'));
  const size = /^\d+$/.test(textOf(length)) ? numberOf(length) : lengthOf(length);
  const line = keyword + 6;
  const start = bytes[line] === 13 && bytes[line + 1] === 10 ? line + 2 : line + 1;
  if (bytes[start - 1] !== 10 || start + size > bytes.length) throw new NotOrdinary();
  let end = start + size;
  while (bytes[end] === 10 || bytes[end] === 13) end += 1;
  if (!hasKeyword(bytes, end, 'endstream') || end - start - size > 2) throw new NotOrdinary();
  return { dictionary, data: bytes.subarray(start, start + size), end: end + 9 };
}

/** Bytes of a stream stored as it is or deflated once, predictors undone; never more than `most`. */
export function inflated(dictionary: Dictionary, data: Buffer, most: number): Buffer {
  const filters = dictionary.has('Filter') ? itemsOf(present(dictionary.get('Filter'))).map(nameOf) : [];
  if (filters.length === 0 && data.length <= most) return data;
  if (filters.length !== 1 || filters[0] !== 'FlateDecode' || most < 1 || dictionary.has('F')) throw new NotOrdinary();
  let plain: Buffer;
  try {
    plain = inflateSync(data, { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // Too large or damaged: the slower way says which.
    throw new NotOrdinary();
  }
  const parameters = dictionary.get('DecodeParms');
  if (parameters === undefined) return plain;
  const [first, ...others] = itemsOf(parameters);
  if (first === undefined || others.length > 0 || !isDictionary(first)) throw new NotOrdinary();
  return unpredicted(plain, readDictionary(first));
}

/** PNG predictors on bytes (ISO 32000-1, 7.4.4.4): the only ones that cross-reference streams are written with. */
function unpredicted(data: Buffer, parameters: Dictionary): Buffer {
  const value = (key: string, absent: number): number => (parameters.has(key) ? numberOf(parameters.get(key)) : absent);
  const predictor = value('Predictor', 1);
  if (predictor === 1) return data;
  const columns = value('Columns', 1);
  if (predictor < 10 || value('Colors', 1) !== 1 || value('BitsPerComponent', 8) !== 8 || columns > 64)
    throw new NotOrdinary();
  const rows = Math.floor(data.length / (columns + 1));
  const out = Buffer.alloc(rows * columns);
  for (let row = 0; row < rows; row++) {
    const filter = data[row * (columns + 1)];
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      const raw = data[row * (columns + 1) + 1 + column] ?? 0;
      const left = column > 0 ? (out[at - 1] ?? 0) : 0;
      const up = row > 0 ? (out[at - columns] ?? 0) : 0;
      if (filter !== 0 && filter !== 1 && filter !== 2) throw new NotOrdinary();
      out[at] = (raw + (filter === 0 ? 0 : filter === 1 ? left : up)) & 0xff;
    }
  }
  return out;
}
