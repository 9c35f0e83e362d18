/** A text or a picture as a PDF, where the site wants its banner on every document. Nothing is decoded: PDF has their codecs. */
import { PDFDocument } from '@cantoo/pdf-lib';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { jpegHeader } from '../pdf/image.ts';
import { renderText } from '../pdf/text-pages.ts';
import { tiffToPdf } from './tiff-to-pdf.ts';

/** The PDF of a raw document. Refused: what cannot be drawn faithfully. */
export async function toPdf(mimeType: string, bytes: Buffer, title: string): Promise<Result<Uint8Array>> {
  switch (mimeType) {
    case 'text/plain':
      return renderText(bytes, title);
    case 'image/jpeg':
      return jpegToPdf(bytes, title);
    case 'image/tiff':
      return tiffToPdf(bytes, title);
    default:
      return refuse(pdfRules.notConvertible, { detail: mimeType });
  }
}

const POINTS_PER_INCH = 72;
/** Of a picture that says none: that of a fax or of a scanner by default. */
const DEFAULT_DPI = 200;

async function jpegToPdf(bytes: Buffer, title: string): Promise<Result<Uint8Array>> {
  const header = jpegHeader(bytes);
  if (header === undefined) return refuse(pdfRules.imageUnreadable);
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(title);
  try {
    const image = await document.embedJpg(bytes);
    const scale = POINTS_PER_INCH / (header.dpi ?? DEFAULT_DPI);
    const [width, height] = [header.width * scale, header.height * scale];
    document.addPage([width, height]).drawImage(image, { x: 0, y: 0, width, height });
  } catch {
    // The library throws plain errors on a header that it does not read.
    return refuse(pdfRules.imageUnreadable);
  }
  return ok(await document.save({ useObjectStreams: false }));
}
