import { createHash } from 'node:crypto';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { readImage } from './image.ts';
import { DEFAULT_PDF_LIMITS, openPdf, type PdfLimits } from './open.ts';
import type { ZoneMm } from './page-geometry.ts';
import { quietZone } from './quiet-zone.ts';
import { type GreyBitmap, type OpenPage, type Rendering, withRendering } from './render.ts';
import { type Corners, type ReadSymbol, readBitmapSymbols } from './symbol-reader.ts';

/** One DataMatrix of a document, whatever it says: the caller judges the payload with the INS rules. */
export interface ScannedSymbol {
  /** From 1; an image is page 1. */
  readonly page: number;
  readonly bytes: Uint8Array;
  /** The bytes as Latin-1, group separators kept as 0x1D. */
  readonly text: string;
  /** Upright box around the symbol, quiet zone excluded, on the page as displayed. */
  readonly positionMm: ZoneMm;
  /** Modules per side. */
  readonly modules: number;
  /** Estimated side of a module, mm. */
  readonly moduleMm: number;
  /** Blank margin in modules, measured up to 4; absent when the symbol is not upright. */
  readonly quietZoneModules?: number;
}

export interface ScanOptions {
  /** Resolution at which PDF pages are drawn; images that do not state theirs are taken to have it too. */
  readonly dpi: number;
  /** Pages looked at, from the first. */
  readonly maxPages: number;
  readonly limits: PdfLimits;
}

/** At 200 dpi a module of 0.35 mm is 2.7 pixels wide. */
export const DEFAULT_SCAN_OPTIONS: ScanOptions = { dpi: 200, maxPages: 50, limits: DEFAULT_PDF_LIMITS };

export interface DocumentScan {
  readonly symbols: readonly ScannedSymbol[];
  readonly pageCount: number;
  /** Less than `pageCount` when the document has more pages than are looked at. */
  readonly pagesScanned: number;
}

/** Finds every DataMatrix of a PDF or of a PNG or JPEG image. */
export async function scanDocument(
  bytes: Uint8Array,
  mimeType: string,
  options: Partial<ScanOptions> = {},
): Promise<Result<DocumentScan>> {
  const settings = { ...DEFAULT_SCAN_OPTIONS, ...options };
  switch (mimeType) {
    case 'application/pdf':
      return scanPdf(bytes, settings);
    case 'image/png':
    case 'image/jpeg':
      return scanImage(bytes, mimeType, settings);
    default:
      return refuse(pdfRules.scanTypeUnknown, { detail: mimeType.slice(0, 80) });
  }
}

async function scanPdf(bytes: Uint8Array, settings: ScanOptions): Promise<Result<DocumentScan>> {
  const opened = await openPdf(bytes, settings.limits);
  if (!opened.ok) return opened;
  return withRendering(bytes, async (rendering) => {
    const pagesScanned = Math.min(rendering.pageCount, settings.maxPages);
    const symbols: ScannedSymbol[] = [];
    for (let page = 0; page < pagesScanned; page++) {
      const found = await scanPage(rendering, page, settings.dpi);
      if (!found.ok) return found;
      symbols.push(...found.value);
    }
    return ok({ symbols, pageCount: rendering.pageCount, pagesScanned });
  });
}

async function scanPage(rendering: Rendering, page: number, dpi: number): Promise<Result<readonly ScannedSymbol[]>> {
  const drawn = rendering.draw(page, dpi);
  return drawn.ok ? ok(await scanBitmap(drawn.value, page + 1)) : drawn;
}

async function scanImage(
  bytes: Uint8Array,
  mimeType: 'image/png' | 'image/jpeg',
  settings: ScanOptions,
): Promise<Result<DocumentScan>> {
  if (bytes.length > settings.limits.maxBytes)
    return refuse(pdfRules.pdfTooLarge, { detail: `${bytes.length} octets` });
  const image = await readImage(bytes, mimeType, settings.dpi);
  if (!image.ok) return image;
  const { found, dpi, bitmap } = image.value;
  const symbols = found.map((symbol) => describeSymbol(symbol, 1, dpi, bitmap));
  return ok({ symbols, pageCount: 1, pagesScanned: 1 });
}

/** Pictures in which no symbol was found, by their pixels: the letterhead of a model comes back in every letter. */
const symbolless = new Set<string>();
const MOST_REMEMBERED = 2_000;

function fingerprint({ width, height, data }: GreyBitmap): string {
  return createHash('sha256').update(`${width} ${height} `).update(data).digest('base64');
}

/** As `scanBitmap`; a picture seen before, pixel for pixel, is not read again when it held nothing. */
async function scanKnown(bitmap: GreyBitmap, page: number): Promise<readonly ScannedSymbol[]> {
  const key = fingerprint(bitmap);
  if (symbolless.delete(key)) {
    // Put back at the end: the first of the set is the one not seen for longest.
    symbolless.add(key);
    return [];
  }
  const found = await scanBitmap(bitmap, page);
  if (found.length > 0) return found;
  symbolless.add(key);
  const [oldest] = symbolless;
  if (symbolless.size > MOST_REMEMBERED && oldest !== undefined) symbolless.delete(oldest);
  return found;
}

/** Every DataMatrix of a zone of a page, drawn by itself, at its place on the page. */
export async function scanZone(
  opened: OpenPage,
  page: number,
  zone: ZoneMm,
  dpi: number,
): Promise<Result<readonly ScannedSymbol[]>> {
  const drawn = opened.draw(dpi, zone);
  if (!drawn.ok) return drawn;
  const found = await scanKnown(drawn.value, page);
  const onPage = ({ positionMm, ...symbol }: ScannedSymbol): ScannedSymbol => ({
    ...symbol,
    positionMm: { ...positionMm, x: positionMm.x + zone.x, y: positionMm.y + zone.y },
  });
  return ok(found.map(onPage));
}

/** Every DataMatrix of a drawn page; `page` from 1. */
export async function scanBitmap(bitmap: GreyBitmap, page: number): Promise<readonly ScannedSymbol[]> {
  const found = await readBitmapSymbols(bitmap);
  return found.map((symbol) => describeSymbol(symbol, page, bitmap.dpi, bitmap));
}

/** What is known of a symbol at its place; the quiet zone needs the bitmap. */
export function describeSymbol(
  symbol: ReadSymbol,
  page: number,
  dpi: number,
  bitmap: GreyBitmap | undefined,
): ScannedSymbol {
  const { bytes, corners, modules } = symbol;
  const [topLeft, topRight] = corners;
  const mm = 25.4 / dpi;
  const quiet = bitmap === undefined ? undefined : quietZone(bitmap, symbol);
  return {
    page,
    bytes,
    text: Buffer.from(bytes).toString('latin1'),
    positionMm: boxOf(corners, dpi),
    modules,
    moduleMm: (Math.hypot(topRight.x - topLeft.x, topRight.y - topLeft.y) * mm) / modules,
    ...(quiet === undefined ? {} : { quietZoneModules: quiet }),
  };
}

/** Upright box around corners given in pixels, mm. */
export function boxOf(corners: Corners, dpi: number): ZoneMm {
  const columns = corners.map((corner) => corner.x);
  const rows = corners.map((corner) => corner.y);
  const mm = 25.4 / dpi;
  const [x, y] = [Math.min(...columns) * mm, Math.min(...rows) * mm];
  return { x, y, width: Math.max(...columns) * mm - x, height: Math.max(...rows) * mm - y };
}
