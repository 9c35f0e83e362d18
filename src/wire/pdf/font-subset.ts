/** TrueType outlines left out of a font (OpenType: head, loca, glyf): glyph numbers stay, so that nothing else changes. */

export type Tables = ReadonlyMap<string, Buffer>;

export function table(tables: Tables, tag: string): Buffer {
  const bytes = tables.get(tag);
  if (bytes === undefined) throw new Error(`font without table ${tag}`);
  return bytes;
}

/** Flags of a part of a composite glyph. */
const WORDS = 0x0001;
const ONE_SCALE = 0x0008;
const MORE_PARTS = 0x0020;
const TWO_SCALES = 0x0040;
const FOUR_SCALES = 0x0080;

/** The same tables with no outlines but those of these glyphs and of `.notdef`. */
export function withOutlinesOf(tables: Tables, glyphs: readonly number[]): Tables {
  const [glyf, loca] = [table(tables, 'glyf'), table(tables, 'loca')];
  const long = table(tables, 'head').readInt16BE(50) === 1;
  const offset = (glyph: number): number => (long ? loca.readUInt32BE(4 * glyph) : 2 * loca.readUInt16BE(2 * glyph));
  const outline = (glyph: number): Buffer => glyf.subarray(offset(glyph), offset(glyph + 1));
  const kept = new Set<number>([0]);
  const keep = (glyph: number): void => {
    if (kept.has(glyph)) return;
    kept.add(glyph);
    for (const part of partsOf(outline(glyph))) keep(part);
  };
  for (const glyph of glyphs) keep(glyph);
  const count = table(tables, 'maxp').readUInt16BE(4);
  const written: Buffer[] = [];
  const places = Buffer.alloc(loca.length);
  for (let [glyph, at] = [0, 0]; glyph <= count; glyph++) {
    if (long) places.writeUInt32BE(at, 4 * glyph);
    else places.writeUInt16BE(at / 2, 2 * glyph);
    if (glyph === count || !kept.has(glyph)) continue;
    written.push(outline(glyph));
    at += outline(glyph).length;
  }
  return new Map([...tables, ['glyf', Buffer.concat(written)], ['loca', places]]);
}

/** Glyphs that a composite one is made of. */
function partsOf(outline: Buffer): number[] {
  if (outline.length === 0 || outline.readInt16BE(0) >= 0) return [];
  const parts: number[] = [];
  for (let [at, flags] = [10, MORE_PARTS]; (flags & MORE_PARTS) !== 0; ) {
    flags = outline.readUInt16BE(at);
    parts.push(outline.readUInt16BE(at + 2));
    const scales = flags & ONE_SCALE ? 2 : flags & TWO_SCALES ? 4 : flags & FOUR_SCALES ? 8 : 0;
    at += 4 + (flags & WORDS ? 4 : 2) + scales;
  }
  return parts;
}
