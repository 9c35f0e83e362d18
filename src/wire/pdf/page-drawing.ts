import {
  PDFArray,
  PDFDict,
  type PDFDocument,
  PDFName,
  type PDFObject,
  type PDFPage,
  type PDFRef,
} from '@cantoo/pdf-lib';
import type { Drawing } from './banner-drawing.ts';
import { openSans } from './font.ts';
import { displayed, type PageGeometry, POINTS_PER_MM, pageGeometry, placement, type ZoneMm } from './page-geometry.ts';
import { hasPdfAOutputIntent, pdfADeclaration } from './pdfa/declaration.ts';

const RESOURCES = PDFName.of('Resources');
const XOBJECT = PDFName.of('XObject');
const CONTENTS = PDFName.of('Contents');

/** Adds drawings to the pages of one document. Each drawing is written once, however many pages show it. */
export interface PageMarker {
  readonly add: (drawing: Drawing) => PDFRef;
  /** Draws it over the page, upright as displayed, without touching what the page already holds. */
  readonly place: (page: PDFPage, form: PDFRef, zone: ZoneMm) => void;
}

/** Prepares a document: fonts and colour are shared by all its drawings. */
export function pageMarker(document: PDFDocument): PageMarker {
  const { context } = document;
  const fonts = { F0: openSans('regular').embed(context), F1: openSans('semibold').embed(context) };
  const black = blackOf(document);
  const save = context.register(context.stream('q'));
  return {
    add: (drawing) => {
      const size = [0, 0, drawing.widthMm * POINTS_PER_MM, drawing.heightMm * POINTS_PER_MM];
      const form = context.flateStream(`${black.operators}\n${drawing.operators}`, {
        Type: 'XObject',
        Subtype: 'Form',
        BBox: size,
        Resources: { Font: fonts, ...black.resources },
      });
      return context.register(form);
    },
    place: (page, form, zone) => {
      const name = addXObject(document, page, form);
      const drawn = context.register(context.stream(markOperators(pageGeometry(page), zone, String(name))));
      page.node.set(CONTENTS, context.obj([save, ...contentsOf(page), drawn]));
    },
  };
}

/** Draws a form in its zone, after a page content that began with a `q` of ours. */
export function markOperators(page: PageGeometry, zone: ZoneMm, name: string): string {
  const matrix = placement(page, zone).map((value) => Math.round(value * 1000) / 1000);
  // Outside the logical structure of a tagged document, as page headers are (ISO 32000-1, 14.8.2.2).
  return `Q\n/Artifact BMC\nq ${matrix.join(' ')} cm ${name} Do Q\nEMC`;
}

/** Operators that set black, and what they need among the resources, as text. */
export const DEVICE_BLACK = { operators: '0 g 0 G', resources: '' };

/** PDF/A-1 allows device colours only with an output intent; without one the grey is a calibrated one (6.2.3). */
function blackOf(document: PDFDocument): { operators: string; resources: Record<string, Record<string, PDFRef>> } {
  if (pdfADeclaration(document) === undefined || hasPdfAOutputIntent(document)) {
    return { ...DEVICE_BLACK, resources: {} };
  }
  const { context } = document;
  const grey = context.register(context.obj(['CalGray', context.obj({ WhitePoint: [0.9505, 1, 1.089] })]));
  return { operators: '/C0 cs 0 sc /C0 CS 0 SC', resources: { ColorSpace: { C0: grey } } };
}

/** The streams of the page, in order; an array may be shared by several pages, so it is copied. */
function contentsOf(page: PDFPage): PDFObject[] {
  const contents = page.node.get(CONTENTS);
  const resolved = page.node.lookup(CONTENTS);
  if (resolved instanceof PDFArray) return resolved.asArray();
  return contents === undefined || resolved === undefined ? [] : [contents];
}

/** Registers the form in resources of the page's own: they may be inherited or shared with pages left alone. */
function addXObject(document: PDFDocument, page: PDFPage, form: PDFRef): PDFName {
  const { context } = document;
  const inherited = page.node.getInheritableAttribute(RESOURCES);
  const shared = inherited === undefined ? undefined : context.lookup(inherited, PDFDict);
  const resources = shared === undefined ? context.obj({}) : shared.clone(context);
  const known = resources.lookupMaybe(XOBJECT, PDFDict);
  const xobjects = known === undefined ? context.obj({}) : known.clone(context);
  let name = PDFName.of('TraitDUnion');
  for (let attempt = 1; xobjects.has(name); attempt++) name = PDFName.of(`TraitDUnion${attempt}`);
  xobjects.set(name, form);
  resources.set(XOBJECT, xobjects);
  page.node.set(RESOURCES, resources);
  return name;
}

/** Zones of the page, as displayed, held by annotations: fields to fill in, links, stamps. */
export function annotationZones(page: PDFPage, geometry: PageGeometry): readonly ZoneMm[] {
  const annotations = page.node.Annots()?.asArray() ?? [];
  return annotations.flatMap((entry) => {
    const annotation = page.doc.context.lookup(entry);
    if (!(annotation instanceof PDFDict) || annotation.lookup(PDFName.of('Subtype')) === PDFName.of('Popup')) return [];
    const rectangle = annotation.lookup(PDFName.of('Rect'));
    if (!(rectangle instanceof PDFArray) || rectangle.size() !== 4) return [];
    const { x, y, width, height } = rectangle.asRectangle();
    return [displayed(geometry, [x, y, x + width, y + height])];
  });
}
