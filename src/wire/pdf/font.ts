import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { deflateSync, inflateSync } from 'node:zlib';
import type { PDFContext, PDFRef } from '@cantoo/pdf-lib';
import { type Tables, table, withOutlinesOf } from './font-subset.ts';
import type { Reference, Update } from './incremental.ts';

/**
 * Open Sans (SIL OFL 1.1), embedded as a simple TrueType font in WinAnsiEncoding: complete for French, valid in PDF/A-1
 * and prepared once per process, so that a document costs no font work.
 */
export interface Font {
  /** The text as WinAnsi bytes, or undefined when the font cannot draw one of its characters. */
  readonly encode: (text: string) => Uint8Array | undefined;
  /** Width of a text in points at the given size. Characters that cannot be drawn count for nothing. */
  readonly width: (text: string, size: number) => number;
  /** Writes the font into the document. */
  readonly embed: (context: PDFContext) => PDFRef;
  /** True when every character has its outline in the small variant of the font. */
  readonly isCommon: (text: string) => boolean;
  /** Writes the font into an incremental update; its small variant, of a third of the bytes, where that is enough. */
  readonly append: (update: Update, small: boolean) => Reference;
}

type Weight = 'regular' | 'semibold';

interface FontFile {
  readonly file: string;
  readonly name: string;
  readonly stemV: number;
  /** Characters of the small variant: labels in regular, traits in semibold (ins.md 2). */
  readonly common: string;
}

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const FILES: Readonly<Record<Weight, FontFile>> = {
  regular: {
    file: 'open-sans-latin-400-normal.woff',
    name: 'OpenSans-Regular',
    stemV: 80,
    common: `${CAPITALS}abcdefghijklmnopqrstuvwxyz0123456789 ()'’-:/.,éèêëàâîïôûùçÉÈÀÇ`,
  },
  semibold: {
    file: 'open-sans-latin-600-normal.woff',
    name: 'OpenSans-SemiBold',
    stemV: 110,
    common: `${CAPITALS}0123456789 '-/`,
  },
};

/** Tags of a subset (ISO 32000-1, 9.6.4): all of Latin-1, and the small variant. */
const LATIN = 'TDULAT';
const SMALL = 'TDUINS';

/** The tables that a TrueType font program in a PDF needs (ISO 32000-1, 9.9); layout tables would be dead weight. */
const KEPT_TABLES = ['OS/2', 'cmap', 'glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp', 'post'];

/** Code points of the bytes 32 to 255 in WinAnsiEncoding, which is Windows code page 1252. */
const WIN_ANSI = Array.from(new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 224 }, (_, n) => n + 32)));

const loaded = new Map<Weight, Font>();

/** The font of this weight, read from the tree at the first use. */
export function openSans(weight: Weight): Font {
  const known = loaded.get(weight);
  if (known !== undefined) return known;
  const path = createRequire(import.meta.url).resolve(`@fontsource/open-sans/files/${FILES[weight].file}`);
  const font = fontOf(unpackWoff(readFileSync(path)), weight);
  loaded.set(weight, font);
  return font;
}

/** The kept tables of a WOFF 1.0 file (W3C WOFF, section 4: 44-byte header, 20-byte directory entries). */
function unpackWoff(woff: Buffer): Tables {
  const tables = new Map<string, Buffer>();
  for (let index = 0; index < woff.readUInt16BE(12); index++) {
    const entry = 44 + 20 * index;
    const tag = woff.toString('latin1', entry, entry + 4);
    const offset = woff.readUInt32BE(entry + 4);
    const [packed, length] = [woff.readUInt32BE(entry + 8), woff.readUInt32BE(entry + 12)];
    const bytes = woff.subarray(offset, offset + packed);
    if (KEPT_TABLES.includes(tag)) tables.set(tag, packed < length ? inflateSync(bytes) : Buffer.from(bytes));
  }
  return tables;
}

function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) sum = (sum + bytes.readUInt32BE(at)) >>> 0;
  return sum;
}

/** A TrueType file made of the tables (OpenType: table directory sorted by tag, tables on 4-byte boundaries). */
function packTrueType(tables: Tables): Buffer {
  const tags = [...tables.keys()].sort();
  const power = Math.floor(Math.log2(tags.length));
  const directory = Buffer.alloc(12 + 16 * tags.length);
  directory.writeUInt32BE(0x00010000, 0);
  directory.writeUInt16BE(tags.length, 4);
  directory.writeUInt16BE(16 * 2 ** power, 6);
  directory.writeUInt16BE(power, 8);
  directory.writeUInt16BE(16 * tags.length - 16 * 2 ** power, 10);
  const parts = [directory];
  let offset = directory.length;
  for (const [index, tag] of tags.entries()) {
    const bytes = table(tables, tag);
    const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
    if (tag === 'head') padded.writeUInt32BE(0, 8);
    const entry = 12 + 16 * index;
    directory.write(tag, entry, 'latin1');
    directory.writeUInt32BE(checksum(padded), entry + 4);
    directory.writeUInt32BE(offset, entry + 8);
    directory.writeUInt32BE(bytes.length, entry + 12);
    parts.push(padded);
    offset += padded.length;
  }
  const file = Buffer.concat(parts);
  const head = tags.indexOf('head');
  file.writeUInt32BE((0xb1b0afba - checksum(file)) >>> 0, directory.readUInt32BE(12 + 16 * head + 8) + 8);
  return file;
}

/** Glyph of each BMP character, from the format 4 subtable of the cmap. */
function glyphFinder(cmap: Buffer): (codePoint: number) => number {
  let start = -1;
  for (let index = 0; index < cmap.readUInt16BE(2); index++) {
    const offset = cmap.readUInt32BE(4 + 8 * index + 4);
    if (cmap.readUInt16BE(offset) === 4) start = offset;
  }
  if (start < 0) throw new Error('font without a format 4 cmap');
  const doubled = cmap.readUInt16BE(start + 6);
  const [ends, starts, deltas] = [start + 14, start + 16 + doubled, start + 16 + 2 * doubled];
  const ranges = start + 16 + 3 * doubled;
  return (codePoint) => {
    for (let at = 0; at < doubled; at += 2) {
      if (codePoint > cmap.readUInt16BE(ends + at)) continue;
      const first = cmap.readUInt16BE(starts + at);
      if (codePoint < first) return 0;
      const range = cmap.readUInt16BE(ranges + at);
      const delta = cmap.readUInt16BE(deltas + at);
      if (range === 0) return (codePoint + delta) & 0xffff;
      const glyph = cmap.readUInt16BE(ranges + at + range + 2 * (codePoint - first));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}

function fontOf(tables: Tables, weight: Weight): Font {
  const [head, hhea, hmtx] = [table(tables, 'head'), table(tables, 'hhea'), table(tables, 'hmtx')];
  const scale = 1000 / head.readUInt16BE(18);
  const metrics = hhea.readUInt16BE(34);
  const glyphOf = glyphFinder(table(tables, 'cmap'));
  const glyphs = WIN_ANSI.map((char) => glyphOf(char.codePointAt(0) ?? 0));
  const widths = glyphs.map((glyph) => Math.round(hmtx.readUInt16BE(4 * Math.min(glyph, metrics - 1)) * scale));
  // All of them are in the basic plane; a half of another character is none of them.
  const bytes = new Uint8Array(0x10000);
  for (const [index, char] of WIN_ANSI.entries()) if (glyphs[index] !== 0) bytes[char.charCodeAt(0)] = index + 32;
  const byteOf = (code: number): number => bytes[code] ?? 0;
  const { name, stemV, common } = FILES[weight];
  const whole = programOf(tables);
  const small = programOf(
    withOutlinesOf(
      tables,
      [...common].map((char) => glyphOf(char.codePointAt(0) ?? 0)),
    ),
  );
  const described = (tag: string) => ({
    Type: 'FontDescriptor',
    FontName: `${tag}+${name}`,
    Flags: 32,
    FontBBox: [36, 38, 40, 42].map((at) => Math.round(head.readInt16BE(at) * scale)),
    ItalicAngle: 0,
    Ascent: Math.round(hhea.readInt16BE(4) * scale),
    Descent: Math.round(hhea.readInt16BE(6) * scale),
    CapHeight: Math.round(table(tables, 'OS/2').readInt16BE(88) * scale),
    StemV: stemV,
  });
  const dictionary = (tag: string) => ({
    ...{ Type: 'Font', Subtype: 'TrueType', BaseFont: `${tag}+${name}`, Encoding: 'WinAnsiEncoding' },
    ...{ FirstChar: 32, LastChar: 255, Widths: widths },
  });
  const commonCodes = new Set([...common].map((char) => char.charCodeAt(0)));
  return {
    encode: (text) => {
      const encoded = new Uint8Array(text.length);
      for (let at = 0; at < text.length; at++) {
        const byte = byteOf(text.charCodeAt(at));
        if (byte === 0) return undefined;
        encoded[at] = byte;
      }
      return encoded;
    },
    width: (text, size) => {
      let width = 0;
      for (let at = 0; at < text.length; at++) width += widths[byteOf(text.charCodeAt(at)) - 32] ?? 0;
      return width * (size / 1000);
    },
    embed: (context) => {
      const stream = context.stream(whole.deflated, { Filter: 'FlateDecode', ...whole.entries });
      const descriptor = context.obj({ ...described(LATIN), FontFile2: context.register(stream) });
      return context.register(context.obj({ ...dictionary(LATIN), FontDescriptor: context.register(descriptor) }));
    },
    isCommon: (text) => {
      for (let at = 0; at < text.length; at++) if (!commonCodes.has(text.charCodeAt(at))) return false;
      return true;
    },
    append: (update, isSmall) => {
      const [tag, { deflated, entries }] = isSmall ? [SMALL, small] : [LATIN, whole];
      const stream = update.add(`<</Filter/FlateDecode${entriesOf(entries)}>>`, deflated);
      const descriptor = update.add(`<<${entriesOf(described(tag))}/FontFile2 ${stream}>>`);
      return update.add(`<<${entriesOf(dictionary(tag))}/FontDescriptor ${descriptor}>>`);
    },
  };
}

function programOf(tables: Tables): { deflated: Buffer; entries: { Length1: number; Length: number } } {
  const file = packTrueType(tables);
  const deflated = deflateSync(file, { level: 9 });
  return { deflated, entries: { Length1: file.length, Length: deflated.length } };
}

/** Entries of a dictionary as PDF text: strings are names, as everywhere in a font. */
function entriesOf(entries: Readonly<Record<string, string | number | readonly number[]>>): string {
  return Object.entries(entries)
    .map(([key, value]) => {
      if (typeof value === 'string') return `/${key}/${value}`;
      return typeof value === 'number' ? `/${key} ${value}` : `/${key}[${value.join(' ')}]`;
    })
    .join('');
}
