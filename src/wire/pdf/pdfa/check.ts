/**
 * Looks for what PDF/A-1b (ISO 19005-1:2005, corrigenda 1 and 2) forbids or requires. Each finding names its clause. It is
 * not a validator: no reference one was available to compare with, and docs/fr/pdfa.md says what is not looked at. A
 * document without findings has none of the faults that are listed here, nothing more.
 */
import { PDFArray, PDFDict, type PDFDocument, PDFName, type PDFObject, PDFRawStream, PDFStream } from '@cantoo/pdf-lib';
import { ok, type Result } from '../../../rules/rule.ts';
import { factsOf } from '../inspect.ts';
import { openPdf, type PdfLimits } from '../open.ts';
import { checkColours } from './colours.ts';
import { pdfADeclaration } from './declaration.ts';
import { checkFile } from './file.ts';
import { entry, type Finding, flag, type Report, valuesOf } from './findings.ts';
import { checkFont } from './fonts.ts';
import { checkGraphicsState, checkGroup, checkImage } from './graphics.ts';
import { checkAction, checkAnnotation, checkCatalog } from './interactive.ts';

export interface PdfAReport {
  /** As the document says; absent when it does not declare itself PDF/A. */
  readonly declared?: string;
  /** By clause, each once. Empty: nothing found against PDF/A-1b. */
  readonly findings: readonly Finding[];
  readonly pageCount: number;
  readonly bytes: number;
  readonly signed: boolean;
}

/** A document may repeat one fault thousands of times; each is told once, and this many at most. */
const MOST_FINDINGS = 100;

/** Refused: what cannot be read at all (`openPdf`), encrypted documents included. */
export async function checkPdfA(bytes: Uint8Array, limits?: PdfLimits): Promise<Result<PdfAReport>> {
  const opened = await openPdf(bytes, limits);
  if (!opened.ok) return opened;
  const facts = factsOf(opened.value);
  if (!facts.ok) return facts;
  const { pdfA, pageCount, signed } = facts.value;
  const findings = findingsOf(opened.value, bytes);
  const declared =
    pdfA === undefined ? {} : { declared: `PDF/A-${pdfA.part}${(pdfA.conformance ?? '').toLowerCase()}` };
  return ok({ ...declared, findings, pageCount, bytes: bytes.length, signed });
}

function findingsOf(document: PDFDocument, bytes: Uint8Array): Finding[] {
  const found = new Map<string, Finding>();
  const report: Report = (clause, text) => {
    if (found.size < MOST_FINDINGS) found.set(`${clause} ${text}`, { clause, text });
  };
  checkFile(document, bytes, report);
  checkDeclaration(document, report);
  checkCatalog(document, report);
  // Every object, referenced or not, as `content-facts.ts`: what no page reaches today may be reached tomorrow.
  for (const [, object] of document.context.enumerateIndirectObjects()) visit(object, report);
  checkColours(document, report);
  return [...found.values()].sort((a, b) => a.clause.localeCompare(b.clause, 'en', { numeric: true }));
}

function checkDeclaration(document: PDFDocument, report: Report): void {
  const metadata = entry(document.catalog, 'Metadata');
  if (!(metadata instanceof PDFRawStream)) report('6.7.2', 'aucune métadonnée XMP');
  else if (metadata.dict.has(PDFName.of('Filter'))) report('6.7.2', 'métadonnées XMP compressées');
  const declared = pdfADeclaration(document);
  if (declared === undefined) report('6.7.11', 'le document ne se déclare pas PDF/A');
  else if (declared.part !== 1) report('6.7.11', `le document se déclare PDF/A-${declared.part}, et non PDF/A-1`);
  else if (!/^[AB]$/.test(declared.conformance ?? '')) report('6.7.11', 'niveau de conformité autre que A ou B');
}

/** Direct children only: an indirect one is visited by itself, so that no cycle is possible. */
function visit(object: PDFObject, report: Report): void {
  if (object instanceof PDFArray) for (const item of object.asArray()) visit(item, report);
  const dict = object instanceof PDFStream ? object.dict : object;
  if (!(dict instanceof PDFDict)) return;
  if (object instanceof PDFStream) checkStream(dict, report);
  checkDictionary(dict, report);
  for (const [, value] of dict.entries()) visit(value, report);
}

function checkStream(dict: PDFDict, report: Report): void {
  for (const key of ['F', 'FFilter', 'FDecodeParms'])
    if (dict.has(PDFName.of(key))) report('6.1.7', 'flux dont les données sont dans un autre fichier');
  if (valuesOf(entry(dict, 'Filter')).some((filter) => String(filter) === '/LZWDecode'))
    report('6.1.10', 'compression LZW');
  if (flag(dict, 'Subtype', '/Image')) checkImage(dict, report);
  if (flag(dict, 'Subtype', '/PS')) report('6.2.7', 'objet PostScript');
  if (flag(dict, 'Subtype', '/Form')) {
    if (dict.has(PDFName.of('OPI'))) report('6.2.5', 'formulaire graphique avec OPI');
    if (dict.has(PDFName.of('PS')) || flag(dict, 'Subtype2', '/PS')) report('6.2.5', 'formulaire graphique PostScript');
    if (dict.has(PDFName.of('Ref'))) report('6.2.6', 'objet de référence à un autre document');
  }
}

function checkDictionary(dict: PDFDict, report: Report): void {
  if (dict.has(PDFName.of('EF'))) report('6.1.11', 'fichier incorporé');
  if (dict.has(PDFName.of('EmbeddedFiles'))) report('6.1.11', 'liste de fichiers incorporés');
  checkGroup(dict, report);
  checkAction(dict, report);
  if (flag(dict, 'Type', '/ExtGState')) checkGraphicsState(dict, report);
  if (flag(dict, 'Type', '/Font')) checkFont(dict, report);
  if (isAnnotation(dict)) checkAnnotation(dict, report);
  // Those of resources need not say their type.
  for (const state of named(dict, 'ExtGState')) checkGraphicsState(state, report);
  for (const font of named(dict, 'Font')) checkFont(font, report);
}

function isAnnotation(dict: PDFDict): boolean {
  return flag(dict, 'Type', '/Annot') || (dict.has(PDFName.of('Rect')) && dict.has(PDFName.of('Subtype')));
}

/** The dictionaries that a resource category names. */
function named(dict: PDFDict, category: string): PDFDict[] {
  const list = entry(dict, category);
  return list instanceof PDFDict
    ? list.keys().flatMap((key) => {
        const value = list.lookup(key);
        return value instanceof PDFDict ? [value] : [];
      })
    : [];
}
