/** The messages of a file, as text editors and MLLP recorders leave them. */

/** The start of a message: MSH at the start of a line, alone or after the MLLP start block. */
const MESSAGE_START = /(?:^|[\r\n\v])(?=MSH[^A-Za-z0-9\s])/g;

/** Each message with segments that end in CR, as the standard wants; a text file often ends its lines with LF. */
export function splitMessages(bytes: Buffer): Buffer[] {
  // Latin-1 keeps every byte: the encoding of the message is not ours to change.
  const text = bytes.toString('latin1');
  const starts = [...text.matchAll(MESSAGE_START)].map((found) => found.index + found[0].length);
  return starts.map((start, index) => {
    const message = text.slice(start, starts[index + 1]).replace(/[\v\x1c]/g, '');
    return Buffer.from(`${message.replace(/[\r\n]+/g, '\r').replace(/\r$/, '')}\r`, 'latin1');
  });
}
