/**
 * The syntax of PDF objects (ISO 32000-1, 7.2 and 7.3), walked over without building them: what an incremental update
 * needs is where the values of a few dictionaries begin and end. Anything out of the ordinary throws `NotOrdinary`.
 */

/** The document is not one that the quick way knows: the slower one decides. */
export class NotOrdinary extends Error {
  override name = 'NotOrdinary';
}

/** The value, without which the document is not ordinary. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new NotOrdinary();
  return value;
}

/** A value where it is written. */
export interface Slice {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Values of a dictionary by key; null values count as written. */
export type Dictionary = ReadonlyMap<string, Slice>;

const MAX_DEPTH = 64;

const REGULAR = 0;
const SPACE = 1;
const DELIMITER = 2;
const KIND = new Uint8Array(256);
for (const code of [0, 9, 10, 12, 13, 32]) KIND[code] = SPACE;
for (const char of '()<>[]{}/%') KIND[char.charCodeAt(0)] = DELIMITER;

const [PERCENT, OPEN, CLOSE, SLASH, LESS, MORE, HASH, BACKSLASH] = [0x25, 0x28, 0x29, 0x2f, 0x3c, 0x3e, 0x23, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY] = [0x5b, 0x5d];

export function isRegular(code: number | undefined): boolean {
  return code !== undefined && KIND[code] === REGULAR;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39;
}

/** The first byte that is neither white space nor comment. */
export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const code = bytes[at];
    if (code === undefined) return at;
    if (code === PERCENT) {
      while (at < bytes.length && bytes[at] !== 10 && bytes[at] !== 13) at += 1;
    } else if (KIND[code] === SPACE) at += 1;
    else return at;
  }
}

/** The end of a run of regular characters: a number, a keyword, or a name after its slash. */
export function skipRegular(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && KIND[bytes[at] ?? 0] === REGULAR) at += 1;
  return at;
}

/** Told of every name walked over: what a document may hold is known by the names it uses. */
export type NameVisitor = (bytes: Buffer, start: number, end: number) => void;

const NO_VISIT: NameVisitor = () => undefined;

/** The end of the value that begins at `from`, a reference counted as its first number only. */
export function skipValue(bytes: Buffer, from: number, visit: NameVisitor = NO_VISIT, depth = 0): number {
  const code = bytes[from];
  if (code === SLASH) {
    const end = skipRegular(bytes, from + 1);
    visit(bytes, from + 1, end);
    return end;
  }
  if (code === OPEN) return skipText(bytes, from);
  if (code === LESS)
    return bytes[from + 1] === LESS ? skipMany(bytes, from, visit, depth) : skipHexadecimal(bytes, from);
  if (code === OPEN_ARRAY) return skipMany(bytes, from, visit, depth);
  if (!isRegular(code)) throw new NotOrdinary();
  return skipRegular(bytes, from);
}

/** An array or a dictionary: values up to its own end. */
function skipMany(bytes: Buffer, from: number, visit: NameVisitor, depth: number): number {
  if (depth >= MAX_DEPTH) throw new NotOrdinary();
  const dictionary = bytes[from] === LESS;
  for (let at = skipSpace(bytes, from + (dictionary ? 2 : 1)); at < bytes.length; at = skipSpace(bytes, at)) {
    const code = bytes[at];
    if (dictionary && code === MORE && bytes[at + 1] === MORE) return at + 2;
    if (!dictionary && code === CLOSE_ARRAY) return at + 1;
    at = skipValue(bytes, at, visit, depth + 1);
  }
  throw new NotOrdinary();
}

function skipText(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const code = bytes[at];
    if (code === BACKSLASH) at += 1;
    else if (code === OPEN) depth += 1;
    else if (code === CLOSE && --depth === 0) return at + 1;
  }
  throw new NotOrdinary();
}

function skipHexadecimal(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(MORE, from);
  if (end < 0) throw new NotOrdinary();
  return end + 1;
}

/** A keyword at this place, followed by something else than regular characters. */
export function hasKeyword(bytes: Buffer, at: number, keyword: string): boolean {
  for (let index = 0; index < keyword.length; index++)
    if (bytes[at + index] !== keyword.charCodeAt(index)) return false;
  return !isRegular(bytes[at + keyword.length]);
}

/** A whole number of at most ten digits, and where it ends. */
export function readInteger(bytes: Buffer, from: number): { readonly value: number; readonly end: number } {
  let [at, value] = [from, 0];
  for (; isDigit(bytes[at]) && at - from <= 10; at++) value = value * 10 + (bytes[at] ?? 0) - 0x30;
  if (at === from || isRegular(bytes[at])) throw new NotOrdinary();
  return { value, end: at };
}

/** The end of a value of a dictionary, where a reference is three tokens. */
function skipEntry(bytes: Buffer, from: number): number {
  const end = skipValue(bytes, from);
  if (!isDigit(bytes[from])) return end;
  const generation = skipSpace(bytes, end);
  if (!isDigit(bytes[generation])) return end;
  const keyword = skipSpace(bytes, skipRegular(bytes, generation));
  return hasKeyword(bytes, keyword, 'R') ? keyword + 1 : end;
}

/** The dictionary written at this place. A key written twice is not ordinary: readers differ on which one counts. */
export function readDictionary({ bytes, start }: Slice): Dictionary {
  const entries = new Map<string, Slice>();
  if (bytes[start] !== LESS || bytes[start + 1] !== LESS) throw new NotOrdinary();
  for (let at = skipSpace(bytes, start + 2); at < bytes.length; at = skipSpace(bytes, at)) {
    if (bytes[at] === MORE && bytes[at + 1] === MORE) return entries;
    if (bytes[at] !== SLASH) throw new NotOrdinary();
    const keyEnd = skipRegular(bytes, at + 1);
    const key = bytes.toString('latin1', at + 1, keyEnd);
    const value = skipSpace(bytes, keyEnd);
    at = skipEntry(bytes, value);
    if (entries.has(key)) throw new NotOrdinary();
    entries.set(key, { bytes, start: value, end: at });
  }
  throw new NotOrdinary();
}

export function textOf({ bytes, start, end }: Slice): string {
  return bytes.toString('latin1', start, end);
}

/** A name without its slash, or undefined for another kind of value. */
export function nameOf(slice: Slice | undefined): string | undefined {
  return slice !== undefined && slice.bytes[slice.start] === SLASH
    ? slice.bytes.toString('latin1', slice.start + 1, slice.end)
    : undefined;
}

export function isDictionary({ bytes, start }: Slice): boolean {
  return bytes[start] === LESS && bytes[start + 1] === LESS;
}

/** Object number and generation of a reference, or undefined for another kind of value. */
export function referenceOf(slice: Slice): { readonly number: number; readonly generation: number } | undefined {
  const { bytes, start, end } = slice;
  if (!isDigit(bytes[start]) || bytes[end - 1] !== 0x52) return undefined;
  const number = readInteger(bytes, start);
  const generation = readInteger(bytes, skipSpace(bytes, number.end));
  return { number: number.value, generation: generation.value };
}

/** Values of an array; a value that is not one is its own single item. */
export function itemsOf(slice: Slice): readonly Slice[] {
  const { bytes, start } = slice;
  if (bytes[start] !== OPEN_ARRAY) return [slice];
  const items: Slice[] = [];
  for (let at = skipSpace(bytes, start + 1); bytes[at] !== CLOSE_ARRAY; at = skipSpace(bytes, at)) {
    const end = skipEntry(bytes, at);
    items.push({ bytes, start: at, end });
    at = end;
  }
  return items;
}

/** A number as content or structure may write it. */
export function numberOf(slice: Slice | undefined): number {
  const text = slice === undefined ? '' : textOf(slice);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) throw new NotOrdinary();
  return Number(text);
}

/** True for a name that hides characters as `#xx`. */
export function isEscaped(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === HASH) return true;
  return false;
}
