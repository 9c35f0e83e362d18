import { PNG } from 'pngjs';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { GreyBitmap } from './render.ts';
import { type ReadSymbol, readBitmapSymbols, readSymbols } from './symbol-reader.ts';

export interface ImageScan {
  readonly found: readonly ReadSymbol[];
  readonly dpi: number;
  /** Absent for a JPEG, which the symbol reader decodes by itself. */
  readonly bitmap?: GreyBitmap;
}

const MAX_PIXELS = 80_000_000;

export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  readonly dpi?: number;
}

/** Reads the symbols of a PNG or JPEG. The size in the header is checked before anything is decompressed. */
export async function readImage(
  bytes: Uint8Array,
  mimeType: 'image/png' | 'image/jpeg',
  defaultDpi: number,
): Promise<Result<ImageScan>> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = mimeType === 'image/png' ? pngHeader(buffer) : jpegHeader(buffer);
  if (header === undefined) return refuse(pdfRules.imageUnreadable);
  if (header.width * header.height > MAX_PIXELS) {
    return refuse(pdfRules.pdfTooLarge, { detail: `${header.width} × ${header.height} pixels` });
  }
  const dpi = header.dpi ?? defaultDpi;
  if (mimeType === 'image/jpeg') return ok({ found: await readSymbols(buffer), dpi });
  const bitmap = decodePng(buffer, dpi);
  if (bitmap === undefined) return refuse(pdfRules.imageUnreadable);
  return ok({ found: await readBitmapSymbols(bitmap), dpi, bitmap });
}

/** IHDR and pHYs (ISO/IEC 15948). */
export function pngHeader(buffer: Buffer): ImageHeader | undefined {
  if (buffer.length < 33 || buffer.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') return undefined;
  const [width, height] = [buffer.readUInt32BE(16), buffer.readUInt32BE(20)];
  if (width === 0 || height === 0) return undefined;
  const physical = buffer.subarray(0, 1024).indexOf('pHYs', 33, 'latin1');
  if (physical < 0 || buffer.length < physical + 13 || buffer[physical + 12] !== 1) return { width, height };
  const dpi = Math.round(buffer.readUInt32BE(physical + 4) * 0.0254);
  return dpi > 0 ? { width, height, dpi } : { width, height };
}

/** JFIF density and the frame header (ITU-T T.81, B.2.2). */
export function jpegHeader(buffer: Buffer): ImageHeader | undefined {
  if (buffer.length < 4 || buffer.readUInt16BE(0) !== 0xffd8) return undefined;
  let dpi: number | undefined;
  for (let at = 2; at + 9 < buffer.length && buffer[at] === 0xff; ) {
    const marker = buffer[at + 1] ?? 0;
    if (marker === 0xe0 && buffer.toString('latin1', at + 4, at + 8) === 'JFIF' && at + 14 < buffer.length) {
      const density = buffer.readUInt16BE(at + 12);
      if (buffer[at + 11] === 1 && density > 0) dpi = density;
      if (buffer[at + 11] === 2 && density > 0) dpi = Math.round(density * 2.54);
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const [height, width] = [buffer.readUInt16BE(at + 5), buffer.readUInt16BE(at + 7)];
      if (width === 0 || height === 0) return undefined;
      return dpi === undefined ? { width, height } : { width, height, dpi };
    }
    at += 2 + buffer.readUInt16BE(at + 2);
  }
  return undefined;
}

export function decodePng(buffer: Buffer, dpi: number): GreyBitmap | undefined {
  try {
    const { width, height, data } = PNG.sync.read(buffer);
    const grey = new Uint8Array(width * height);
    for (let pixel = 0; pixel < grey.length; pixel++) grey[pixel] = greyOnWhite(data, pixel * 4);
    return { width, height, dpi, data: grey };
  } catch {
    // pngjs throws plain errors on any malformed chunk of these foreign bytes.
    return undefined;
  }
}

/** ITU-R BT.601 luma, laid over white paper where the picture is transparent. */
function greyOnWhite(rgba: Uint8Array, at: number): number {
  const luma = 0.299 * (rgba[at] ?? 0) + 0.587 * (rgba[at + 1] ?? 0) + 0.114 * (rgba[at + 2] ?? 0);
  return 255 + ((luma - 255) * (rgba[at + 3] ?? 0)) / 255;
}
