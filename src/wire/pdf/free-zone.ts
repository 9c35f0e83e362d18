import type { ZoneMm } from './page-geometry.ts';
import type { GreyBitmap } from './render.ts';

/** Which square millimetres of a displayed page carry something, as sums over the rectangle from the top left corner. */
export interface Occupancy {
  readonly columns: number;
  readonly rows: number;
  /** (columns + 1) × (rows + 1) sums. */
  readonly sums: Uint32Array | Uint16Array;
}

export interface SizeMm {
  readonly widthMm: number;
  readonly heightMm: number;
}

/** A pixel darker than this carries something: a hairline or pale text blurred by the drawing still counts. */
const BLANK = 250;
/** Distance kept to any content and to the edge of the sheet, where printers do not print; mm. */
export const CLEARANCE = 1;
const EDGE = 5;

/** Occupied millimetres of a drawn page; `reserved` zones (form fields, links) count as occupied. */
export function occupancy(bitmap: GreyBitmap, reserved: readonly ZoneMm[]): Occupancy {
  const pixel = 25.4 / bitmap.dpi;
  const columns = Math.ceil(bitmap.width * pixel);
  const rows = Math.ceil(bitmap.height * pixel);
  const cells = new Uint8Array(columns * rows);
  const columnOf = Uint16Array.from({ length: bitmap.width }, (_, x) => Math.floor(x * pixel));
  for (let y = 0, at = 0; y < bitmap.height; y++) {
    const row = Math.floor(y * pixel) * columns;
    for (let x = 0; x < bitmap.width; x++, at++) {
      if ((bitmap.data[at] ?? 255) < BLANK) cells[row + (columnOf[x] ?? 0)] = 1;
    }
  }
  occupy(cells, columns, rows, reserved);
  return { columns, rows, sums: sumsOf(cells, columns, rows) };
}

/** Occupied millimetres of a page known by the zones that hold something. */
export function occupancyOfZones({ widthMm, heightMm }: SizeMm, zones: readonly ZoneMm[]): Occupancy {
  const [columns, rows] = [Math.ceil(widthMm), Math.ceil(heightMm)];
  const cells = new Uint8Array(columns * rows);
  occupy(cells, columns, rows, zones);
  return { columns, rows, sums: sumsOf(cells, columns, rows) };
}

function occupy(cells: Uint8Array, columns: number, rows: number, zones: readonly ZoneMm[]): void {
  for (const zone of zones) {
    const right = Math.min(columns, Math.ceil(zone.x + zone.width));
    const bottom = Math.min(rows, Math.ceil(zone.y + zone.height));
    for (let row = Math.max(0, Math.floor(zone.y)); row < bottom; row++) {
      cells.fill(1, row * columns + Math.max(0, Math.floor(zone.x)), row * columns + Math.max(0, right));
    }
  }
}

let white = Buffer.alloc(0);

/** True when nothing is drawn on the bitmap. */
export function isWhite({ data }: GreyBitmap): boolean {
  if (white.length < data.length) white = Buffer.alloc(data.length, 255);
  // Nearly every zone looked at is wholly white: one comparison of memory then says so.
  return white.subarray(0, data.length).equals(data) || data.every((level) => level >= BLANK);
}

function sumsOf(cells: Uint8Array, columns: number, rows: number): Occupancy['sums'] {
  const stride = columns + 1;
  // The sums of an A4 page fit in 16 bits, and cost half as much.
  const sums = new (cells.length > 0xffff ? Uint32Array : Uint16Array)(stride * (rows + 1));
  for (let row = 0, cell = 0; row < rows; row++) {
    let above = row * stride + 1;
    for (let line = 0, end = cell + columns; cell < end; cell++, above++) {
      line += cells[cell] as number;
      sums[above + stride] = (sums[above] as number) + line;
    }
  }
  return sums;
}

/** True when the zone lies inside the page and nothing is drawn in it. */
export function isBlank({ columns, rows, sums }: Occupancy, zone: ZoneMm): boolean {
  const [left, top] = [Math.floor(zone.x), Math.floor(zone.y)];
  const [right, bottom] = [Math.ceil(zone.x + zone.width), Math.ceil(zone.y + zone.height)];
  if (left < 0 || top < 0 || right > columns || bottom > rows) return false;
  const at = (row: number, column: number) => sums[row * (columns + 1) + column] ?? 0;
  return at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left) === 0;
}

/** A free zone of this size in the upper third of the page, the first choice of `findFreeZone` for its first size. */
export function findFreeHead(page: Occupancy, size: SizeMm): ZoneMm | undefined {
  return freeRow(page, size, headRows(page, size));
}

function headRows(page: Occupancy, { heightMm }: SizeMm): number[] {
  return range(EDGE, Math.min(Math.floor(page.rows / 3), page.rows - EDGE) - heightMm);
}

/**
 * The first free zone for one of the sizes, in their order of preference: in the upper third of the page, then in the
 * lower third, then anywhere. Undefined when there is none.
 */
export function findFreeZone(page: Occupancy, sizes: readonly SizeMm[]): ZoneMm | undefined {
  const third = Math.floor(page.rows / 3);
  const lowest = (size: SizeMm) => Math.floor(page.rows - EDGE - size.heightMm);
  const bands: ((size: SizeMm) => number[])[] = [
    (size) => headRows(page, size),
    (size) => range(page.rows - third, lowest(size)).reverse(),
    (size) => range(EDGE, lowest(size)),
  ];
  for (const band of bands) {
    for (const size of sizes) {
      const zone = freeRow(page, size, band(size));
      if (zone !== undefined) return zone;
    }
  }
  return undefined;
}

function freeRow(page: Occupancy, size: SizeMm, rows: readonly number[]): ZoneMm | undefined {
  for (const y of rows) {
    const x = freeColumn(page, size, y);
    if (x !== undefined) return { x, y, width: size.widthMm, height: size.heightMm };
  }
  return undefined;
}

function freeColumn(page: Occupancy, { widthMm, heightMm }: SizeMm, y: number): number | undefined {
  const columns = range(EDGE, page.columns - EDGE - widthMm);
  const centre = columns[Math.floor(columns.length / 2)];
  return (centre === undefined ? [] : [centre, ...columns]).find((x) =>
    isBlank(page, {
      x: x - CLEARANCE,
      y: y - CLEARANCE,
      width: widthMm + 2 * CLEARANCE,
      height: heightMm + 2 * CLEARANCE,
    }),
  );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, Math.floor(to) - from + 1) }, (_, index) => from + index);
}
