/** The five delimiters of a message (MSH-1, MSH-2) and the escape sequences built on them (HL7 v2 chapter 2.7). */
import { decodeText, type Hl7Encoding, legible } from './encoding.ts';

/** Byte values; all are ASCII, so no byte of an accented letter can be taken for one. */
export interface Delimiters {
  readonly field: number;
  readonly component: number;
  readonly repetition: number;
  readonly escape: number;
  readonly subcomponent: number;
}

export const STANDARD_DELIMITERS: Delimiters = {
  field: 0x7c,
  component: 0x5e,
  repetition: 0x7e,
  escape: 0x5c,
  subcomponent: 0x26,
};

/** Delimiters of the MSH segment that starts at `at`; undefined when they are missing, alphanumeric or not distinct. */
export function delimitersAt(buffer: Uint8Array, at: number): Delimiters | undefined {
  const [field, component, repetition, escapeByte, subcomponent, next, after] = buffer.subarray(at + 3, at + 10);
  if (field === undefined || component === undefined || repetition === undefined) return undefined;
  if (escapeByte === undefined || subcomponent === undefined || next === undefined) return undefined;
  const all = [field, component, repetition, escapeByte, subcomponent];
  if (new Set(all).size !== all.length || !all.every(canDelimit)) return undefined;
  // HL7 2.7 adds a fifth character to MSH-2 (truncation): accepted, unused.
  if (next !== field && !(canDelimit(next) && after === field)) return undefined;
  return { field, component, repetition, escape: escapeByte, subcomponent };
}

/** Printable ASCII that is neither a letter, a digit, a space nor a double quote (HL7 null). */
function canDelimit(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && !/[A-Za-z0-9"]/.test(String.fromCharCode(byte));
}

/** `|^~\&` as text: MSH-1 then MSH-2. */
export function headerOf(d: Delimiters): string {
  return String.fromCharCode(d.field, d.component, d.repetition, d.escape, d.subcomponent);
}

/** Text with its delimiters and control characters escaped: it can neither open a field nor a segment. */
export function escapeText(text: string, d: Delimiters = STANDARD_DELIMITERS): string {
  let escaped = '';
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = escapeOf(text.charCodeAt(i), d);
    if (letter === undefined) continue;
    const e = String.fromCharCode(d.escape);
    escaped += `${text.slice(copied, i)}${e}${letter}${e}`;
    copied = i + 1;
  }
  return copied === 0 ? text : escaped + text.slice(copied);
}

/** What stands between the two escape characters for a character that may not stand as it is. */
function escapeOf(code: number, d: Delimiters): string | undefined {
  switch (code) {
    case d.field:
      return 'F';
    case d.component:
      return 'S';
    case d.repetition:
      return 'R';
    case d.escape:
      return 'E';
    case d.subcomponent:
      return 'T';
    default:
      return code < 0x20 ? `X${code.toString(16).toUpperCase().padStart(2, '0')}` : undefined;
  }
}

/**
 * Text with its escape sequences decoded, once: what they produce is never read as delimiters. A sequence without a
 * meaning here (another character set, a local one, an unfinished one) stays as it was received.
 */
export function unescapeText(text: string, d: Delimiters, encoding: Hl7Encoding): string {
  const e = String.fromCharCode(d.escape);
  let from = text.indexOf(e);
  if (from < 0) return text;
  let decoded = text.slice(0, from);
  while (from >= 0) {
    const close = text.indexOf(e, from + 1);
    if (close < 0) return decoded + text.slice(from);
    const replacement = meaning(text.slice(from + 1, close), d, encoding);
    decoded += replacement ?? text.slice(from, close + 1);
    const next = text.indexOf(e, close + 1);
    decoded += text.slice(close + 1, next < 0 ? text.length : next);
    from = next;
  }
  return decoded;
}

function meaning(sequence: string, d: Delimiters, encoding: Hl7Encoding): string | undefined {
  switch (sequence) {
    case 'F':
      return String.fromCharCode(d.field);
    case 'S':
      return String.fromCharCode(d.component);
    case 'T':
      return String.fromCharCode(d.subcomponent);
    case 'R':
      return String.fromCharCode(d.repetition);
    case 'E':
      return String.fromCharCode(d.escape);
    case 'H':
    case 'N':
      return '';
    case '.br':
      return '\n';
  }
  if (!/^X(?:[0-9A-Fa-f]{2})+$/.test(sequence)) return undefined;
  const bytes = Buffer.from(sequence.slice(1), 'hex');
  return legible(bytes, encoding) ? decodeText(bytes, 0, bytes.length, encoding) : undefined;
}
