import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PDFiumModule } from '@hyzyla/pdfium';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { ZoneMm } from './page-geometry.ts';
import { pageText } from './page-text.ts';
import { type PaintedObject, paintedObjects } from './painted-objects.ts';
import type { Pdfium } from './pdfium-calls.ts';

/** An 8-bit greyscale picture: 0 black to 255 white, row 0 on top, no padding. */
export interface GreyBitmap {
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
  readonly data: Uint8Array;
}

/** An open page: reading it is most of the work of drawing it, so it is done once. */
export interface OpenPage {
  /** The page as displayed, or only a region of it, at the given resolution. */
  readonly draw: (dpi: number, region?: ZoneMm) => Result<GreyBitmap>;
  /** What it paints, or undefined when that is too much or too deep to list. */
  readonly objects: () => readonly PaintedObject[] | undefined;
}

/** An open document whose pages can be drawn. Page indexes start at 0. */
export interface Rendering {
  readonly pageCount: number;
  readonly draw: (page: number, dpi: number, region?: ZoneMm) => Result<GreyBitmap>;
  /** The characters of a page as a reader copies them, in the order of its contents. */
  readonly text: (page: number) => Result<string>;
  /** Refused when the page cannot be read. */
  readonly withPage: <T>(page: number, use: (page: OpenPage) => Promise<Result<T>> | Result<T>) => Promise<Result<T>>;
}

/** Largest bitmap: an A0 poster at 200 dpi fits. */
const MAX_PIXELS = 80_000_000;
/** What one document may make PDFium take, whose own limit is 2 GB; with its other copies below 512 MB (hostile.md, PDF). */
const MAX_HEAP = 384 * 1024 * 1024;
/** wasm memory only grows: above this size the instance is left to the collector once idle. */
const MAX_IDLE_HEAP = 256 * 1024 * 1024;
const WASM_PAGE = 65_536;
const GREY_FORMAT = 1;
/** FPDF_ANNOT, FPDF_GRAYSCALE (fpdfview.h). */
const FLAGS = 0x01 | 0x08;
const PASSWORD_ERROR = 4;

let instance: Promise<Pdfium> | undefined;
let open = 0;

async function start(): Promise<Pdfium> {
  const file = readFileSync(createRequire(import.meta.url).resolve('@hyzyla/pdfium/pdfium.wasm'));
  const wasmBinary = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  // The type leaves out `printErr`: complaints about a document would else reach the terminal.
  const options = { wasmBinary, locateFile: () => '', printErr: () => undefined };
  const pdfium = await PDFiumModule(options);
  boundMemory(pdfium);
  pdfium._FPDF_InitLibraryWithConfig({});
  return pdfium;
}

/** A WebAssembly.Memory, whose type no library of ours declares. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow: (pages: number) => number;
}

function isMemory(value: unknown): value is WasmMemory {
  const shaped = typeof value === 'object' && value !== null && 'grow' in value && 'buffer' in value;
  return shaped && value.buffer instanceof ArrayBuffer;
}

/** Instances that were refused memory: what they draw from then on may lack something. */
const exhausted = new WeakSet<Pdfium>();

/** PDFium has no option for it: beyond the bound its memory refuses to grow. */
function boundMemory(pdfium: Pdfium): void {
  const exported: readonly unknown[] = Object.values(pdfium.wasmExports);
  const memory = exported.find(isMemory);
  if (memory === undefined) throw new Error('PDFium exports no memory');
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * WASM_PAGE <= MAX_HEAP) return grow(pages);
    exhausted.add(pdfium);
    throw new RangeError('PDFium asks for too much memory');
  };
}

/**
 * Opens a PDF in the one PDFium instance of the process, started at the first use, and frees it when `use` is done.
 * Refused when PDFium cannot read it. A trap inside PDFium, or the end of its memory, refuses the document and replaces
 * the instance.
 */
export async function withRendering<T>(
  bytes: Uint8Array,
  use: (rendering: Rendering) => Promise<Result<T>> | Result<T>,
): Promise<Result<T>> {
  instance ??= start();
  const used = instance;
  const pdfium = await used;
  open += 1;
  try {
    const outcome = await withDocument(pdfium, bytes, use);
    return exhausted.has(pdfium) ? refuse(pdfRules.pdfNotProcessable, { detail: 'mémoire' }) : outcome;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'RuntimeError')) throw error;
    if (instance === used) instance = undefined;
    return exhausted.has(pdfium)
      ? refuse(pdfRules.pdfNotProcessable, { detail: 'mémoire' })
      : refuse(pdfRules.pdfUnreadable, { detail: 'affichage impossible' });
  } finally {
    open -= 1;
    const spent = exhausted.has(pdfium) || (open === 0 && pdfium.HEAPU8.length > MAX_IDLE_HEAP);
    if (spent && instance === used) instance = undefined;
  }
}

async function withDocument<T>(
  pdfium: Pdfium,
  bytes: Uint8Array,
  use: (rendering: Rendering) => Promise<Result<T>> | Result<T>,
): Promise<Result<T>> {
  const memory = pdfium.wasmExports.malloc(bytes.length);
  if (memory === 0) return refuse(pdfRules.pdfTooLarge, { detail: `${bytes.length} octets` });
  try {
    pdfium.HEAPU8.set(bytes, memory);
    const document = pdfium._FPDF_LoadMemDocument(memory, bytes.length, 0);
    if (document === 0) {
      const encrypted = pdfium._FPDF_GetLastError() === PASSWORD_ERROR;
      return refuse(encrypted ? pdfRules.pdfEncrypted : pdfRules.pdfUnreadable, {});
    }
    try {
      return await use({
        pageCount: pdfium._FPDF_GetPageCount(document),
        draw: (index, dpi, region) => {
          const page = openPage(pdfium, document, index);
          try {
            return page === undefined ? unreadablePage(index) : drawPage(pdfium, page, index, dpi, region);
          } finally {
            if (page !== undefined) pdfium._FPDF_ClosePage(page);
          }
        },
        text: (index) => {
          const page = openPage(pdfium, document, index);
          try {
            return page === undefined ? unreadablePage(index) : ok(pageText(pdfium, page));
          } finally {
            if (page !== undefined) pdfium._FPDF_ClosePage(page);
          }
        },
        withPage: (index, use) => withPage(pdfium, document, index, use),
      });
    } finally {
      pdfium._FPDF_CloseDocument(document);
    }
  } finally {
    pdfium.wasmExports.free(memory);
  }
}

function openPage(pdfium: Pdfium, document: number, index: number): number | undefined {
  const page = pdfium._FPDF_LoadPage(document, index);
  return page === 0 ? undefined : page;
}

function unreadablePage(index: number): Result<never> {
  return refuse(pdfRules.pdfUnreadable, { location: `page ${index + 1}` });
}

async function withPage<T>(
  pdfium: Pdfium,
  document: number,
  index: number,
  use: (page: OpenPage) => Promise<Result<T>> | Result<T>,
): Promise<Result<T>> {
  const page = openPage(pdfium, document, index);
  if (page === undefined) return unreadablePage(index);
  try {
    return await use({
      draw: (dpi, region) => drawPage(pdfium, page, index, dpi, region),
      objects: () => paintedObjects(pdfium, page),
    });
  } finally {
    pdfium._FPDF_ClosePage(page);
  }
}

function drawPage(
  pdfium: Pdfium,
  page: number,
  index: number,
  dpi: number,
  region: ZoneMm | undefined,
): Result<GreyBitmap> {
  const full = {
    width: Math.round((pdfium._FPDF_GetPageWidth(page) / 72) * dpi),
    height: Math.round((pdfium._FPDF_GetPageHeight(page) / 72) * dpi),
  };
  const part = region === undefined ? { left: 0, top: 0, ...full } : inPixels(region, dpi, full);
  const pixels = part.width * part.height;
  if (pixels < 1) return unreadablePage(index);
  if (pixels > MAX_PIXELS) return refuse(pdfRules.pdfTooLarge, { location: `page ${index + 1}` });
  const data = drawPixels(pdfium, page, full, part);
  if (data === undefined) return refuse(pdfRules.pdfTooLarge, { location: `page ${index + 1}` });
  return ok({ width: part.width, height: part.height, dpi, data });
}

interface PixelArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function inPixels(region: ZoneMm, dpi: number, full: { width: number; height: number }): PixelArea {
  const scale = dpi / 25.4;
  const left = Math.max(0, Math.floor(region.x * scale));
  const top = Math.max(0, Math.floor(region.y * scale));
  const right = Math.min(full.width, Math.ceil((region.x + region.width) * scale));
  const bottom = Math.min(full.height, Math.ceil((region.y + region.height) * scale));
  return { left, top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
}

/** Undefined when PDFium has no memory left for the bitmap. */
function drawPixels(
  pdfium: Pdfium,
  page: number,
  full: { width: number; height: number },
  part: PixelArea,
): Uint8Array | undefined {
  const { width, height } = part;
  const memory = pdfium.wasmExports.malloc(width * height);
  if (memory === 0) return undefined;
  try {
    const bitmap = pdfium._FPDFBitmap_CreateEx(width, height, GREY_FORMAT, memory, width);
    if (bitmap === 0) return undefined;
    pdfium._FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xffffffff);
    pdfium._FPDF_RenderPageBitmap(bitmap, page, -part.left, -part.top, full.width, full.height, 0, FLAGS);
    pdfium._FPDFBitmap_Destroy(bitmap);
    return pdfium.HEAPU8.slice(memory, memory + width * height);
  } finally {
    pdfium.wasmExports.free(memory);
  }
}
