/** Clause 6.3: every font is in the document, and says which glyph is which. */
import { PDFDict, PDFName, PDFStream } from '@cantoo/pdf-lib';
import { entry, flag, type Report, shownName, valuesOf } from './findings.ts';

const PROGRAMS = ['FontFile', 'FontFile2', 'FontFile3'];
/** Predefined CMaps that need not be in the document (6.3.3.3). */
const IDENTITY = /^\/Identity-[HV]$/;
const SUBSET = /^[A-Z]{6}\+/;

export function checkFont(font: PDFDict, report: Report): void {
  const kind = String(entry(font, 'Subtype'));
  const name = shownName(entry(font, 'BaseFont'));
  if (kind === '/Type0') checkComposite(font, name, report);
  // The glyphs of a Type 3 are drawings of the document; a CIDFont is looked at with its Type 0.
  else if (kind !== '/Type3' && !kind.startsWith('/CIDFont')) checkSimple(font, kind, name, report);
}

function checkSimple(font: PDFDict, kind: string, name: string, report: Report): void {
  const descriptor = entry(font, 'FontDescriptor');
  if (!(descriptor instanceof PDFDict) || !hasProgram(descriptor)) report('6.3.4', `police non incorporée : ${name}`);
  else if (kind === '/TrueType') checkEncoding(font, descriptor, name, report);
  else if (kind === '/Type1' && SUBSET.test(name) && !descriptor.has(PDFName.of('CharSet')))
    report('6.3.5', `sous-ensemble sans liste de caractères (CharSet) : ${name}`);
}

function hasProgram(descriptor: unknown): boolean {
  return descriptor instanceof PDFDict && PROGRAMS.some((key) => entry(descriptor, key) instanceof PDFStream);
}

function checkComposite(font: PDFDict, name: string, report: Report): void {
  const encoding = entry(font, 'Encoding');
  if (!(encoding instanceof PDFStream) && !IDENTITY.test(String(encoding)))
    report('6.3.3.3', `table de caractères (CMap) non incorporée : ${name}`);
  for (const descendant of valuesOf(entry(font, 'DescendantFonts'))) {
    if (!(descendant instanceof PDFDict)) continue;
    const descriptor = entry(descendant, 'FontDescriptor');
    if (!hasProgram(descriptor)) report('6.3.4', `police non incorporée : ${name}`);
    if (flag(descendant, 'Subtype', '/CIDFontType2') && entry(descendant, 'CIDToGIDMap') === undefined)
      report('6.3.3.2', `correspondance des glyphes (CIDToGIDMap) absente : ${name}`);
    if (SUBSET.test(name) && !(descriptor instanceof PDFDict && entry(descriptor, 'CIDSet') instanceof PDFStream))
      report('6.3.5', `sous-ensemble sans liste de glyphes (CIDSet) : ${name}`);
  }
}

const SYMBOLIC = 4;

/** 6.3.7: the encoding of a symbolic font is in the font; that of another one is one of two. */
function checkEncoding(font: PDFDict, descriptor: PDFDict, name: string, report: Report): void {
  const encoding = entry(font, 'Encoding');
  const symbolic = (Number(String(entry(descriptor, 'Flags'))) & SYMBOLIC) !== 0;
  const base = encoding instanceof PDFDict ? entry(encoding, 'BaseEncoding') : encoding;
  if (symbolic && encoding !== undefined) report('6.3.7', `police symbolique avec un codage (Encoding) : ${name}`);
  else if (!symbolic && !/^\/(?:MacRoman|WinAnsi)Encoding$/.test(String(base)))
    report('6.3.7', `police non symbolique sans codage MacRoman ou WinAnsi : ${name}`);
}
