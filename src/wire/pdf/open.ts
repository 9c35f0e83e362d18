import { PDFDocument } from '@cantoo/pdf-lib';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { guardParser } from './parser-guard.ts';

export interface PdfLimits {
  /** Largest accepted file, bytes. */
  readonly maxBytes: number;
  readonly maxPages: number;
}

/** 48 MB is what a 64 MB HL7 frame can carry in base64. */
export const DEFAULT_PDF_LIMITS: PdfLimits = { maxBytes: 48 * 1024 * 1024, maxPages: 500 };

/** Where readers look for `%PDF-` and `%%EOF` (ISO 32000-1, annex H.3.4). */
const MARKER_WINDOW = 1024;

/**
 * Parses a PDF that comes from outside. Nothing in it is changed, not even its metadata. Refused: not a PDF, cut short,
 * without pages, encrypted, or beyond the limits.
 */
export async function openPdf(bytes: Uint8Array, limits: PdfLimits = DEFAULT_PDF_LIMITS): Promise<Result<PDFDocument>> {
  if (bytes.length > limits.maxBytes) return refuse(pdfRules.pdfTooLarge, { detail: `${bytes.length} octets` });
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!text.subarray(0, MARKER_WINDOW).includes('%PDF-')) {
    return refuse(pdfRules.pdfUnreadable, { detail: 'en-tête PDF absent' });
  }
  if (!text.subarray(-MARKER_WINDOW).includes('%%EOF')) {
    return refuse(pdfRules.pdfUnreadable, { detail: 'fin de fichier absente' });
  }
  const document = await parse(bytes);
  if (document === undefined) return refuse(pdfRules.pdfUnreadable, { detail: 'structure illisible' });
  if (document.isEncrypted) return refuse(pdfRules.pdfEncrypted);
  const pages = countPages(document);
  if (pages === 0) return refuse(pdfRules.pdfUnreadable, { detail: 'aucune page' });
  if (pages > limits.maxPages) return refuse(pdfRules.pdfTooLarge, { detail: `${pages} pages` });
  return ok(document);
}

async function parse(bytes: Uint8Array): Promise<PDFDocument | undefined> {
  guardParser();
  try {
    return await PDFDocument.load(bytes, {
      ignoreEncryption: true,
      // Left alone, the parser skips what it cannot read, and saving would lose it.
      throwOnInvalidObject: true,
      updateMetadata: false,
      preserveXFA: true,
      parseSpeed: Number.POSITIVE_INFINITY,
    });
  } catch {
    // Whatever the parser met in these foreign bytes, the outcome is the same: they are not a PDF that can be read.
    return undefined;
  }
}

function countPages(document: PDFDocument): number {
  try {
    return document.getPageCount();
  } catch {
    return 0;
  }
}
