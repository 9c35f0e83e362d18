/** A document as received and as it leaves, each against PDF/A-1b, and what lies between them: pages, text, look. */
import { ok, type Result } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { KeptBytes } from '../store/kept.ts';
import { levelOneContent } from '../wire/cda/content.ts';
import { createStamper } from '../wire/pdf/isolated-stamp.ts';
import type { PdfAReport } from '../wire/pdf/pdfa/check.ts';
import type { PdfComparison } from '../wire/pdf/pdfa/compare.ts';
import { formOf } from './forms.ts';

interface PdfForms {
  /** Absent when what was received is not a PDF (a text, a picture). */
  readonly original?: PdfAReport;
  /** Absent until the document is prepared, and for a received CDA, which leaves as it is. */
  readonly prepared?: PdfAReport;
  /** The marks count: banner and DataMatrix are characters and pixels of the prepared form. */
  readonly comparison?: PdfComparison;
}

/** Read in a thread of its own, as the preparation does. Empty for a document that holds no PDF; refused when it was purged. */
export async function pdfForms(db: Db, document: DocumentRecord, kept?: KeptBytes): Promise<Result<PdfForms>> {
  const received = await formOf(db, document, 'original', kept);
  if (!received.ok) return received;
  const before = pdfOf(received.value);
  const leaving = document.kind === 'raw' ? await formOf(db, document, 'prepared', kept) : undefined;
  const after = leaving?.ok === true ? pdfOf(leaving.value) : undefined;
  if (before === undefined && after === undefined) return ok({});
  const reader = createStamper();
  try {
    const original = before && (await reader.checkPdfA(before));
    const prepared = after && (await reader.checkPdfA(after));
    if (original?.ok === false) return original;
    if (prepared?.ok === false) return prepared;
    const comparison = before && after && (await reader.compare(before, after));
    if (comparison?.ok === false) return comparison;
    return ok({
      ...(original && { original: original.value }),
      ...(prepared && { prepared: prepared.value }),
      ...(comparison && { comparison: comparison.value }),
    });
  } finally {
    await reader.close();
  }
}

/** The PDF itself, or the one inside a level 1 CDA. */
function pdfOf({ mimeType, bytes }: { readonly mimeType: string; readonly bytes: Buffer }): Buffer | undefined {
  if (mimeType === 'application/pdf') return bytes;
  const content = mimeType === 'text/xml' ? levelOneContent(bytes) : undefined;
  return content?.mediaType === 'application/pdf' ? content.bytes : undefined;
}
