/** What a printed document shows, page by page: its symbols, those that cannot be read, and a small picture of it. */
import { PNG } from 'pngjs';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { decodePng, jpegHeader, pngHeader } from './image.ts';
import { DEFAULT_PDF_LIMITS, openPdf } from './open.ts';
import type { ZoneMm } from './page-geometry.ts';
import { type GreyBitmap, withRendering } from './render.ts';
import { boxOf, DEFAULT_SCAN_OPTIONS, describeSymbol, type ScannedSymbol } from './scan.ts';
import { greyMap, readEverySymbol } from './symbol-reader.ts';

export interface TemplatePage {
  /** From 1; an image is page 1. */
  readonly page: number;
  readonly widthMm: number;
  readonly heightMm: number;
  readonly symbols: readonly ScannedSymbol[];
  /** Places of what looks like a DataMatrix and does not decode. */
  readonly unread: readonly ZoneMm[];
  readonly picture?: { readonly mimeType: 'image/png'; readonly bytes: Uint8Array };
}

export interface TemplateScan {
  readonly pages: readonly TemplatePage[];
  readonly pageCount: number;
}

export interface TemplateScanOptions {
  readonly maxPages: number;
  /** Pages of which a picture is made, from the first. */
  readonly pictures: number;
}

const { dpi: DPI } = DEFAULT_SCAN_OPTIONS;
const MAX_PIXELS = 80_000_000;
/** A picture has one point for a square of this many: about 66 dpi, the words of a letter can be guessed, not read. */
const SHRINK = 3;

type TemplateFileType = 'application/pdf' | 'image/png' | 'image/jpeg';

/** By the first bytes, as a file name proves nothing. */
export function templateFileType(bytes: Uint8Array): TemplateFileType | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024));
  if (head.includes('%PDF-')) return 'application/pdf';
  if (head.subarray(0, 4).equals(Buffer.from('\x89PNG', 'latin1'))) return 'image/png';
  return head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) ? 'image/jpeg' : undefined;
}

export async function scanTemplate(bytes: Uint8Array, options: TemplateScanOptions): Promise<Result<TemplateScan>> {
  const type = templateFileType(bytes);
  if (type === undefined) return refuse(pdfRules.scanTypeUnknown);
  if (bytes.length > DEFAULT_PDF_LIMITS.maxBytes)
    return refuse(pdfRules.pdfTooLarge, { detail: `${bytes.length} octets` });
  if (type !== 'application/pdf') {
    const page = await imagePage(bytes, type, options.pictures > 0);
    return page.ok ? ok({ pages: [page.value], pageCount: 1 }) : page;
  }
  const opened = await openPdf(bytes, DEFAULT_PDF_LIMITS);
  if (!opened.ok) return opened;
  return withRendering(bytes, async (rendering) => {
    const pages: TemplatePage[] = [];
    for (let index = 0; index < Math.min(rendering.pageCount, options.maxPages); index++) {
      const drawn = rendering.draw(index, DPI);
      if (!drawn.ok) return drawn;
      pages.push(await bitmapPage(drawn.value, index + 1, index < options.pictures));
    }
    return ok({ pages, pageCount: rendering.pageCount });
  });
}

async function bitmapPage(bitmap: GreyBitmap, page: number, pictured: boolean): Promise<TemplatePage> {
  const { read, failed } = await readEverySymbol(greyMap(bitmap));
  return {
    page,
    ...sizeMm(bitmap),
    symbols: read.map((symbol) => describeSymbol(symbol, page, bitmap.dpi, bitmap)),
    unread: failed.map((corners) => boxOf(corners, bitmap.dpi)),
    ...(pictured && { picture: { mimeType: 'image/png' as const, bytes: smallPicture(bitmap) } }),
  };
}

/** A JPEG is decoded by the reader alone: no picture, no quiet zone. */
async function imagePage(
  bytes: Uint8Array,
  type: 'image/png' | 'image/jpeg',
  pictured: boolean,
): Promise<Result<TemplatePage>> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = type === 'image/png' ? pngHeader(buffer) : jpegHeader(buffer);
  if (header === undefined) return refuse(pdfRules.imageUnreadable);
  const { width, height, dpi = DPI } = header;
  if (width * height > MAX_PIXELS) return refuse(pdfRules.pdfTooLarge, { detail: `${width} × ${height} pixels` });
  if (type === 'image/png') {
    const bitmap = decodePng(buffer, dpi);
    return bitmap === undefined ? refuse(pdfRules.imageUnreadable) : ok(await bitmapPage(bitmap, 1, pictured));
  }
  const { read, failed } = await readEverySymbol(buffer);
  return ok({
    page: 1,
    ...sizeMm({ width, height, dpi }),
    symbols: read.map((symbol) => describeSymbol(symbol, 1, dpi, undefined)),
    unread: failed.map((corners) => boxOf(corners, dpi)),
  });
}

function sizeMm({ width, height, dpi }: Pick<GreyBitmap, 'width' | 'height' | 'dpi'>) {
  return { widthMm: (width / dpi) * 25.4, heightMm: (height / dpi) * 25.4 };
}

/** Each point is the mean of its square, so that thin strokes stay visible. */
function smallPicture({ width, height, data }: GreyBitmap): Uint8Array {
  const small = new PNG({ width: Math.ceil(width / SHRINK), height: Math.ceil(height / SHRINK), colorType: 0 });
  for (let row = 0; row < small.height; row++)
    for (let column = 0; column < small.width; column++) {
      const grey = meanOf(data, width, height, column * SHRINK, row * SHRINK);
      small.data.fill(grey, (row * small.width + column) * 4, (row * small.width + column) * 4 + 3);
      small.data[(row * small.width + column) * 4 + 3] = 255;
    }
  return PNG.sync.write(small, { colorType: 0, inputHasAlpha: true });
}

function meanOf(data: Uint8Array, width: number, height: number, left: number, top: number): number {
  let [sum, count] = [0, 0];
  for (let y = top; y < Math.min(top + SHRINK, height); y++)
    for (let x = left; x < Math.min(left + SHRINK, width); x++) {
      sum += data[y * width + x] ?? 255;
      count += 1;
    }
  return Math.round(sum / count);
}
