/** What the checks of a PDF/A share. */
import { PDFArray, type PDFDict, PDFName, type PDFObject } from '@cantoo/pdf-lib';

export interface Finding {
  /** Clause of ISO 19005-1. */
  readonly clause: string;
  /** French, for whoever sets up the application that made the document. No text of the document is in it. */
  readonly text: string;
}

/** Notes a finding; the same one is told once. */
export type Report = (clause: string, text: string) => void;

/** The value of a key, a reference followed; undefined when absent or null. */
export function entry(dict: PDFDict, key: string): PDFObject | undefined {
  return dict.lookup(PDFName.of(key));
}

/** Whether a key has this value, written as in the file (`/Image`, `true`, `0`). */
export function flag(dict: PDFDict, key: string, value: string): boolean {
  return String(entry(dict, key)) === value;
}

/** The items of an array, or the one value. */
export function valuesOf(value: PDFObject | undefined): readonly PDFObject[] {
  if (value === undefined) return [];
  return value instanceof PDFArray ? value.asArray().flatMap((_, index) => value.lookup(index) ?? []) : [value];
}

/** A name that a document chose, short enough to be shown. */
export function shownName(value: PDFObject | undefined): string {
  const name = value instanceof PDFName ? value.decodeText() : '';
  return name === '' ? 'sans nom' : name.slice(0, 60).replace(/[^\w+,.-]/g, '?');
}
