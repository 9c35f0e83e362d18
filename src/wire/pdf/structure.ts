/**
 * A PDF read for an incremental update: every byte of it is walked over once, so that nothing is in the file that was
 * not looked at, and its cross-references must agree with what was met. Anything else throws `NotOrdinary`.
 */
import {
  type CrossReference,
  inflated,
  MAX_STRUCTURE_BYTES,
  objectAt,
  type PdfStream,
  readCrossReference,
  streamAfter,
} from './cross-reference.ts';
import {
  type Dictionary,
  hasKeyword,
  isEscaped,
  NotOrdinary,
  nameOf,
  numberOf,
  present,
  readDictionary,
  readInteger,
  referenceOf,
  type Slice,
  skipRegular,
  skipSpace,
  skipValue,
} from './syntax.ts';

export interface Structure {
  readonly bytes: Buffer;
  readonly crossReference: CrossReference;
  /** What a value stands for: itself, or the object that it refers to. */
  readonly resolve: (value: Slice) => Slice;
  /** The dictionary that a value is or refers to; that of a stream counts. */
  readonly dictionary: (value: Slice) => Dictionary;
  /** The decoded bytes of the stream that a reference names, within what the document may still inflate. */
  readonly content: (value: Slice) => Buffer;
}

/**
 * Names that make a document one for the slower way, which refuses it by the right rule or draws it: active parts,
 * signatures, encryption (content-facts.ts), and what hides from the survey of a page.
 */
const UNUSUAL = new Set([
  ...['JavaScript', 'JS', 'Launch', 'EF', 'EmbeddedFile', 'EmbeddedFiles', 'ByteRange', 'Sig', 'SigFlags', 'Perms'],
  ...['Encrypt', 'UserUnit', 'PatternType'],
]);

const INITIALS = new Uint8Array(256);
for (const name of UNUSUAL) INITIALS[name.charCodeAt(0)] = 1;
const LONGEST = Math.max(...[...UNUSUAL].map((name) => name.length));

/** An escaped name may be any of them. */
function refuseUnusual(bytes: Buffer, start: number, end: number): void {
  if (end - start <= 3 * LONGEST && isEscaped(bytes, start, end)) throw new NotOrdinary();
  if (INITIALS[bytes[start] ?? 0] === 1 && end - start <= LONGEST && UNUSUAL.has(bytes.toString('latin1', start, end)))
    throw new NotOrdinary();
}

export function readStructure(bytes: Buffer): Structure {
  if (bytes.toString('latin1', 0, 5) !== '%PDF-') throw new NotOrdinary();
  const crossReference = readCrossReference(bytes);
  const { entries } = crossReference;
  const found = new Map<number, number>();
  const compressed = new Map<number, readonly Slice[]>();
  let left = MAX_STRUCTURE_BYTES;

  const lengthOf = (length: Slice): number => numberOf(resolve(length));
  const inflate = ({ dictionary, data }: PdfStream): Buffer => {
    const plain = inflated(dictionary, data, left);
    left -= plain.length;
    return plain;
  };
  const objectsIn = (container: number): readonly Slice[] => {
    const known = compressed.get(container);
    if (known !== undefined) return known;
    const stream = streamOf(container);
    const objects = objectsOf(stream, inflate(stream));
    compressed.set(container, objects);
    return objects;
  };
  const objectNumbered = (number: number): Slice => {
    const entry = entries.get(number);
    if (entry?.kind === 'stream') return present(objectsIn(entry.container)[entry.index]);
    if (entry?.kind !== 'file') throw new NotOrdinary();
    const { number: written, generation, start } = objectAt(bytes, entry.offset);
    if (written !== number || generation !== entry.generation) throw new NotOrdinary();
    return { bytes, start, end: skipValue(bytes, start) };
  };
  const resolve = (value: Slice): Slice => {
    const reference = referenceOf(value);
    if (reference === undefined) return value;
    const target = objectNumbered(reference.number);
    // A reference to a reference is legal nowhere; a loop of them would never end.
    if (target.bytes === bytes && referenceOf(target) !== undefined) throw new NotOrdinary();
    return target;
  };
  const streamOf = (number: number): PdfStream => {
    const value = objectNumbered(number);
    const stream = value.bytes === bytes ? streamAfter(value, lengthOf) : undefined;
    if (stream === undefined) throw new NotOrdinary();
    return stream;
  };
  walk(bytes, lengthOf, (number, offset, stream) => {
    found.set(offset, number);
    const live = entries.get(number);
    if (nameOf(stream?.dictionary.get('Type')) !== 'ObjStm' || stream === undefined) return;
    // One that an update replaced is looked at like another.
    if (live?.kind === 'file' && live.offset === offset) objectsIn(number);
    else objectsOf(stream, inflate(stream));
  });
  for (const [number, entry] of entries)
    if (entry.kind === 'file' && found.get(entry.offset) !== number) throw new NotOrdinary();

  return {
    bytes,
    crossReference,
    resolve,
    dictionary: (value) => readDictionary(resolve(value)),
    content: (value) => {
      const reference = referenceOf(value);
      if (reference === undefined) throw new NotOrdinary();
      return inflate(streamOf(reference.number));
    },
  };
}

/** Values of an object stream in their order (ISO 32000-1, 7.5.7), all of their names looked at. */
function objectsOf({ dictionary }: PdfStream, bytes: Buffer): readonly Slice[] {
  const [count, first] = [numberOf(dictionary.get('N')), numberOf(dictionary.get('First'))];
  if (count > bytes.length || first > bytes.length) throw new NotOrdinary();
  const objects: Slice[] = [];
  for (let [index, at] = [0, 0]; index < count; index++) {
    const number = readInteger(bytes, skipSpace(bytes, at));
    const offset = readInteger(bytes, skipSpace(bytes, number.end));
    at = offset.end;
    const start = skipSpace(bytes, first + offset.value);
    objects.push({ bytes, start, end: skipValue(bytes, start, refuseUnusual) });
  }
  return objects;
}

type ObjectVisitor = (number: number, offset: number, stream: PdfStream | undefined) => void;

/** Header, objects, tables and trailers, one after the other to the end. */
function walk(bytes: Buffer, lengthOf: (length: Slice) => number, visit: ObjectVisitor): void {
  for (let at = skipSpace(bytes, 0); at < bytes.length; at = skipSpace(bytes, at)) {
    if (hasKeyword(bytes, at, 'xref')) at = skipTable(bytes, at);
    else if (hasKeyword(bytes, at, 'startxref')) at = readInteger(bytes, skipSpace(bytes, at + 9)).end;
    else at = skipObject(bytes, at, lengthOf, visit);
  }
}

function skipObject(bytes: Buffer, at: number, lengthOf: (length: Slice) => number, visit: ObjectVisitor): number {
  const { number, start } = objectAt(bytes, at);
  const value = { bytes, start, end: skipValue(bytes, start, refuseUnusual) };
  const stream = streamAfter(value, lengthOf);
  visit(number, at, stream);
  const end = skipSpace(bytes, stream?.end ?? skipReference(bytes, value.end));
  if (!hasKeyword(bytes, end, 'endobj')) throw new NotOrdinary();
  return end + 6;
}

/** An object that is a reference leaves two more tokens. */
function skipReference(bytes: Buffer, end: number): number {
  const at = skipSpace(bytes, end);
  if (hasKeyword(bytes, at, 'endobj')) return end;
  const keyword = skipSpace(bytes, skipRegular(bytes, at));
  return hasKeyword(bytes, keyword, 'R') ? keyword + 1 : end;
}

function skipTable(bytes: Buffer, from: number): number {
  const trailer = bytes.indexOf('trailer', from);
  // Numbers, `n`, `f` and white space only: nothing can hide among them.
  for (let at = from + 4; at < trailer; at++) {
    const code = bytes[at] ?? 0;
    const entry = (code >= 0x30 && code <= 0x39) || code === 0x20 || code === 10 || code === 13;
    if (!entry && code !== 0x6e && code !== 0x66) throw new NotOrdinary();
  }
  if (trailer < 0) throw new NotOrdinary();
  return skipValue(bytes, skipSpace(bytes, trailer + 7), refuseUnusual);
}
