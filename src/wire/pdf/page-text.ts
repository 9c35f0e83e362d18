/** The characters of a page, as PDFium reads them. */
import { callOf, type Pdfium } from './pdfium-calls.ts';

/** A page of small print has some ten thousand. */
const MOST_CHARACTERS = 200_000;

/** In the order of the contents; what has no character is left out. `page`: handle of an open page. */
export function pageText(pdfium: Pdfium, page: number): string {
  const call = callOf(pdfium);
  const text = call('FPDFText_LoadPage')(page);
  if (text === 0) return '';
  try {
    const [count, unicode] = [call('FPDFText_CountChars')(text), call('FPDFText_GetUnicode')];
    const codes = Array.from({ length: Math.min(Math.max(count, 0), MOST_CHARACTERS) }, (_, index) =>
      unicode(text, index),
    );
    return codes.map((code) => (code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : '')).join('');
  } finally {
    call('FPDFText_ClosePage')(text);
  }
}
