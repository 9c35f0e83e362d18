import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { ZoneMm } from './page-geometry.ts';
import type { GreyBitmap, Rendering } from './render.ts';
import { DEFAULT_SCAN_OPTIONS, scanBitmap } from './scan.ts';

/** A page of the marked document. */
interface PageMark {
  /** Index of the page in the document as received; absent for an added cover page. */
  readonly original?: number;
  /** Absent when nothing was drawn on it. */
  readonly place?: { readonly zone: ZoneMm };
}

/** Resolution at which pages are compared before and after. */
export const COMPARE_DPI = 72;

/**
 * Reads the marked document as a receiver would: same pages, each unchanged outside its mark, and on the first one a
 * symbol that gives back the payload byte for byte (when there is one).
 */
export async function checkMarks(
  before: Rendering,
  after: Rendering,
  marks: readonly PageMark[],
  payload: string | undefined,
): Promise<Result<void>> {
  if (after.pageCount !== marks.length) return failed('nombre de pages');
  for (const [index, mark] of marks.entries()) {
    if (mark.original === undefined) continue;
    const unchanged = sameOutside(
      before.draw(mark.original, COMPARE_DPI),
      after.draw(index, COMPARE_DPI),
      mark.place?.zone,
    );
    if (!unchanged) return failed(`aspect modifié, page ${index + 1}`);
  }
  const zone = marks[0]?.place?.zone;
  return payload === undefined || zone === undefined ? ok(undefined) : symbolReads(after, zone, payload);
}

async function symbolReads(after: Rendering, zone: ZoneMm, payload: string): Promise<Result<void>> {
  const drawn = after.draw(0, DEFAULT_SCAN_OPTIONS.dpi, zone);
  if (!drawn.ok) return drawn;
  const symbols = await scanBitmap(drawn.value, 1);
  const [symbol] = symbols;
  const expected = Buffer.from(payload, 'latin1');
  if (symbol === undefined || symbols.length !== 1) return failed(`${symbols.length} symboles lus`);
  return expected.equals(symbol.bytes) ? ok(undefined) : failed('contenu du symbole différent');
}

function failed(detail: string): Result<never> {
  return refuse(pdfRules.markingNotVerified, { detail });
}

interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const NOWHERE: PixelBox = { left: 0, top: 0, right: 0, bottom: 0 };

/** Pixels that a mark may touch: its edges fall between pixels, and page sizes are rounded to whole ones. */
function blurred(zone: ZoneMm, { width, height, dpi }: GreyBitmap): PixelBox {
  const pixels = dpi / 25.4;
  return {
    left: Math.max(0, Math.floor(zone.x * pixels) - 1),
    top: Math.max(0, Math.floor(zone.y * pixels) - 1),
    right: Math.min(width, Math.ceil((zone.x + zone.width) * pixels) + 1),
    bottom: Math.min(height, Math.ceil((zone.y + zone.height) * pixels) + 1),
  };
}

function sameOutside(before: Result<GreyBitmap>, after: Result<GreyBitmap>, zone: ZoneMm | undefined): boolean {
  if (!before.ok || !after.ok) return false;
  const [a, b] = [before.value, after.value];
  if (a.width !== b.width || a.height !== b.height) return false;
  const { left, top, right, bottom } = zone === undefined ? NOWHERE : blurred(zone, a);
  const same = (from: number, to: number) => Buffer.compare(a.data.subarray(from, to), b.data.subarray(from, to)) === 0;
  if (!same(0, top * a.width) || !same(bottom * a.width, a.data.length)) return false;
  for (let row = top; row < bottom; row++) {
    const start = row * a.width;
    if (!same(start, start + left) || !same(start + right, start + a.width)) return false;
  }
  return true;
}
