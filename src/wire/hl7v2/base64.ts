/** Base64 as senders really write it: recover the whole document or refuse, never truncate (design.md 7). */

/** Line breaks, raw or escaped, that some senders put inside the value. */
const BREAKS = /\\\.br\\|\\X(?:0[dDaA])+\\|[\r\n\t ]/g;

/**
 * The decoded bytes; undefined when characters are foreign, when the length cannot be that of a Base64 text, or when
 * padding is missing and the last bits show that something was cut. Missing padding alone is accepted.
 */
export function decodeBase64(bytes: Buffer): Buffer | undefined {
  let text = bytes.toString('latin1');
  if (['\r', '\n', ' ', '\t', '\\'].some((c) => bytes.includes(c))) text = text.replace(BREAKS, '');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = text.length - padding;
  const over = length % 4;
  if (length === 0 || over === 1 || padding > (4 - over) % 4) return undefined;
  // Node reads `-` and `_` as Base64url and stops at a `=` inside: the first are foreign here, the second shortens.
  if (text.includes('-') || text.includes('_')) return undefined;
  const decoded = Buffer.from(text, 'base64');
  // Node skips what it does not know: one foreign character makes the result shorter than the length says.
  if (decoded.length !== Math.floor((length * 3) / 4)) return undefined;
  if (padding === 0 && over !== 0 && unusedBits(text, length, over) !== 0) return undefined;
  return decoded;
}

/** The bits of the last character that no byte uses; an encoder leaves them at zero, a cut does not. */
function unusedBits(text: string, length: number, over: number): number {
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(text.charAt(length - 1));
  return last & (over === 2 ? 0b1111 : 0b11);
}
