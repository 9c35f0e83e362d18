/** TIFF files written for the tests, in the forms of scanners. */

export interface TiffSample {
  readonly width: number;
  readonly height: number;
  readonly strips: readonly Uint8Array[];
  /** Tag to its values; 259 (compression), 262 (photometric)… beside the sizes, which are written anyway. */
  readonly tags: Readonly<Record<number, readonly number[]>>;
  /** Of JPEGTables (347). */
  readonly jpegTables?: Uint8Array;
}

/** One file with all these pages, in either byte order. */
export function buildTiff(pages: readonly TiffSample[], order: 'II' | 'MM' = 'II'): Buffer {
  const little = order === 'II';
  const n16 = (value: number): Buffer => {
    const bytes = Buffer.alloc(2);
    if (little) bytes.writeUInt16LE(value);
    else bytes.writeUInt16BE(value);
    return bytes;
  };
  const n32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const parts: Buffer[] = [Buffer.from(order, 'latin1'), n16(42), n32(0)];
  let length = 8;
  const put = (data: Uint8Array): number => {
    const at = length;
    const padded = Buffer.concat([data, Buffer.alloc(data.length % 2)]);
    parts.push(padded);
    length += padded.length;
    return at;
  };
  const links: { at: number; directory: number }[] = [];
  let link = 4;
  for (const page of pages) {
    const offsets = page.strips.map(put);
    const tables = page.jpegTables === undefined ? undefined : put(page.jpegTables);
    const tags: Record<number, readonly number[]> = {
      256: [page.width],
      257: [page.height],
      273: offsets,
      278: [Math.ceil(page.height / page.strips.length)],
      279: page.strips.map((strip) => strip.length),
      ...page.tags,
    };
    const entries = Object.entries(tags).map(([tag, values]) => {
      const bytes = Buffer.concat(values.map(n32));
      const inline = bytes.length <= 4 ? bytes : n32(put(bytes));
      return Buffer.concat([n16(Number(tag)), n16(4), n32(values.length), inline]);
    });
    if (tables !== undefined)
      entries.push(Buffer.concat([n16(347), n16(7), n32(page.jpegTables?.length ?? 0), n32(tables)]));
    links.push({ at: link, directory: put(Buffer.concat([n16(entries.length), ...entries, n32(0)])) });
    link = length - 4 - ((2 + 12 * entries.length + 4) % 2);
  }
  const file = Buffer.concat(parts);
  for (const { at, directory } of links) n32(directory).copy(file, at);
  return file;
}

/** 16 × 16 pixels, the left half white and the right half black, one bit each: white is zero. */
const ROW = Buffer.of(0x00, 0xff);
export const HALF: Buffer = Buffer.concat(Array.from({ length: 16 }, () => ROW));
/** The same in Group 4: the first row in horizontal mode (8 white, 8 black), each other like the one above, end of block. */
export const HALF_G4: Buffer = bits(`001${'10011'}${'000101'}${'11'.repeat(15)}000000000001000000000001`);

/** Padded with zeros. */
export function bits(text: string): Buffer {
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8, '0');
  return Buffer.from((padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

export function half(compression: number, strips: readonly Uint8Array[], tags: TiffSample['tags'] = {}): TiffSample {
  return { width: 16, height: 16, strips, tags: { 258: [1], 259: [compression], 262: [0], 277: [1], ...tags } };
}
