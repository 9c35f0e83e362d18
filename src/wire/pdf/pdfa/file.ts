/** Clauses 6.1.2 to 6.1.4: the file itself. */
import type { PDFDocument } from '@cantoo/pdf-lib';
import type { Report } from './findings.ts';

/** Between the last `%%EOF` and the end: a line break only. */
const END = /%%EOF(?:\r\n?|\n)?$/;
const WINDOW = 64;

export function checkFile(document: PDFDocument, bytes: Uint8Array, report: Report): void {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = file.toString('latin1', 0, WINDOW);
  if (!/^%PDF-1\.\d/.test(head)) report('6.1.2', 'l’en-tête %PDF-1.n n’est pas au premier octet du fichier');
  if (!/^[^\r\n]*(?:\r\n?|\n)%[\x80-\xff]{4}/.test(head))
    report('6.1.2', 'l’en-tête n’est pas suivi d’un commentaire de quatre octets binaires');
  const { ID, Encrypt } = document.context.trailerInfo;
  if (ID === undefined) report('6.1.3', 'aucun identifiant de fichier (ID)');
  if (Encrypt !== undefined) report('6.1.3', 'document chiffré');
  if (!END.test(file.toString('latin1', Math.max(0, file.length - WINDOW))))
    report('6.1.3', 'données après la fin du fichier');
  // PDF 1.4 knows neither: the table is in plain text, the objects one by one.
  if (/\/Type\s*\/XRef\b/.test(lastReference(file))) report('6.1.4', 'table des références compressée (PDF 1.5)');
  if (file.includes('/ObjStm')) report('6.1.4', 'objets rangés dans un flux (PDF 1.5)');
}

/** What `startxref` points to. */
function lastReference(file: Buffer): string {
  const at = file.lastIndexOf('startxref');
  const offset = Number(/^startxref\s+(\d+)/.exec(file.toString('latin1', at, at + WINDOW))?.[1] ?? file.length);
  return file.toString('latin1', offset, offset + 1_024);
}
