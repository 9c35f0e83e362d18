/**
 * HL7 v2 read from its bytes. Parsing finds where segments and fields stand; text is decoded when it is asked for, and
 * the value of an OBX (OBX-5), which may be a document of any size, is neither copied nor looked into
 * (performance.md 2). Source: design.md 7, HL7 v2 chapter 2.
 */
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Refusal, type Result, refuse } from '../../rules/rule.ts';
import { type Delimiters, delimitersAt, unescapeText } from './delimiters.ts';
import { decodeText, encodingOf, type Hl7Encoding, legible } from './encoding.ts';

/** How the bytes of a message are to be read. */
export interface Source {
  readonly buffer: Buffer;
  readonly delimiters: Delimiters;
  readonly encoding: Hl7Encoding;
}

export interface Hl7Message extends Source {
  /** In message order; the first is MSH. */
  readonly segments: readonly Segment[];
}

export interface Segment {
  readonly source: Source;
  /** Three characters, for example `PID`. */
  readonly name: string;
  readonly end: number;
  /** Offset of each field separator. */
  readonly separators: readonly number[];
}

/** A piece of a message: a field repetition or one of its parts, `[start, end)` in the message bytes. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** A decoded value: `null` is the HL7 null (`""`, erase what you know), `undefined` is an absent or empty value. */
export type Value = string | null | undefined;

export interface ParseOptions {
  /** The encoding of a source that leaves MSH-18 empty. Without it such a message is refused. */
  readonly defaultEncoding?: Hl7Encoding;
  readonly maxSegments?: number;
  /** Largest number of fields in one segment, and of repetitions in one field. */
  readonly maxParts?: number;
}

const CR = 0x0d;
const LF = 0x0a;
const MSH_18 = 18;
/** OBX-5 stands between the fifth and the sixth separator. */
const OBX_VALUE = 5;

/** Reads a message whose segments end with CR, LF or CRLF. The bytes must not change afterwards: they are not copied. */
export function parseMessage(bytes: Uint8Array, options: ParseOptions = {}): Result<Hl7Message> {
  // A Buffer stays the very one that came: what is decoded of it is kept by it.
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  while (buffer[start] === CR || buffer[start] === LF) start++;
  if (buffer.toString('latin1', start, start + 3) !== 'MSH') return refuse(hl7Rules.mshMissing);
  const delimiters = delimitersAt(buffer, start);
  if (delimiters === undefined) return refuse(hl7Rules.delimitersInvalid, { location: 'MSH-2' });
  const limits = { segments: options.maxSegments ?? 5_000, parts: options.maxParts ?? 1_000 };
  const split = splitSegments(buffer, start, delimiters, limits);
  if (!split.ok) return split;

  const declared = declaredEncoding(buffer, split.value[0], delimiters);
  const encoding = encodingOf(declared, options.defaultEncoding);
  if (!encoding.ok) return encoding;
  const unread = encapsulatedIn(buffer, split.value, delimiters);
  if (!isLegible(buffer, unread, encoding.value)) return refuse(hl7Rules.encodingIllegible, { location: 'MSH-18' });
  const source: Source = { buffer, delimiters, encoding: encoding.value };
  return ok({
    ...source,
    segments: split.value.map(({ name, end, separators }) => ({ source, name, end, separators })),
  });
}

interface Draft {
  readonly name: string;
  end: number;
  readonly separators: number[];
}

interface Limits {
  readonly segments: number;
  readonly parts: number;
}

/** One pass over everything but the values of OBX, each of which costs one native search. */
function splitSegments(buffer: Buffer, from: number, delimiters: Delimiters, limits: Limits): Result<Draft[]> {
  const drafts: Draft[] = [];
  for (let pos = from; pos < buffer.length; ) {
    if (isLineEnd(buffer[pos])) {
      pos++;
      continue;
    }
    if (!startsSegment(buffer, pos, delimiters.field)) return refuse(hl7Rules.segmentMalformed, at(drafts.length));
    const draft: Draft = { name: buffer.toString('latin1', pos, pos + 3), end: pos, separators: [] };
    if (draft.name === 'MSH' && drafts.length > 0) return refuse(hl7Rules.secondHeader, at(drafts.length));
    if (drafts.push(draft) > limits.segments) return refuse(hl7Rules.tooManyParts, { detail: 'segments' });
    const next = scanSegment(buffer, draft, pos, delimiters, limits.parts);
    if (next === undefined) return refuse(hl7Rules.tooManyParts, { location: draft.name });
    pos = next;
  }
  return ok(drafts);
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === CR || byte === LF;
}

function at(segment: number): Omit<Refusal, 'rule'> {
  return { detail: `ligne ${segment + 1}` };
}

/** `XXX|`, or `XXX` alone. */
function startsSegment(buffer: Buffer, pos: number, separator: number): boolean {
  if (!isName(buffer, pos)) return false;
  const after = buffer[pos + 3];
  return after === separator || after === undefined || isLineEnd(after);
}

function isName(buffer: Buffer, pos: number): boolean {
  return isUpper(buffer[pos]) && isUpperOrDigit(buffer[pos + 1]) && isUpperOrDigit(buffer[pos + 2]);
}

function isUpper(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}

function isUpperOrDigit(byte: number | undefined): boolean {
  return isUpper(byte) || (byte !== undefined && byte >= 0x30 && byte <= 0x39);
}

/** Finds the separators and the end of the segment at `from`. Gives where the next line starts; undefined: too many parts. */
function scanSegment(
  buffer: Buffer,
  draft: Draft,
  from: number,
  delimiters: Delimiters,
  max: number,
): number | undefined {
  const { separators } = draft;
  const observation = draft.name === 'OBX';
  let repetitions = 0;
  for (let i = from; i < buffer.length; i++) {
    if (observation && separators.length === OBX_VALUE) {
      const found = buffer.indexOf(delimiters.field, i);
      const next = segmentAfterValue(buffer, i, found);
      if (found < 0 || next !== undefined) {
        draft.end = beforeLineEnds(buffer, i, next ?? buffer.length);
        return next ?? buffer.length;
      }
      i = found;
    }
    const byte = buffer[i];
    if (byte === delimiters.field) {
      if (separators.push(i) > max) return undefined;
      repetitions = 0;
    } else if (byte === delimiters.repetition) {
      if (++repetitions >= max) return undefined;
    } else if (byte === CR || byte === LF) {
      draft.end = i;
      return i + 1;
    }
  }
  draft.end = buffer.length;
  return buffer.length;
}

/**
 * Where a segment starts that gives its separator to the search from the value at `start`; undefined when the separator
 * ends the value. Base64 may be broken over several lines: the value goes on until its separator (recover the whole, never
 * truncate), and only `XXX|` at the beginning of a line, never three letters alone, is another segment.
 */
function segmentAfterValue(buffer: Buffer, start: number, separator: number): number | undefined {
  const pos = separator - 3;
  return pos > start && isLineEnd(buffer[pos - 1]) && isName(buffer, pos) ? pos : undefined;
}

function beforeLineEnds(buffer: Buffer, start: number, end: number): number {
  let last = end;
  while (last > start && isLineEnd(buffer[last - 1])) last--;
  return last;
}

/**
 * Where the Base64 of the documents stands: read by nothing but its own decoder, which refuses any foreign byte. What is
 * left to check is as short as the message of an admission.
 */
function encapsulatedIn(buffer: Buffer, drafts: readonly Draft[], { component }: Delimiters): Stretch[] {
  const found: Stretch[] = [];
  for (const { name, separators, end } of drafts) {
    const [, beforeType = 0, afterType = 0, , beforeValue, afterValue = end] = separators;
    if (name !== 'OBX' || beforeValue === undefined) continue;
    if (afterType - beforeType !== 3 || buffer.toString('latin1', beforeType + 1, afterType) !== 'ED') continue;
    const data = afterComponents(
      buffer,
      beforeValue + 1,
      Math.min(afterValue, beforeValue + LONGEST_ED_HEAD),
      component,
    );
    if (data !== undefined) found.push({ start: data, end: afterValue });
  }
  return found;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Components of an ED before its data: source application, type, subtype, encoding. */
const ED_HEAD = 4;
/** Longest of them together, bytes; beyond it the value is checked like any text. */
const LONGEST_ED_HEAD = 1_024;

function afterComponents(buffer: Buffer, start: number, end: number, component: number): number | undefined {
  let passed = 0;
  for (let i = start; i < end; i++) if (buffer[i] === component && ++passed === ED_HEAD) return i + 1;
  return undefined;
}

/** All the bytes that may be read as text are legal in the encoding. */
function isLegible(buffer: Buffer, unread: readonly Stretch[], encoding: Hl7Encoding): boolean {
  let start = 0;
  for (const stretch of unread) {
    if (!legible(buffer.subarray(start, stretch.start), encoding)) return false;
    start = stretch.end;
  }
  return legible(buffer.subarray(start), encoding);
}

/** MSH-18 as it stands: it says how to read everything else, and its values are ASCII. The first repetition counts. */
function declaredEncoding(buffer: Buffer, header: Draft | undefined, delimiters: Delimiters): string {
  const before = header?.separators[MSH_18 - 2];
  if (header === undefined || before === undefined) return '';
  const field = buffer.toString('latin1', before + 1, header.separators[MSH_18 - 1] ?? header.end);
  return field.split(String.fromCharCode(delimiters.repetition))[0] ?? '';
}

export function segmentsNamed(message: Hl7Message, name: string): Segment[] {
  return message.segments.filter((segment) => segment.name === name);
}

export function segmentNamed(message: Hl7Message, name: string): Segment | undefined {
  return message.segments.find((segment) => segment.name === name);
}

/** The whole field, all repetitions; undefined when it is empty or absent. MSH counts its separator as MSH-1. */
export function fieldSpan(segment: Segment, field: number): Span | undefined {
  const index = segment.name === 'MSH' ? field - 1 : field;
  const before = segment.separators[index - 1];
  if (before === undefined) return undefined;
  const end = segment.separators[index] ?? segment.end;
  return end > before + 1 ? { source: segment.source, start: before + 1, end } : undefined;
}

/** The repetitions of a field, none when it is empty. OBX-5 is never split: it is one value. */
export function repetitions(segment: Segment, field: number): Span[] {
  const span = fieldSpan(segment, field);
  if (span === undefined) return [];
  if (segment.name === 'OBX' && field === OBX_VALUE) return [span];
  return parts(span, span.source.delimiters.repetition);
}

/** Part `n` (from 1) of a repetition, still as bytes. */
export function componentSpan(repetition: Span, n: number): Span | undefined {
  return part(repetition, repetition.source.delimiters.component, n);
}

/** The bytes of a span, not copied. */
export function bytesOf(span: Span): Buffer {
  return span.source.buffer.subarray(span.start, span.end);
}

/** A component (and subcomponent, the first unless told) of a repetition, escapes decoded. */
export function component(repetition: Span, n: number, subcomponent = 1): Value {
  const span = componentSpan(repetition, n);
  const inner = span && part(span, span.source.delimiters.subcomponent, subcomponent);
  if (inner === undefined || inner.end === inner.start) return undefined;
  const { buffer, delimiters, encoding } = inner.source;
  const text = decodeText(buffer, inner.start, inner.end, encoding);
  return text === '""' ? null : unescapeText(text, delimiters, encoding);
}

/** A component of the first repetition of a field, trimmed; undefined when absent, blank or HL7 null. For codes and identifiers. */
export function read(segment: Segment | undefined, field: number, n = 1, subcomponent = 1): string | undefined {
  const first = segment && firstRepetition(segment, field);
  return first && readPart(first, n, subcomponent);
}

/** The same for a repetition at hand. */
export function readPart(repetition: Span, n: number, subcomponent = 1): string | undefined {
  const value = component(repetition, n, subcomponent)?.trim();
  return value === '' ? undefined : value;
}

/** The first repetition of a field, undefined when the field is empty. */
export function firstRepetition(segment: Segment, field: number): Span | undefined {
  const span = fieldSpan(segment, field);
  if (span === undefined || (segment.name === 'OBX' && field === OBX_VALUE)) return span;
  return part(span, span.source.delimiters.repetition, 1);
}

function parts(span: Span, delimiter: number): Span[] {
  const found: Span[] = [];
  let start = span.start;
  for (let i = span.start; i <= span.end; i++) {
    if (i < span.end && span.source.buffer[i] !== delimiter) continue;
    found.push({ source: span.source, start, end: i });
    start = i + 1;
  }
  return found;
}

/** The `n`th part without visiting what follows it: reading OBX-5.2 does not run through OBX-5.5. */
function part(span: Span, delimiter: number, n: number): Span | undefined {
  const { buffer } = span.source;
  let start = span.start;
  for (let k = 1; ; k++) {
    const end = nextDelimiter(buffer, delimiter, start, span.end);
    if (k === n) return { source: span.source, start, end };
    if (end === span.end) return undefined;
    start = end + 1;
  }
}

/** A short scan by hand, then the native search: most parts are short, one may be a document. */
function nextDelimiter(buffer: Buffer, delimiter: number, start: number, end: number): number {
  const near = Math.min(end, start + 64);
  for (let i = start; i < near; i++) if (buffer[i] === delimiter) return i;
  if (near === end) return end;
  const found = buffer.subarray(near, end).indexOf(delimiter);
  return found < 0 ? end : near + found;
}
