import type { Drawing } from './banner-drawing.ts';
import { findFreeHead, findFreeZone, isBlank, type Occupancy } from './free-zone.ts';
import type { ZoneMm } from './page-geometry.ts';

/** A drawing and its zone on the page as displayed; both have the same size. */
export interface Place {
  readonly drawing: Drawing;
  readonly zone: ZoneMm;
}

/** The drawing at a given width in mm; undefined when it cannot be that narrow. */
export type DrawAtWidth = (widthMm: number) => Drawing | undefined;

/** Widths tried for the banner, mm, the preferred one first: the whole line of an A4 page, down to half a page. */
export const BANNER_WIDTHS = [180, 150, 120, 95];
/** Widths tried for the traits of the other pages, mm. */
export const STRIP_WIDTHS = [180, 140, 100];
/** Margins of the banner on an added cover page, mm. */
const COVER_MARGIN = 15;

/** Where the banner goes on page one: the zone declared by the site when it is blank and large enough, else a free one. */
export function placeBanner(page: Occupancy, draw: DrawAtWidth, declared: ZoneMm | undefined): Place | undefined {
  if (declared !== undefined && isBlank(page, declared)) {
    const drawing = draw(declared.width);
    if (drawing !== undefined && drawing.heightMm <= declared.height) {
      return { drawing, zone: { ...declared, height: drawing.heightMm } };
    }
  }
  return placeFreely(page, draw, BANNER_WIDTHS);
}

/** Where the traits go on another page; undefined when no line of it is free. */
export function placeStrip(page: Occupancy, draw: DrawAtWidth): Place | undefined {
  return placeFreely(page, draw, STRIP_WIDTHS);
}

/** The banner at the head of an empty page of this size; undefined when the page is too small for it. */
export function placeOnCover(size: { widthMm: number; heightMm: number }, draw: DrawAtWidth): Place | undefined {
  const drawing = draw(Math.min(Math.max(...BANNER_WIDTHS), size.widthMm - 2 * COVER_MARGIN));
  if (drawing === undefined || drawing.heightMm + 2 * COVER_MARGIN > size.heightMm) return undefined;
  return { drawing, zone: { x: COVER_MARGIN, y: COVER_MARGIN, width: drawing.widthMm, height: drawing.heightMm } };
}

function placeFreely(page: Occupancy, draw: DrawAtWidth, widths: readonly number[]): Place | undefined {
  // Most pages have room at their head for the preferred width: the others are then not even laid out.
  const [preferred] = widths.slice(0, 1).map(draw);
  const head = preferred === undefined ? undefined : findFreeHead(page, preferred);
  if (preferred !== undefined && head !== undefined) return { drawing: preferred, zone: head };
  const drawings = widths.map(draw).filter((drawing) => drawing !== undefined);
  const zone = findFreeZone(page, drawings);
  const drawing = drawings.find(({ widthMm }) => widthMm === zone?.width);
  return zone === undefined || drawing === undefined ? undefined : { drawing, zone };
}
