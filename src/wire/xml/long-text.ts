/**
 * A document of a hospital is a header of a few kilobytes around a Base64 text of hundreds: libxml2 would copy, check,
 * hand over and write again each character of it. It is given a short word instead, and the text is put back in what it
 * says. The form that is signed and the header that is read are those of the whole document: a test compares.
 */

/** A document with a word in the place of its long text. */
export interface Lightened {
  readonly bytes: Buffer;
  readonly word: string;
  /** What stood there: Base64 digits, line feeds, tabs and spaces, which no step of XML changes. */
  readonly text: Buffer;
}

/** Below it libxml2 is as fast as the search. */
const LONG_BYTES = 4096;
const WORD = 'QmFzZTY0VGV4dFRha2VuT3V0QnlUcmFpdERVbmlvbg';
/** How many announcements of a Base64 text are looked at: a French document has one. */
const LOOKS = 4;

/**
 * The first long Base64 text that `B64` announces, taken out. Undefined when there is none, or when the text holds anything
 * whose canonical form is not itself (a carriage return, an entity).
 */
export function lighten(bytes: Uint8Array): Lightened | undefined {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let announced = whole.indexOf('B64');
  for (let look = 0; look < LOOKS && announced >= 0; look += 1) {
    const start = whole.indexOf('>', announced) + 1;
    const end = start === 0 ? -1 : whole.indexOf('<', start);
    if (end - start >= LONG_BYTES) return taken(whole, start, end);
    announced = whole.indexOf('B64', announced + 3);
  }
  return undefined;
}

function taken(whole: Buffer, start: number, end: number): Lightened | undefined {
  const text = whole.subarray(start, end);
  if (/[^A-Za-z0-9+/=\n\t ]/.test(text.toString('latin1')) || whole.includes(WORD)) return undefined;
  return { bytes: Buffer.concat([whole.subarray(0, start), Buffer.from(WORD), whole.subarray(end)]), word: WORD, text };
}
