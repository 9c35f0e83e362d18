import { PDFArray, PDFDict, type PDFDocument, PDFName, type PDFObject, PDFStream } from '@cantoo/pdf-lib';

/** What a PDF holds besides pages. */
export interface ContentFacts {
  /** A signature, or a field waiting for one. */
  readonly signed: boolean;
  readonly javascript: boolean;
  /** An action that starts a program. */
  readonly launch: boolean;
  readonly embeddedFiles: boolean;
}

type Found = { -readonly [Fact in keyof ContentFacts]: boolean };

const NAMES = {
  s: PDFName.of('S'),
  js: PDFName.of('JS'),
  javascript: PDFName.of('JavaScript'),
  launch: PDFName.of('Launch'),
  embeddedFile: PDFName.of('EF'),
  embeddedFiles: PDFName.of('EmbeddedFiles'),
  byteRange: PDFName.of('ByteRange'),
  fieldType: PDFName.of('FT'),
  signature: PDFName.of('Sig'),
  signatureFlags: PDFName.of('SigFlags'),
  permissions: PDFName.of('Perms'),
};

/** Reads every object of the document, referenced or not: an object that no page reaches today may be reached tomorrow. */
export function contentFacts(document: PDFDocument): ContentFacts {
  const found: Found = { signed: false, javascript: false, launch: false, embeddedFiles: false };
  for (const [, object] of document.context.enumerateIndirectObjects()) visit(object, found);
  return found;
}

/** Direct children only: an indirect one is visited by itself, so that no cycle is possible. */
function visit(object: PDFObject, found: Found): void {
  if (object instanceof PDFArray) for (const item of object.asArray()) visit(item, found);
  const dict = object instanceof PDFStream ? object.dict : object;
  if (!(dict instanceof PDFDict)) return;
  judge(dict, found);
  for (const [, value] of dict.entries()) visit(value, found);
}

function judge(dict: PDFDict, found: Found): void {
  const action = dict.lookup(NAMES.s);
  if (action === NAMES.javascript || dict.has(NAMES.js)) found.javascript = true;
  if (action === NAMES.launch) found.launch = true;
  if (dict.has(NAMES.embeddedFile) || dict.has(NAMES.embeddedFiles)) found.embeddedFiles = true;
  const signature =
    dict.has(NAMES.byteRange) ||
    dict.lookup(NAMES.fieldType) === NAMES.signature ||
    dict.has(NAMES.permissions) ||
    (dict.has(NAMES.signatureFlags) && String(dict.lookup(NAMES.signatureFlags)) !== '0');
  if (signature) found.signed = true;
}
