import type { GreyBitmap } from './render.ts';
import type { ReadSymbol } from './symbol-reader.ts';

/** A margin pixel at least this light counts as blank, as a scanner's threshold would see it. */
const LIGHT = 160;
/** Margins are measured up to this many modules. */
const MAX_MODULES = 4;
/** Corners found by the reader may be off by a pixel or so. */
const CORNER_ERROR = 2;

/** Narrowest blank margin around an upright symbol, in modules (ISO/IEC 16022 asks 1); undefined when it is tilted. */
export function quietZone(bitmap: GreyBitmap, { corners, modules }: ReadSymbol): number | undefined {
  const [a, b, c, d] = corners;
  const tilt = Math.min(Math.abs(a.x - b.x), Math.abs(a.y - b.y)) + Math.min(Math.abs(c.x - d.x), Math.abs(c.y - d.y));
  if (tilt > CORNER_ERROR) return undefined;
  const xs = corners.map((corner) => corner.x);
  const ys = corners.map((corner) => corner.y);
  const box = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  const module = (box.right - box.left) / modules;
  const limit = Math.ceil(MAX_MODULES * module) + CORNER_ERROR;
  const columns = span(box.left, box.right);
  const rows = span(box.top, box.bottom);
  const blankAt = (x: number, y: number) => blank(bitmap, x, y);
  const margins = [
    margin(limit, (step) => rows.every((y) => blankAt(box.left - step, y))),
    margin(limit, (step) => rows.every((y) => blankAt(box.right + step, y))),
    margin(limit, (step) => columns.every((x) => blankAt(x, box.top - step))),
    margin(limit, (step) => columns.every((x) => blankAt(x, box.bottom + step))),
  ];
  return Math.min(MAX_MODULES, Math.round((Math.min(...margins) / module) * 10) / 10);
}

function span(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, Math.round(to) - Math.round(from)) }, (_, index) => Math.round(from) + index);
}

/** Outside the picture there is nothing dark. */
function blank(bitmap: GreyBitmap, x: number, y: number): boolean {
  if (x < 0 || y < 0 || x >= bitmap.width || y >= bitmap.height) return true;
  return (bitmap.data[y * bitmap.width + x] ?? 255) >= LIGHT;
}

/** Blank pixel lines outward from an edge, not counting the blur of the edge itself. */
function margin(limit: number, isBlank: (step: number) => boolean): number {
  let step = 1;
  while (step <= CORNER_ERROR && !isBlank(step)) step += 1;
  const first = step;
  while (step <= limit && isBlank(step)) step += 1;
  return step - first;
}
