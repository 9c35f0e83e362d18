/**
 * Pages of an ordinary document, looked at without being drawn whole: what they paint says where a DataMatrix may be and
 * where there is room; only those places are drawn.
 */
import { ok, type Result } from '../../rules/rule.ts';
import { isBalanced } from './content-balance.ts';
import { CLEARANCE, isWhite, type Occupancy, occupancy, occupancyOfZones } from './free-zone.ts';
import type { Place } from './marking-plan.ts';
import { DEFAULT_PDF_LIMITS, type PdfLimits } from './open.ts';
import { displayed, type ZoneMm } from './page-geometry.ts';
import { type PageObject, pagesOf, rectangleOf } from './page-tree.ts';
import type { OpenPage } from './render.ts';
import { DEFAULT_SCAN_OPTIONS, type ScannedSymbol, scanZone } from './scan.ts';
import { readStructure, type Structure } from './structure.ts';
import { suspectZones } from './symbol-suspects.ts';
import { type Dictionary, NotOrdinary, nameOf, present } from './syntax.ts';

export interface OrdinaryPdf {
  readonly structure: Structure;
  readonly pages: readonly PageObject[];
}

/** Undefined when anything of the document calls for the slower way; the slower way also says what is wrong with it. */
export function ordinaryPdf(bytes: Uint8Array, limits: PdfLimits = DEFAULT_PDF_LIMITS): OrdinaryPdf | undefined {
  if (bytes.length > limits.maxBytes) return undefined;
  return ifOrdinary(() => {
    const structure = readStructure(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return { structure, pages: pagesOf(structure, limits.maxPages) };
  });
}

const SEPARATOR = Buffer.from('\n', 'latin1');

/** True when what is added after the contents of these pages is drawn where and as it says. */
export function canBeAppendedTo({ structure, pages }: OrdinaryPdf): boolean {
  const balanced = ifOrdinary(() =>
    pages.every(({ contents }) =>
      isBalanced(Buffer.concat(contents.flatMap((reference) => [structure.content(reference), SEPARATOR]))),
    ),
  );
  return balanced === true;
}

function ifOrdinary<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotOrdinary || error instanceof RangeError) return undefined;
    throw error;
  }
}

export interface QuickPage {
  readonly page: PageObject;
  readonly symbols: readonly ScannedSymbol[];
  /** Free space by boxes that hold all that is painted. */
  readonly occupancy: Occupancy;
  readonly reserved: readonly ZoneMm[];
}

/** Looks at one page; `index` from 0. Undefined when it paints more than can be listed. */
export async function surveyQuickly(
  { structure }: OrdinaryPdf,
  page: PageObject,
  opened: OpenPage,
  index: number,
): Promise<Result<QuickPage | undefined>> {
  const objects = opened.objects();
  const annotations = ifOrdinary(() => page.annotations.map((annotation) => annotationOf(structure, page, annotation)));
  if (objects === undefined || annotations === undefined) return ok(undefined);
  const shown = annotations.filter((annotation) => annotation !== undefined);
  const drawn = shown.filter(({ hasAppearance }) => hasAppearance).map(({ zone }) => zone);
  const symbols: ScannedSymbol[] = [];
  const scanned = index < DEFAULT_SCAN_OPTIONS.maxPages;
  for (const zone of scanned ? suspectZones(objects, page.geometry, drawn) : []) {
    const found = await scanZone(opened, index + 1, zone, DEFAULT_SCAN_OPTIONS.dpi);
    if (!found.ok) return found;
    symbols.push(...found.value);
  }
  const reserved = shown.map(({ zone }) => zone);
  const boxes = objects.map(({ box }) => displayed(page.geometry, box));
  return ok({ page, symbols, reserved, occupancy: occupancyOfZones(page.geometry, [...boxes, ...reserved]) });
}

function annotationOf(
  structure: Structure,
  page: PageObject,
  annotation: Dictionary,
): { zone: ZoneMm; hasAppearance: boolean } | undefined {
  if (nameOf(annotation.get('Subtype')) === 'Popup') return undefined;
  const zone = displayed(page.geometry, rectangleOf(structure, present(annotation.get('Rect'))));
  return { zone, hasAppearance: annotation.has('AP') };
}

/** PDFium draws the thinnest line one pixel wide: at this resolution nothing printed is missed. */
const PLACE_DPI = 100;

/**
 * A place on the page, by the boxes first, by a drawing of the page where they leave no room; blank for PDFium in either
 * case. Undefined when there is none.
 */
export function placeQuickly(
  opened: OpenPage,
  surveyed: QuickPage,
  find: (occupied: Occupancy) => Place | undefined,
): Result<Place | undefined> {
  const place = find(surveyed.occupancy);
  if (place !== undefined) {
    const { x, y, width, height } = place.zone;
    const around = { x: x - CLEARANCE, y: y - CLEARANCE, width: width + 2 * CLEARANCE, height: height + 2 * CLEARANCE };
    const drawn = opened.draw(PLACE_DPI, around);
    if (!drawn.ok) return drawn;
    if (isWhite(drawn.value)) return ok(place);
  }
  const drawn = opened.draw(DEFAULT_SCAN_OPTIONS.dpi);
  return drawn.ok ? ok(find(occupancy(drawn.value, surveyed.reserved))) : drawn;
}
