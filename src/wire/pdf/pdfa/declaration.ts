import { type PDFDocument, PDFName, PDFRawStream } from '@cantoo/pdf-lib';
import { text, withXml, XmlRefused } from '../../xml/xml.ts';
import { decodeBounded } from '../bounded-stream.ts';

/** What the document says of itself; nothing here proves that it conforms. */
export interface PdfADeclaration {
  /** 1 to 4. */
  readonly part: number;
  /** `A`, `B`, `U`…; absent in part 4. */
  readonly conformance?: string;
}

const NAMESPACES = { pdfaid: 'http://www.aiim.org/pdfa/ns/id/' };
/** Real XMP packets are a few KB; a larger one is not read. */
const MAX_XMP_BYTES = 4 * 1024 * 1024;

/** The PDF/A declaration of the XMP metadata (ISO 19005-1, 6.7.11), undefined when there is none that can be read. */
export function pdfADeclaration(document: PDFDocument): PdfADeclaration | undefined {
  const metadata = document.catalog.lookup(PDFName.of('Metadata'));
  const xmp = metadata instanceof PDFRawStream ? decodeBounded(metadata, MAX_XMP_BYTES) : undefined;
  if (xmp === undefined) return undefined;
  try {
    return withXml(xmp, declarationOf, { maxBytes: MAX_XMP_BYTES });
  } catch (error) {
    if (error instanceof XmlRefused) return undefined;
    throw error;
  }
}

function declarationOf(root: Parameters<typeof text>[0]): PdfADeclaration | undefined {
  // XMP may write a simple property as an element or as an attribute of rdf:Description.
  const part = Number(text(root, '//pdfaid:part | //@pdfaid:part', NAMESPACES));
  const conformance = text(root, '//pdfaid:conformance | //@pdfaid:conformance', NAMESPACES);
  if (!Number.isInteger(part) || part < 1) return undefined;
  return conformance === undefined ? { part } : { part, conformance: conformance.toUpperCase() };
}

/** True when the document names a PDF/A output intent, without which PDF/A-1 forbids device colours (6.2.3.3). */
export function hasPdfAOutputIntent(document: PDFDocument): boolean {
  return String(document.catalog.lookup(PDFName.of('OutputIntents'))) !== 'undefined';
}
