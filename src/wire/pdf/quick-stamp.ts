/**
 * Marking of ordinary documents: an incremental update, for which only those places are drawn where something may be.
 * Whatever it cannot do or finds wrong is left to the slower way, which decides.
 */
import { ok, type Result } from '../../rules/rule.ts';
import type { Occupancy } from './free-zone.ts';
import { type DrawAtWidth, type Place, placeBanner, placeStrip } from './marking-plan.ts';
import { appendMarks } from './page-append.ts';
import type { ZoneMm } from './page-geometry.ts';
import { canBeAppendedTo, type OrdinaryPdf, placeQuickly, surveyQuickly } from './quick-survey.ts';
import { type Rendering, withRendering } from './render.ts';
import type { ScannedSymbol } from './scan.ts';
import { checkMarks } from './stamp-check.ts';

/** What is to be drawn: the banner of page one, the traits of the others; `payload` is that of the symbol. */
export interface Design {
  readonly banner: DrawAtWidth;
  readonly strip: DrawAtWidth;
  readonly payload?: string;
}

export interface QuickOptions {
  readonly declaredZone?: ZoneMm;
  /** The marked document is drawn and read back, whatever the sampling says. */
  readonly readBack?: boolean;
}

export type QuickOutcome =
  | { readonly outcome: 'marked'; readonly bytes: Buffer; readonly places: readonly (Place | undefined)[] }
  | { readonly outcome: 'already-marked'; readonly symbols: readonly ScannedSymbol[] };

/** The first documents of a process are drawn again once marked, then one in so many, then all after a failure. */
const FIRST = 8;
const ONE_IN = 64;
const sampling = { seen: 0, all: false };

function isSampled(): boolean {
  sampling.seen += 1;
  return sampling.all || sampling.seen <= FIRST || sampling.seen % ONE_IN === 0;
}

/** Undefined: for the slower way. */
export async function stampQuickly(
  pdf: OrdinaryPdf,
  design: Design,
  options: QuickOptions,
): Promise<QuickOutcome | undefined> {
  if (!canBeAppendedTo(pdf)) return undefined;
  const outcome = await withRendering<QuickOutcome | undefined>(pdf.structure.bytes, async (before) => {
    const looked = await lookAtPages(pdf, before, (occupied, index) =>
      index === 0 ? placeBanner(occupied, design.banner, options.declaredZone) : placeStrip(occupied, design.strip),
    );
    if (!looked.ok || looked.value === undefined) return looked.ok ? ok(undefined) : looked;
    const symbols = looked.value.flatMap((page) => page.symbols);
    if (symbols.length > 0) return ok({ outcome: 'already-marked', symbols });
    const places = looked.value.map((page) => page.place);
    return places[0] === undefined ? ok(undefined) : mark(pdf, before, places, design.payload, options);
  });
  return outcome.ok ? outcome.value : undefined;
}

/** Symbols of a document that is left as it is; undefined: for the slower way. */
export async function readMarksQuickly(pdf: OrdinaryPdf): Promise<readonly ScannedSymbol[] | undefined> {
  const looked = await withRendering(pdf.structure.bytes, (before) => lookAtPages(pdf, before, undefined));
  return looked.ok ? looked.value?.flatMap(({ symbols }) => symbols) : undefined;
}

interface LookedAt {
  readonly symbols: readonly ScannedSymbol[];
  readonly place?: Place;
}

type FindPlace = (occupied: Occupancy, index: number) => Place | undefined;

/** Every page opened once: for its symbols, and for a place where `find` asks for one. */
async function lookAtPages(
  pdf: OrdinaryPdf,
  before: Rendering,
  find: FindPlace | undefined,
): Promise<Result<readonly LookedAt[] | undefined>> {
  if (pdf.pages.length !== before.pageCount) return ok(undefined);
  const pages: LookedAt[] = [];
  for (const [index, page] of pdf.pages.entries()) {
    const looked = await before.withPage<LookedAt | undefined>(index, async (opened) => {
      const surveyed = await surveyQuickly(pdf, page, opened, index);
      if (!surveyed.ok || surveyed.value === undefined) return surveyed.ok ? ok(undefined) : surveyed;
      const { symbols } = surveyed.value;
      if (find === undefined || symbols.length > 0) return ok({ symbols });
      const place = placeQuickly(opened, surveyed.value, (occupied) => find(occupied, index));
      if (!place.ok) return place;
      return ok(place.value === undefined ? { symbols } : { symbols, place: place.value });
    });
    if (!looked.ok || looked.value === undefined) return looked.ok ? ok(undefined) : looked;
    pages.push(looked.value);
  }
  return ok(pages);
}

async function mark(
  { structure, pages }: OrdinaryPdf,
  before: Rendering,
  places: readonly (Place | undefined)[],
  payload: string | undefined,
  { readBack }: QuickOptions,
): Promise<Result<QuickOutcome | undefined>> {
  const marks = pages.flatMap((page, index) => {
    const place = places[index];
    return place === undefined ? [] : [{ page, ...place }];
  });
  const bytes = appendMarks(structure, marks);
  if (isSampled() || readBack === true) {
    const expected = places.map((place, original) => (place === undefined ? { original } : { original, place }));
    const checked = await withRendering(bytes, (after) => checkMarks(before, after, expected, payload));
    if (!checked.ok) {
      sampling.all = true;
      return ok(undefined);
    }
  }
  return ok({ outcome: 'marked', bytes, places });
}
