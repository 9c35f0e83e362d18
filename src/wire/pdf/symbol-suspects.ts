/** Where a page may show a DataMatrix, from what it paints: elsewhere there is none, and nothing has to be drawn. */
import { displayed, type PageGeometry, type ZoneMm } from './page-geometry.ts';
import type { PaintedObject } from './painted-objects.ts';

/** Side of the smallest symbol looked for: an INS one has 32 modules or more, a module of 0.25 mm is the finest read. */
const SMALLEST_MM = 5;
/** Parts of one picture that a printer driver cut into strips lie this close, mm. */
const TOUCH = 1;
/** Quiet zone and blur around a suspect, mm. */
const MARGIN = 4;
/** A symbol drawn as shapes shows this many in a square of two cells; a tenth of what an INS one does. */
const PIECES = 24;
const CELL_MM = 10;
/** Longer than a symbol, and of few pieces: a rule of a table, a frame, a background. */
const RULE_MM = 60;
const RULE_PIECES = 2;
/** So much longer than wide, a shape is a rule too; it counts a little, for a symbol drawn line of dots by line of dots. */
const RULE_RATIO = 10;
const RULE_WEIGHT = 1 / 8;
/** More separate zones than this, or more of the page than this, are looked at as the whole page. */
const MAX_ZONES = 40;
const MAX_SHARE = 0.6;

/** Zones of the page as displayed, apart from each other. `others` are suspect already: appearances of annotations. */
export function suspectZones(
  objects: readonly PaintedObject[],
  geometry: PageGeometry,
  others: readonly ZoneMm[],
): readonly ZoneMm[] {
  const zoneOf = ({ box }: PaintedObject): ZoneMm => displayed(geometry, box);
  const whole = { x: 0, y: 0, width: geometry.widthMm, height: geometry.heightMm };
  const pictures = objects.filter(({ kind, letters }) => kind === 'picture' || !letters).map(zoneOf);
  const drawn = shapeZones(
    objects.filter(({ kind }) => kind === 'path'),
    geometry,
  );
  if (pictures.length + others.length > MAX_ZONES * 10) return [whole];
  const large = merged([...pictures, ...others], TOUCH).filter(
    ({ width, height }) => Math.min(width, height) >= SMALLEST_MM,
  );
  const grown = [...large, ...drawn].map((zone) => clipped(grow(zone, MARGIN), whole));
  const zones = merged(
    grown.filter(({ width, height }) => width > 0 && height > 0),
    0,
  );
  const area = zones.reduce((sum, { width, height }) => sum + width * height, 0);
  return zones.length > MAX_ZONES || area > MAX_SHARE * whole.width * whole.height ? [whole] : zones;
}

/** Squares of 20 mm where many shapes are, and shapes that are many by themselves. */
function shapeZones(paths: readonly PaintedObject[], geometry: PageGeometry): readonly ZoneMm[] {
  const columns = Math.ceil(geometry.widthMm / CELL_MM) + 1;
  const rows = Math.ceil(geometry.heightMm / CELL_MM) + 1;
  const cells = new Float64Array(columns * rows);
  const zones: ZoneMm[] = [];
  let counted = 0;
  for (const path of paths) {
    const zone = displayed(geometry, path.box);
    if (path.pieces >= PIECES) {
      zones.push(zone);
      continue;
    }
    const weight = weightOf(zone, path.pieces);
    const column = Math.floor((zone.x + zone.width / 2) / CELL_MM);
    const row = Math.floor((zone.y + zone.height / 2) / CELL_MM);
    if (weight === 0 || column < 0 || row < 0 || column >= columns || row >= rows) continue;
    const at = row * columns + column;
    cells[at] = (cells[at] ?? 0) + weight;
    counted += weight;
  }
  if (counted < PIECES) return zones;
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const pieces = [at, at + 1, at + columns, at + columns + 1].reduce((sum, cell) => sum + (cells[cell] ?? 0), 0);
      const corner = { x: column * CELL_MM, y: row * CELL_MM };
      // The edge of a symbol may reach into a cell that holds few shapes.
      const square = { ...corner, width: 2 * CELL_MM, height: 2 * CELL_MM };
      if (pieces >= PIECES) zones.push(grow(square, CELL_MM - MARGIN));
    }
  }
  return zones;
}

/** How much a shape counts among those of a symbol. */
function weightOf({ width, height }: ZoneMm, pieces: number): number {
  if (pieces > RULE_PIECES) return pieces;
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  if (long > RULE_MM) return 0;
  return long > RULE_RATIO * short ? pieces * RULE_WEIGHT : pieces;
}

function grow({ x, y, width, height }: ZoneMm, by: number): ZoneMm {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}

function clipped(zone: ZoneMm, page: ZoneMm): ZoneMm {
  const [x, y] = [Math.max(0, zone.x), Math.max(0, zone.y)];
  const right = Math.min(page.width, zone.x + zone.width);
  return { x, y, width: right - x, height: Math.min(page.height, zone.y + zone.height) - y };
}

function near(a: ZoneMm, b: ZoneMm, distance: number): boolean {
  return (
    a.x - distance <= b.x + b.width &&
    b.x - distance <= a.x + a.width &&
    a.y - distance <= b.y + b.height &&
    b.y - distance <= a.y + a.height
  );
}

/** The smallest boxes that hold the zones and are farther apart than `distance`. */
function merged(zones: readonly ZoneMm[], distance: number): readonly ZoneMm[] {
  const apart: ZoneMm[] = [];
  for (let zone of zones) {
    for (let index = apart.findIndex((other) => near(zone, other, distance)); index >= 0; ) {
      const [other = zone] = apart.splice(index, 1);
      const [x, y] = [Math.min(zone.x, other.x), Math.min(zone.y, other.y)];
      const right = Math.max(zone.x + zone.width, other.x + other.width);
      zone = { x, y, width: right - x, height: Math.max(zone.y + zone.height, other.y + other.height) - y };
      index = apart.findIndex((candidate) => near(zone, candidate, distance));
    }
    apart.push(zone);
  }
  return apart;
}
