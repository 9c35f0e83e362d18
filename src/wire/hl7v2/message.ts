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
  if (!legible(buffer, encoding.value)) return refuse(hl7Rules.encodingIllegible, { location: 'MSH-18' });
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

function splitSegments(buffer: Buffer, from: number, delimiters: Delimiters, limits: Limits): Result<Draft[]> {
  const drafts: Draft[] = [];
  let last: Draft | undefined;
  let cr = -1;
  let lf = -1;
  for (let pos = from; pos < buffer.length; ) {
    if (cr < pos) cr = endOfLine(buffer, CR, pos);
    if (lf < pos) lf = endOfLine(buffer, LF, pos);
    const end = Math.min(cr, lf);
    if (end > pos) {
      const inValue = last !== undefined && insideObservationValue(last);
      if (startsSegment(buffer, pos, end, delimiters.field, inValue)) {
        last = { name: buffer.toString('latin1', pos, pos + 3), end, separators: [] };
        if (last.name === 'MSH' && drafts.length > 0) return refuse(hl7Rules.secondHeader, at(drafts.length));
        if (drafts.push(last) > limits.segments) return refuse(hl7Rules.tooManyParts, { detail: 'segments' });
      } else if (last !== undefined && inValue) {
        // Base64 broken over several lines: the value goes on until its separator (recover the whole, never truncate).
        last.end = end;
      } else return refuse(hl7Rules.segmentMalformed, at(drafts.length));
      if (!findSeparators(buffer, last, pos, delimiters, limits.parts)) {
        return refuse(hl7Rules.tooManyParts, { location: last.name });
      }
    }
    pos = end + 1;
  }
  return ok(drafts);
}

function endOfLine(buffer: Buffer, byte: number, from: number): number {
  const found = buffer.indexOf(byte, from);
  return found < 0 ? buffer.length : found;
}

function at(segment: number): Omit<Refusal, 'rule'> {
  return { detail: `ligne ${segment + 1}` };
}

function insideObservationValue(draft: Draft): boolean {
  return draft.name === 'OBX' && draft.separators.length === OBX_VALUE;
}

/** `XXX|`, or `XXX` alone. Inside an OBX value three letters alone are taken for the end of the value. */
function startsSegment(buffer: Buffer, pos: number, end: number, separator: number, inValue: boolean): boolean {
  if (end - pos < 3 || !isUpper(buffer[pos])) return false;
  if (!isUpperOrDigit(buffer[pos + 1]) || !isUpperOrDigit(buffer[pos + 2])) return false;
  return end - pos === 3 ? !inValue : buffer[pos + 3] === separator;
}

function isUpper(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}

function isUpperOrDigit(byte: number | undefined): boolean {
  return isUpper(byte) || (byte !== undefined && byte >= 0x30 && byte <= 0x39);
}

/** Adds the separators found in `[from, draft.end)`; false when there are too many fields or repetitions. */
function findSeparators(buffer: Buffer, draft: Draft, from: number, delimiters: Delimiters, max: number): boolean {
  const { separators, end } = draft;
  const observation = draft.name === 'OBX';
  let repetitions = 0;
  for (let i = from; i < end; i++) {
    if (observation && separators.length === OBX_VALUE) {
      const found = buffer.subarray(i, end).indexOf(delimiters.field);
      if (found < 0) return true;
      i += found;
    }
    const byte = buffer[i];
    if (byte === delimiters.field) {
      if (separators.push(i) > max) return false;
      repetitions = 0;
    } else if (byte === delimiters.repetition && ++repetitions >= max) return false;
  }
  return true;
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
