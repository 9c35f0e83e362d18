/**
 * The pages of a TIFF 6.0 file, read from its directories: sizes and places of the strips, nothing decompressed. Every
 * count and size is bounded (hostile.md, PDF / images). Scanners write several pages in one file.
 */
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';

export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

export interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly samples: number;
  /** 1 none, 2 to 4 CCITT, 5 LZW, 7 JPEG, 8 and 32946 deflate, 32773 PackBits. */
  readonly compression: number;
  /** 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 6 YCbCr. */
  readonly photometric: number;
  /** 2: the lowest bit of a byte comes first. */
  readonly fillOrder: number;
  readonly t4Options: number;
  readonly predictor: number;
  /** 2: one plane for each colour. */
  readonly planar: number;
  readonly tiled: boolean;
  readonly rowsPerStrip: number;
  readonly strips: readonly Stretch[];
  readonly jpegTables?: Stretch;
  /** Values of ColorMap, 16 bits each. */
  readonly palette: readonly number[];
  /** Dots per inch, where the file says it. */
  readonly dpi?: number;
}

const MAX_PAGES = 500;
const MAX_ENTRIES = 500;
const MAX_STRIPS = 100_000;
const MAX_SIDE = 65_535;
/** An A0 poster at 200 dpi, as elsewhere. */
const MAX_PIXELS = 80_000_000;
/** Reads the directories of all pages. Refused: not a TIFF, cut short, in a loop, or beyond the bounds. */
export function readTiff(bytes: Uint8Array): Result<readonly TiffPage[]> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = buffer.toString('latin1', 0, 2);
  const file: File = { buffer, little: order === 'II' };
  if (buffer.length < 8 || (order !== 'II' && order !== 'MM') || u16(file, 2) !== 42) return unreadable('en-tête TIFF');
  const pages: TiffPage[] = [];
  const seen = new Set<number>();
  for (let at = u32(file, 4); at !== undefined && at !== 0; at = nextDirectory(file, at)) {
    if (seen.has(at)) return unreadable('répertoires en boucle');
    seen.add(at);
    if (pages.length >= MAX_PAGES) return refuse(pdfRules.pdfTooLarge, { detail: `plus de ${MAX_PAGES} pages` });
    const page = readPage(file, at);
    if (!page.ok) return page;
    pages.push(page.value);
  }
  return pages.length === 0 ? unreadable('aucune page') : ok(pages);
}

interface File {
  readonly buffer: Buffer;
  readonly little: boolean;
}

function unreadable(detail: string): Result<never> {
  return refuse(pdfRules.imageUnreadable, { detail });
}

function u16({ buffer, little }: File, at: number): number | undefined {
  if (at < 0 || at + 2 > buffer.length) return undefined;
  return little ? buffer.readUInt16LE(at) : buffer.readUInt16BE(at);
}

function u32({ buffer, little }: File, at: number): number | undefined {
  if (at < 0 || at + 4 > buffer.length) return undefined;
  return little ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at);
}

function nextDirectory(file: File, at: number): number | undefined {
  return u32(file, at + 2 + 12 * (u16(file, at) ?? 0));
}

type Tags = ReadonlyMap<number, readonly number[]>;

function readPage(file: File, at: number): Result<TiffPage> {
  const tags = readTags(file, at);
  if (tags === undefined) return unreadable('répertoire');
  const one = (tag: number, fallback: number): number => tags.get(tag)?.[0] ?? fallback;
  const [width, height] = [one(256, 0), one(257, 0)];
  if (width < 1 || height < 1) return unreadable('dimensions');
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS)
    return refuse(pdfRules.pdfTooLarge, { detail: `${width} × ${height} pixels` });
  const tiled = tags.has(324);
  const strips = stretches(file, tags.get(tiled ? 324 : 273), tags.get(tiled ? 325 : 279));
  if (strips === undefined) return unreadable('bandes hors du fichier');
  const jpegTables = tags.get(JPEG_TABLES);
  const [offset, length] = jpegTables ?? [];
  const dpi = resolution(one(RESOLUTION, 0), one(296, 2));
  return ok({
    width,
    height,
    bits: one(258, 1),
    samples: one(277, 1),
    compression: one(259, 1),
    photometric: one(262, 0),
    fillOrder: one(266, 1),
    t4Options: one(292, 0),
    predictor: one(317, 1),
    planar: one(284, 1),
    tiled,
    rowsPerStrip: Math.min(one(278, height), height),
    strips,
    palette: tags.get(320) ?? [],
    ...(offset === undefined || length === undefined ? {} : { jpegTables: { offset, length } }),
    ...(dpi === undefined ? {} : { dpi }),
  });
}

const JPEG_TABLES = 347;
const RESOLUTION = 282;
const UNDEFINED_BYTES = 7;
const RATIONAL = 5;

/** The values of the tags read here; of JPEGTables its place. Undefined when the directory leaves the file. */
function readTags(file: File, at: number): Tags | undefined {
  const count = u16(file, at);
  if (count === undefined || count === 0 || count > MAX_ENTRIES) return undefined;
  const tags = new Map<number, readonly number[]>();
  for (let entry = at + 2; entry < at + 2 + 12 * count; entry += 12) {
    const [tag, type, values, inline] = [
      u16(file, entry),
      u16(file, entry + 2),
      u32(file, entry + 4),
      u32(file, entry + 8),
    ];
    if (tag === undefined || type === undefined || values === undefined || inline === undefined) return undefined;
    if (tag === JPEG_TABLES && type === UNDEFINED_BYTES) tags.set(tag, [inline, values]);
    else if (tag === RESOLUTION && type === RATIONAL) tags.set(tag, [ratio(file, inline)]);
    else if ((type === 3 || type === 4) && values <= MAX_STRIPS) {
      const read = readValues(file, type, values, entry + 8, inline);
      if (read === undefined) return undefined;
      tags.set(tag, read);
    }
  }
  return tags;
}

function ratio(file: File, at: number): number {
  return Math.round((u32(file, at) ?? 0) / Math.max(1, u32(file, at + 4) ?? 1));
}

function readValues(file: File, type: number, count: number, place: number, pointed: number): number[] | undefined {
  const size = type === 3 ? 2 : 4;
  const start = size * count <= 4 ? place : pointed;
  if (start + size * count > file.buffer.length) return undefined;
  return Array.from({ length: count }, (_, i) => (type === 3 ? u16 : u32)(file, start + size * i) ?? 0);
}

function stretches(
  { buffer }: File,
  offsets: readonly number[] | undefined,
  lengths: readonly number[] | undefined,
): Stretch[] | undefined {
  if (offsets === undefined || offsets.length === 0 || offsets.length !== lengths?.length) return undefined;
  const found = offsets.map((offset, i) => ({ offset, length: lengths[i] ?? 0 }));
  return found.every(({ offset, length }) => length > 0 && offset + length <= buffer.length) ? found : undefined;
}

/** Resolution unit 2 is the inch, 3 the centimetre. */
function resolution(value: number, unit: number): number | undefined {
  const dpi = unit === 3 ? value * 2.54 : unit === 2 ? value : 0;
  return dpi >= 30 && dpi <= 2_400 ? dpi : undefined;
}
