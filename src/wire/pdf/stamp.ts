import type { PDFDocument, PDFPage, PDFRef } from '@cantoo/pdf-lib';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { type Banner, bannerLines, traitsLine } from './banner.ts';
import { drawBanner, drawStrip } from './banner-drawing.ts';
import { type Occupancy, occupancy } from './free-zone.ts';
import { factsOf, inspectPdf, type PdfFacts } from './inspect.ts';
import {
  BANNER_WIDTHS,
  type DrawAtWidth,
  type Place,
  placeBanner,
  placeOnCover,
  placeStrip,
  STRIP_WIDTHS,
} from './marking-plan.ts';
import { openPdf, type PdfLimits } from './open.ts';
import { annotationZones, pageMarker } from './page-drawing.ts';
import { POINTS_PER_MM, pageGeometry, type ZoneMm } from './page-geometry.ts';
import { type Design, readMarksQuickly, stampQuickly } from './quick-stamp.ts';
import { ordinaryPdf } from './quick-survey.ts';
import { type GreyBitmap, type Rendering, withRendering } from './render.ts';
import { DEFAULT_SCAN_OPTIONS, type ScannedSymbol, scanBitmap, scanDocument } from './scan.ts';
import { COMPARE_DPI, checkMarks } from './stamp-check.ts';
import { encodeSymbol, type SymbolEncoder, type SymbolMatrix } from './symbol.ts';
import { checkMatrix } from './symbol-check.ts';

export interface StampOptions {
  readonly encoder?: SymbolEncoder;
  /** Zone that the site reserved in its models, on page one as displayed. Used when it is blank, else one is searched. */
  readonly declaredZone?: ZoneMm;
  /** True when the site chose a cover page for documents without a free zone. */
  readonly coverPage?: boolean;
  /** Side of a module, at least 0.4 mm. */
  readonly moduleMm?: number;
  readonly limits?: PdfLimits;
  /** The marked document is drawn and its symbol read back in every case, not only now and then. */
  readonly readBack?: boolean;
}

export interface StampedPdf {
  readonly outcome: 'stamped';
  readonly bytes: Uint8Array;
  /** Where the banner stands, on page one as displayed. */
  readonly zone: ZoneMm;
  readonly coverPage: boolean;
  /** Pages, from 1, that had no free line for the traits (EXI DIF 02 asks them on every page). */
  readonly pagesWithoutTraits: readonly number[];
}

/** The document already carries a DataMatrix: to be verified by the caller, never given a second one. */
export interface AlreadyMarked {
  readonly outcome: 'already-marked';
  readonly symbols: readonly ScannedSymbol[];
}

/** ins.md 6.2: 0.35 to 0.5 mm prints safely. */
const MIN_MODULE_MM = 0.4;

/**
 * Draws the banner on the first page, and the traits on the others, of a raw PDF (EXI DIF 02, practice.md 13). Page
 * size, metadata and existing content stay as they are. Refused: broken, encrypted or signed documents, no free zone
 * and no cover page wanted, and any result whose symbol, read back from the marked page, is not the payload byte for
 * byte or whose pages look different outside the marks.
 */
export async function stampPdf(
  bytes: Uint8Array,
  banner: Banner,
  options: StampOptions = {},
): Promise<Result<StampedPdf | AlreadyMarked>> {
  const designed = await designBanner(banner, options);
  const quick = designed.ok ? await stampOrdinary(bytes, designed.value, options) : undefined;
  if (quick !== undefined) return ok(quick);
  const opened = await openPdf(bytes, options.limits);
  if (!opened.ok) return opened;
  const facts = factsOf(opened.value);
  if (!facts.ok) return facts;
  if (facts.value.signed) return refuse(pdfRules.pdfSigned);
  const passive = withoutActiveParts(facts.value);
  if (!passive.ok) return passive;
  if (!designed.ok) return designed;
  return withRendering<StampedPdf | AlreadyMarked>(bytes, async (before) => {
    const pages = await surveyPages(opened.value, before);
    if (!pages.ok) return pages;
    const symbols = pages.value.flatMap((page) => page.symbols);
    if (symbols.length > 0) return ok({ outcome: 'already-marked', symbols });
    return mark(opened.value, before, pages.value, designed.value, options);
  });
}

/** Undefined for a document that is not an ordinary one. */
async function stampOrdinary(
  bytes: Uint8Array,
  design: Design,
  options: StampOptions,
): Promise<StampedPdf | AlreadyMarked | undefined> {
  const pdf = ordinaryPdf(bytes, options.limits);
  const done = pdf === undefined ? undefined : await stampQuickly(pdf, design, options);
  if (done?.outcome !== 'marked') return done;
  const zone = done.places[0]?.zone;
  if (zone === undefined) return undefined;
  return {
    outcome: 'stamped',
    bytes: done.bytes,
    zone,
    coverPage: false,
    pagesWithoutTraits: done.places.flatMap((place, index) => (place === undefined ? [index + 1] : [])),
  };
}

/**
 * What a PDF that its application marks itself carries: it is read like one that we stamp, signature apart, and left as
 * it is (practice.md 13).
 */
export async function readMarks(bytes: Uint8Array, limits?: PdfLimits): Promise<Result<AlreadyMarked>> {
  const pdf = ordinaryPdf(bytes, limits);
  const quick = pdf === undefined ? undefined : await readMarksQuickly(pdf);
  if (quick !== undefined) return ok({ outcome: 'already-marked', symbols: quick });
  const facts = await inspectPdf(bytes, limits);
  if (!facts.ok) return facts;
  const passive = withoutActiveParts(facts.value);
  if (!passive.ok) return passive;
  const scan = await scanDocument(bytes, 'application/pdf', limits === undefined ? {} : { limits });
  return scan.ok ? ok({ outcome: 'already-marked', symbols: scan.value.symbols }) : scan;
}

/** Refuses what would act on the reader's machine, in the words of the refusal. */
function withoutActiveParts({ javascript, launch, embeddedFiles }: PdfFacts): Result<true> {
  const parts = [
    ...(javascript ? ['JavaScript'] : []),
    ...(launch ? ['action de lancement'] : []),
    ...(embeddedFiles ? ['fichier joint'] : []),
  ];
  return parts.length === 0 ? ok(true) : refuse(pdfRules.pdfActive, { detail: parts.join(', ') });
}

async function designBanner(banner: Banner, options: StampOptions): Promise<Result<Design>> {
  const lines = bannerLines(banner);
  if (!lines.ok) return lines;
  const strip = (widthMm: number) => drawStrip(traitsLine(banner), widthMm);
  if (banner.kind === 'traits')
    return printable({ banner: (width) => drawBanner(lines.value, undefined, width), strip });
  const symbol: Result<SymbolMatrix> = (options.encoder ?? encodeSymbol)(banner.payload);
  if (!symbol.ok) return symbol;
  const readable = await checkMatrix(symbol.value, banner.payload);
  if (!readable.ok) return readable;
  const drawn = { matrix: symbol.value, moduleMm: Math.max(MIN_MODULE_MM, options.moduleMm ?? MIN_MODULE_MM) };
  const draw = (widthMm: number) => drawBanner(lines.value, drawn, widthMm);
  return printable({ banner: draw, strip, payload: banner.payload });
}

function printable({ payload, ...drawn }: Design): Result<Design> {
  const design = { banner: drawnOnce(drawn.banner), strip: drawnOnce(drawn.strip) };
  const widest = [design.banner(Math.max(...BANNER_WIDTHS)), design.strip(Math.max(...STRIP_WIDTHS))];
  if (widest.some((drawing) => drawing === undefined)) return refuse(pdfRules.bannerNotPrintable);
  return ok(payload === undefined ? design : { ...design, payload });
}

function drawnOnce(draw: DrawAtWidth): DrawAtWidth {
  const drawings = new Map<number, ReturnType<DrawAtWidth>>();
  return (widthMm) => {
    if (!drawings.has(widthMm)) drawings.set(widthMm, draw(widthMm));
    return drawings.get(widthMm);
  };
}

interface SurveyedPage {
  readonly page: PDFPage;
  readonly occupancy: Occupancy;
  readonly symbols: readonly ScannedSymbol[];
}

/** Looks at every page for free space, and at the first ones for a DataMatrix. */
async function surveyPages(document: PDFDocument, before: Rendering): Promise<Result<readonly SurveyedPage[]>> {
  const pages = document.getPages();
  if (pages.length !== before.pageCount) return refuse(pdfRules.pdfUnreadable, { detail: 'nombre de pages' });
  const surveyed: SurveyedPage[] = [];
  for (const [index, page] of pages.entries()) {
    const scanned = index < DEFAULT_SCAN_OPTIONS.maxPages;
    const drawn: Result<GreyBitmap> = before.draw(index, scanned ? DEFAULT_SCAN_OPTIONS.dpi : COMPARE_DPI);
    if (!drawn.ok) return drawn;
    surveyed.push({
      page,
      occupancy: occupancy(drawn.value, annotationZones(page, pageGeometry(page))),
      symbols: scanned ? await scanBitmap(drawn.value, index + 1) : [],
    });
  }
  return ok(surveyed);
}

/** A page of the marked document, and what is drawn on it. */
interface MarkedPage {
  readonly page: PDFPage;
  readonly place?: Place;
  /** Index in the document as received; absent for the cover page. */
  readonly original?: number;
}

async function mark(
  document: PDFDocument,
  before: Rendering,
  surveyed: readonly SurveyedPage[],
  design: Design,
  options: StampOptions,
): Promise<Result<StampedPdf>> {
  const pages = planMarks(document, surveyed, design, options);
  const zone = pages?.[0]?.place?.zone;
  if (pages === undefined || zone === undefined) return refuse(pdfRules.noFreeZone);
  drawMarks(document, pages);
  const bytes = await document.save({
    // Object streams came with PDF 1.5 and are forbidden in PDF/A-1 (6.1.4).
    useObjectStreams: false,
    addDefaultPage: false,
    updateFieldAppearances: false,
    objectsPerTick: Number.POSITIVE_INFINITY,
  });
  const checked = await withRendering(bytes, (after) => checkMarks(before, after, pages, design.payload));
  if (!checked.ok) return checked;
  const pagesWithoutTraits = pages.flatMap((page, index) => (page.place === undefined ? [index + 1] : []));
  return ok({ outcome: 'stamped', bytes, zone, coverPage: pages[0]?.original === undefined, pagesWithoutTraits });
}

/** Undefined when there is no place for the banner. Adds the cover page to the document where one is needed. */
function planMarks(
  document: PDFDocument,
  surveyed: readonly SurveyedPage[],
  design: Design,
  options: StampOptions,
): readonly MarkedPage[] | undefined {
  const [first] = surveyed;
  if (first === undefined) return undefined;
  const received = surveyed.map(({ page, occupancy }, original) => ({ page, occupancy, original }));
  const banner = placeBanner(first.occupancy, design.banner, options.declaredZone);
  const strips = (pages: typeof received): MarkedPage[] =>
    pages.map(({ page, occupancy, original }) => {
      const place = placeStrip(occupancy, design.strip);
      return place === undefined ? { page, original } : { page, original, place };
    });
  if (banner !== undefined) return [{ page: first.page, place: banner, original: 0 }, ...strips(received.slice(1))];
  if (options.coverPage !== true) return undefined;
  const size = pageGeometry(first.page);
  const place = placeOnCover(size, design.banner);
  if (place === undefined) return undefined;
  const cover = document.insertPage(0, [size.widthMm * POINTS_PER_MM, size.heightMm * POINTS_PER_MM]);
  return [{ page: cover, place }, ...strips(received)];
}

function drawMarks(document: PDFDocument, pages: readonly MarkedPage[]): void {
  const marker = pageMarker(document);
  const forms = new Map<string, PDFRef>();
  for (const { page, place } of pages) {
    if (place === undefined) continue;
    const { operators } = place.drawing;
    const form = forms.get(operators) ?? marker.add(place.drawing);
    forms.set(operators, form);
    marker.place(page, form, place.zone);
  }
}
