import { type PDFDocument, PDFName } from '@cantoo/pdf-lib';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { type ContentFacts, contentFacts } from './content-facts.ts';
import { openPdf, type PdfLimits } from './open.ts';
import { type PageGeometry, pageGeometry } from './page-geometry.ts';
import { type PdfADeclaration, pdfADeclaration } from './pdfa/declaration.ts';

/** What there is to know of a received PDF before anything is done with it. */
export interface PdfFacts extends ContentFacts {
  /** For example `1.4`. */
  readonly version: string;
  readonly pageCount: number;
  /** First page as displayed, mm; rotation in degrees clockwise, already applied to the size. */
  readonly firstPage: { readonly widthMm: number; readonly heightMm: number; readonly rotation: 0 | 90 | 180 | 270 };
  /** Absent when the document does not declare itself PDF/A. */
  readonly pdfA?: PdfADeclaration;
}

/** Facts of a PDF. Refused when it is broken, cut short, encrypted or beyond the limits; a signature is a fact. */
export async function inspectPdf(bytes: Uint8Array, limits?: PdfLimits): Promise<Result<PdfFacts>> {
  const opened = await openPdf(bytes, limits);
  return opened.ok ? factsOf(opened.value) : opened;
}

/** Facts of a parsed PDF; refused when its first page or its metadata cannot be read. */
export function factsOf(document: PDFDocument): Result<PdfFacts> {
  try {
    const { widthMm, heightMm, rotation }: PageGeometry = pageGeometry(document.getPage(0));
    const pdfA = pdfADeclaration(document);
    return ok({
      version: versionOf(document),
      pageCount: document.getPageCount(),
      firstPage: { widthMm, heightMm, rotation },
      ...(pdfA === undefined ? {} : { pdfA }),
      ...contentFacts(document),
    });
  } catch {
    // pdf-lib throws on what it finds malformed while reading: foreign bytes, hence a refusal.
    return refuse(pdfRules.pdfUnreadable, { detail: 'première page ou objets illisibles' });
  }
}

/** The catalog's version wins over the header when present (ISO 32000-1, 7.5.2). */
function versionOf(document: PDFDocument): string {
  const declared = document.catalog.lookup(PDFName.of('Version'));
  if (declared instanceof PDFName) return declared.decodeText();
  return /%PDF-(\d\.\d)/.exec(document.context.header.toString())?.[1] ?? '1.4';
}
