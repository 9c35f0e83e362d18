import type { PDFPage } from '@cantoo/pdf-lib';

export const POINTS_PER_MM = 72 / 25.4;

/** A rectangle of the page as displayed (rotation applied), in mm from its top left corner. */
export interface ZoneMm {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a page shows what: the visible box in user space, and its size as displayed. */
export interface PageGeometry {
  /** Visible box (CropBox cut by MediaBox) in user space units. */
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Clockwise rotation at display, degrees. */
  readonly rotation: 0 | 90 | 180 | 270;
  readonly widthMm: number;
  readonly heightMm: number;
}

function quarterTurn(angle: number): 0 | 90 | 180 | 270 {
  const turns = (((Math.round(angle / 90) % 4) + 4) % 4) as 0 | 1 | 2 | 3;
  return ([0, 90, 180, 270] as const)[turns];
}

/** Geometry of a page; throws as pdf-lib does when the page has no usable MediaBox. */
export function pageGeometry(page: PDFPage): PageGeometry {
  return geometryOf(page.getMediaBox(), page.getCropBox(), page.getRotation().angle);
}

/** Throws when the two boxes have nothing in common. `angle` in degrees, clockwise. */
export function geometryOf(media: PageGeometry['box'], crop: PageGeometry['box'], angle: number): PageGeometry {
  const x = Math.max(media.x, crop.x);
  const y = Math.max(media.y, crop.y);
  const width = Math.min(media.x + media.width, crop.x + crop.width) - x;
  const height = Math.min(media.y + media.height, crop.y + crop.height) - y;
  if (!(width > 0 && height > 0)) throw new RangeError('empty page box');
  const rotation = quarterTurn(angle);
  const [shownWidth, shownHeight] = rotation % 180 === 0 ? [width, height] : [height, width];
  return {
    box: { x, y, width, height },
    rotation,
    widthMm: shownWidth / POINTS_PER_MM,
    heightMm: shownHeight / POINTS_PER_MM,
  };
}

/**
 * The `cm` matrix that puts a drawing made upright in points, origin at its lower left corner, on the given zone of the
 * page as displayed, whatever the page's rotation.
 */
export function placement(page: PageGeometry, zone: ZoneMm): readonly [number, number, number, number, number, number] {
  const right = zone.x * POINTS_PER_MM;
  const up = (page.heightMm - zone.y - zone.height) * POINTS_PER_MM;
  const { x, y, width, height } = page.box;
  switch (page.rotation) {
    case 0:
      return [1, 0, 0, 1, x + right, y + up];
    case 90:
      return [0, 1, -1, 0, x + width - up, y + right];
    case 180:
      return [-1, 0, 0, -1, x + width - right, y + height - up];
    case 270:
      return [0, -1, 1, 0, x + up, y + height - right];
  }
}

/** Left, top, right and bottom as displayed, of distances to the left and lower edges of the box. */
function turned(
  { rotation, box: { width, height } }: PageGeometry,
  left: number,
  bottom: number,
  right: number,
  top: number,
): readonly [number, number, number, number] {
  switch (rotation) {
    case 0:
      return [left, height - top, right, height - bottom];
    case 90:
      return [bottom, left, top, right];
    case 180:
      return [width - right, bottom, width - left, top];
    case 270:
      return [height - top, width - right, height - bottom, width - left];
  }
}

/** A rectangle of user space, as an annotation gives it, on the page as displayed. */
export function displayed(page: PageGeometry, corners: readonly [number, number, number, number]): ZoneMm {
  const [a, b, c, d] = corners;
  const { x, y } = page.box;
  const [left, right] = [Math.min(a, c) - x, Math.max(a, c) - x];
  const [bottom, top] = [Math.min(b, d) - y, Math.max(b, d) - y];
  const [x0, y0, x1, y1] = turned(page, left, bottom, right, top);
  return {
    x: x0 / POINTS_PER_MM,
    y: y0 / POINTS_PER_MM,
    width: (x1 - x0) / POINTS_PER_MM,
    height: (y1 - y0) / POINTS_PER_MM,
  };
}
