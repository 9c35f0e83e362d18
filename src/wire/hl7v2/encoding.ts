/** The three character sets of MSH-18 that the French profiles use (design.md 7): bytes to text and back. */
import { isUtf8 } from 'node:buffer';
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';

export type Hl7Encoding = 'UNICODE UTF-8' | '8859/1' | '8859/15';

/** Each as HL7 table 0211 writes it, and as senders spell it. */
const SPELLINGS: readonly (readonly [RegExp, Hl7Encoding])[] = [
  [/^(UNICODE )?UTF-?8$/, 'UNICODE UTF-8'],
  [/^(ISO[- ]?)?8859[/-]1$/, '8859/1'],
  [/^(ISO[- ]?)?8859[/-]15$/, '8859/15'],
];
const latin9 = new TextDecoder('iso-8859-15');

/** The encoding that MSH-18 declares; `fallback` is the one declared for the source, used only when MSH-18 is empty. */
export function encodingOf(msh18: string, fallback: Hl7Encoding | undefined): Result<Hl7Encoding> {
  const declared = msh18.trim();
  if (declared === '') return fallback ? ok(fallback) : refuse(hl7Rules.encodingMissing, { location: 'MSH-18' });
  const known = SPELLINGS.find(([spelling]) => spelling.test(declared.toUpperCase()))?.[1];
  return known ? ok(known) : refuse(hl7Rules.encodingUnsupported, { location: 'MSH-18' });
}

/**
 * True when the bytes are legal in the encoding. Every byte but the null one is legal in the one-byte sets; a null
 * character has no meaning in HL7 and PostgreSQL keeps none.
 */
export function legible(bytes: Uint8Array, encoding: Hl7Encoding): boolean {
  return !bytes.includes(0) && (encoding !== 'UNICODE UTF-8' || isUtf8(bytes));
}

/** Text of `buffer[start, end)`. 8859/1 is read strictly, not as windows-1252 (which the WHATWG label would give). */
export function decodeText(buffer: Buffer, start: number, end: number, encoding: Hl7Encoding): string {
  switch (encoding) {
    case 'UNICODE UTF-8':
      return buffer.toString('utf8', start, end);
    case '8859/1':
      return buffer.toString('latin1', start, end);
    case '8859/15':
      return latin9.decode(buffer.subarray(start, end));
  }
}

/** The eight places where 8859/15 differs from 8859/1. */
const LATIN9: Readonly<Record<string, number>> = {
  '€': 0xa4,
  Š: 0xa6,
  š: 0xa8,
  Ž: 0xb4,
  ž: 0xb8,
  Œ: 0xbc,
  œ: 0xbd,
  Ÿ: 0xbe,
};
/** What the one-byte sets cannot write, as a French reader would: no matricule or trait is ever spelled with these. */
const NEAREST: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '…': '...',
  '\u202f': '\u00a0',
  œ: 'oe',
  Œ: 'OE',
  '€': 'EUR',
};

/** Bytes of a text. A character that the set does not have becomes its nearest spelling, else `?`. */
export function encodeText(text: string, encoding: Hl7Encoding): Buffer {
  if (encoding === 'UNICODE UTF-8') return Buffer.from(text, 'utf8');
  const latin1 = encoding === '8859/15' ? text.replace(/[€ŠšŽžŒœŸ¤¦¨´¸¼½¾]/g, toLatin9) : text;
  return Buffer.from(
    latin1.replace(/[^\u0000-\u00ff]/gu, (c) => NEAREST[c] ?? '?'),
    'latin1',
  );
}

/** The Latin-1 character whose byte means `c` in 8859/15; the signs that 8859/15 dropped have none. */
function toLatin9(c: string): string {
  const byte = LATIN9[c];
  return byte === undefined ? '?' : String.fromCharCode(byte);
}
