/** What a page paints, as PDFium understood it: kind and place of each object, without drawing any. */
import { type Call, callOf, type Pdfium } from './pdfium-calls.ts';

export interface PaintedObject {
  readonly kind: 'text' | 'path' | 'picture';
  /** Left, bottom, right, top in user space: a box that holds all of it. */
  readonly box: readonly [number, number, number, number];
  /** About how many separate shapes a path may show; 0 for the other kinds. */
  readonly pieces: number;
  /** Of a text: its font draws letters, as far as can be told from their curves. */
  readonly letters: boolean;
}

/** A page with more is for the slower way. */
const MAX_OBJECTS = 20_000;
const MAX_DEPTH = 8;
/** FPDF_PAGEOBJ_* (fpdf_edit.h). */
const [TEXT, PATH, IMAGE, SHADING, FORM] = [1, 2, 3, 4, 5];
/** FPDF_SEGMENT_BEZIERTO. */
const BEZIER = 1;
/** A rectangle has five. */
const SEGMENTS_PER_PIECE = 4;
/** Modules that one dashed line may show. */
const PIECES_PER_DASHED = 16;
/** Characters with a curve in any typeface, the most frequent first. */
const CURVED = [...'eaosnCOSGrudcpbgqBDPRU03689&2@'].map((char) => char.codePointAt(0) ?? 0);

interface Calls {
  readonly getBounds: Call;
  readonly getMatrix: Call;
  readonly dashes: Call;
  readonly segments: Call;
  readonly formCount: Call;
  readonly formObject: Call;
  readonly font: Call;
  readonly glyphPath: Call;
  readonly glyphSegments: Call;
  readonly glyphSegment: Call;
  readonly segmentType: Call;
}

const known = new WeakMap<Pdfium, Calls>();

/** Functions of PDFium that the type of the package leaves out. */
function callsOf(pdfium: Pdfium): Calls {
  const calls = known.get(pdfium);
  if (calls !== undefined) return calls;
  const call = callOf(pdfium);
  const found = {
    getBounds: call('FPDFPageObj_GetBounds'),
    getMatrix: call('FPDFPageObj_GetMatrix'),
    dashes: call('FPDFPageObj_GetDashCount'),
    segments: call('FPDFPath_CountSegments'),
    formCount: call('FPDFFormObj_CountObjects'),
    formObject: call('FPDFFormObj_GetObject'),
    font: call('FPDFTextObj_GetFont'),
    glyphPath: call('FPDFFont_GetGlyphPath'),
    glyphSegments: call('FPDFGlyphPath_CountGlyphSegments'),
    glyphSegment: call('FPDFGlyphPath_GetGlyphPathSegment'),
    segmentType: call('FPDFPathSegment_GetType'),
  };
  known.set(pdfium, found);
  return found;
}

type Matrix = readonly [number, number, number, number, number, number];

/** The listing under way; `scratch` is memory of PDFium for six floats. */
interface Listing {
  readonly pdfium: Pdfium;
  readonly calls: Calls;
  readonly scratch: number;
  readonly fonts: Map<number, boolean>;
  readonly objects: PaintedObject[];
}

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

/** Undefined when there are too many, or forms in forms without end. */
export function paintedObjects(pdfium: Pdfium, page: number): readonly PaintedObject[] | undefined {
  const scratch = pdfium.wasmExports.malloc(24);
  if (scratch === 0) return undefined;
  const listing: Listing = { pdfium, calls: callsOf(pdfium), scratch, fonts: new Map(), objects: [] };
  try {
    const count = pdfium._FPDFPage_CountObjects(page);
    for (let index = 0; index < count; index++)
      if (!list(listing, pdfium._FPDFPage_GetObject(page, index), IDENTITY, 0)) return undefined;
    return listing.objects;
  } finally {
    pdfium.wasmExports.free(scratch);
  }
}

function list(listing: Listing, object: number, matrix: Matrix, depth: number): boolean {
  const { pdfium, calls, objects } = listing;
  const type = pdfium._FPDFPageObj_GetType(object);
  if (type === FORM) return listForm(listing, object, matrix, depth);
  const kind =
    type === TEXT ? 'text' : type === PATH ? 'path' : type === IMAGE || type === SHADING ? 'picture' : undefined;
  if (kind === undefined || objects.length >= MAX_OBJECTS) return false;
  const box = boxOf(listing, object, matrix);
  if (box === undefined) return false;
  objects.push({
    kind,
    box,
    pieces: kind === 'path' ? piecesOf(calls, object) : 0,
    letters: kind !== 'text' || drawsLetters(listing, object),
  });
  return true;
}

function listForm(listing: Listing, form: number, matrix: Matrix, depth: number): boolean {
  const { calls, scratch } = listing;
  if (depth >= MAX_DEPTH || calls.getMatrix(form, scratch) === 0) return false;
  const own = floats(listing, 6);
  const count = calls.formCount(form);
  if (count < 0 || count > MAX_OBJECTS) return false;
  const inner = combined(own, matrix);
  for (let index = 0; index < count; index++)
    if (!list(listing, calls.formObject(form, index), inner, depth + 1)) return false;
  return true;
}

function floats({ pdfium, scratch }: Listing, count: number): Float32Array {
  return new Float32Array(pdfium.HEAPU8.buffer, scratch, count).slice();
}

function combined([a = 1, b = 0, c = 0, d = 1, e = 0, f = 0]: Float32Array, m: Matrix): Matrix {
  const x = (p: number, q: number): number => p * m[0] + q * m[2];
  const y = (p: number, q: number): number => p * m[1] + q * m[3];
  return [x(a, b), y(a, b), x(c, d), y(c, d), x(e, f) + m[4], y(e, f) + m[5]];
}

/** PDFium gives left, bottom, right, top in the space of the form that holds the object. */
function boxOf(listing: Listing, object: number, m: Matrix): PaintedObject['box'] | undefined {
  const { calls, scratch } = listing;
  if (calls.getBounds(object, scratch, scratch + 4, scratch + 8, scratch + 12) === 0) return undefined;
  const [left = 0, bottom = 0, right = 0, top = 0] = floats(listing, 4);
  if (m === IDENTITY) return [left, bottom, right, top];
  const xs = [left, right].flatMap((x) => [bottom, top].map((y) => m[0] * x + m[2] * y + m[4]));
  const ys = [left, right].flatMap((x) => [bottom, top].map((y) => m[1] * x + m[3] * y + m[5]));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function piecesOf(calls: Calls, path: number): number {
  const shapes = Math.max(1, Math.ceil(calls.segments(path) / SEGMENTS_PER_PIECE - 1));
  return calls.dashes(path) > 0 ? shapes * PIECES_PER_DASHED : shapes;
}

/** A font of modules has straight edges alone; one that gives no outline, as Type 3 fonts, may hold anything. */
function drawsLetters({ calls, fonts }: Listing, text: number): boolean {
  const font = calls.font(text);
  const judged = fonts.get(font);
  if (judged !== undefined) return judged;
  const letters = font !== 0 && CURVED.some((char) => isCurved(calls, calls.glyphPath(font, char, 10)));
  fonts.set(font, letters);
  return letters;
}

function isCurved(calls: Calls, glyph: number): boolean {
  const count = glyph === 0 ? 0 : calls.glyphSegments(glyph);
  for (let index = 0; index < count; index++)
    if (calls.segmentType(calls.glyphSegment(glyph, index)) === BEZIER) return true;
  return false;
}
