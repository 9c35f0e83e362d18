/** Base64 as senders really write it: recover the whole document or refuse, never truncate (design.md 7). */

/** Line breaks, raw or escaped, that some senders put inside the value. */
const BREAKS = /\\\.br\\|\\X(?:0[dDaA])+\\|[\r\n\t ]/g;

/**
 * The decoded bytes; undefined when characters are foreign, when the length cannot be that of a Base64 text, or when
 * padding is missing and the last bits show that something was cut. Missing padding alone is accepted.
 */
export function decodeBase64(bytes: Buffer): Buffer | undefined {
  const whole = wholeText(bytes);
  if (whole === undefined) return undefined;
  const decoded = Buffer.allocUnsafeSlow(Math.floor((whole.length * 3) / 4));
  return decodePieces(whole, (at) => decoded.subarray(at)) ? decoded : undefined;
}

/** Whether `decodeBase64` gives the document, without making it: all that an acknowledgement depends on. */
export function isWholeBase64(bytes: Buffer): boolean {
  const whole = wholeText(bytes);
  return whole !== undefined && decodePieces(whole, () => discarded);
}

interface WholeText {
  readonly text: Buffer;
  /** Without its padding. */
  readonly length: number;
}

/** What `bytes` holds without its line breaks; undefined when its length, its padding or its last bits show a cut. */
function wholeText(bytes: Buffer): WholeText | undefined {
  const broken = ['\r', '\n', ' ', '\t', '\\'].some((c) => bytes.includes(c));
  const text = broken ? Buffer.from(bytes.toString('latin1').replace(BREAKS, ''), 'latin1') : bytes;
  const padding = text.at(-1) !== PAD ? 0 : text.at(-2) !== PAD ? 1 : 2;
  const length = text.length - padding;
  const over = length % 4;
  if (length === 0 || over === 1 || padding > (4 - over) % 4) return undefined;
  // Node reads `-` and `_` as Base64url: they are foreign here.
  if (text.includes('-') || text.includes('_')) return undefined;
  if (padding === 0 && over !== 0 && unusedBits(text, length, over) !== 0) return undefined;
  return { text, length };
}

const PAD = 0x3d;
/** Characters, a multiple of 4. One string of a whole document costs V8 a large object and a collection. */
const PIECE = 16_384;
const discarded = Buffer.allocUnsafeSlow((PIECE * 3) / 4);

/**
 * Each piece to where `place` says for its offset; false when one is foreign. Node stops at a `=` inside and skips what it
 * does not know: a foreign character makes its piece shorter.
 */
function decodePieces({ text, length }: WholeText, place: (offset: number) => Buffer): boolean {
  let written = 0;
  for (let at = 0; at < length; at += PIECE) {
    const end = Math.min(length, at + PIECE);
    const size = Math.floor(((end - at) * 3) / 4);
    if (place(written).write(text.toString('latin1', at, end), 0, size, 'base64') !== size) return false;
    written += size;
  }
  return true;
}

/** The bits of the last character that no byte uses; an encoder leaves them at zero, a cut does not. */
function unusedBits(text: Buffer, length: number, over: number): number {
  const character = String.fromCharCode(text[length - 1] ?? 0);
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(character);
  return last & (over === 2 ? 0b1111 : 0b11);
}
