/** Two forms of one document, page by page: before and after a conversion. */
import { ok, type Result } from '../../../rules/rule.ts';
import { type GreyBitmap, type Rendering, withRendering } from '../render.ts';

export interface PdfComparison {
  readonly pages: { readonly before: number; readonly after: number };
  readonly bytes: { readonly before: number; readonly after: number };
  /** Every page has its size, to the point. */
  readonly sameSizes: boolean;
  /**
   * Characters that can be copied, white space apart, page by page whatever their order. Ghostscript 10.00 loses some (’ and
   * œ of a simple TrueType font without ToUnicode) that it draws all the same: hence a count, and `changedPixels`.
   */
  readonly characters: { readonly before: number; readonly lost: number; readonly added: number };
  /** On the page that differs most, pixels that became clearly lighter or darker, of all: 0 to 1. */
  readonly changedPixels: number;
}

const DPI = 50;
/** Grey levels; below, another way to smooth the edge of a letter. */
const CLEARLY = 96;

/** Refused when one of them cannot be read or drawn. */
export function comparePdfs(before: Uint8Array, after: Uint8Array): Promise<Result<PdfComparison>> {
  return withRendering(before, (first) => withRendering(after, (second) => compare(first, second, before, after)));
}

function compare(first: Rendering, second: Rendering, before: Uint8Array, after: Uint8Array): Result<PdfComparison> {
  const pages = { before: first.pageCount, after: second.pageCount };
  const characters = { before: 0, lost: 0, added: 0 };
  let [sameSizes, changedPixels] = [true, 0];
  for (let page = 0; page < Math.min(pages.before, pages.after); page++) {
    const [one, other] = [first.text(page), second.text(page)];
    if (!one.ok) return one;
    if (!other.ok) return other;
    count(characters, one.value, other.value);
    const [drawn, redrawn] = [first.draw(page, DPI), second.draw(page, DPI)];
    if (!drawn.ok) return drawn;
    if (!redrawn.ok) return redrawn;
    const changed = changedShare(drawn.value, redrawn.value);
    if (changed === undefined) sameSizes = false;
    else changedPixels = Math.max(changedPixels, changed);
  }
  return ok({
    pages,
    bytes: { before: before.length, after: after.length },
    sameSizes,
    characters,
    changedPixels,
  });
}

function count(total: { before: number; lost: number; added: number }, before: string, after: string): void {
  const left = new Map<string, number>();
  const note = (char: string, by: number) => left.set(char, (left.get(char) ?? 0) + by);
  const first = plain(before);
  for (const char of first) note(char, 1);
  for (const char of plain(after)) note(char, -1);
  total.before += first.length;
  for (const difference of left.values()) {
    if (difference > 0) total.lost += difference;
    else total.added -= difference;
  }
}

function plain(text: string): string[] {
  return [...text.normalize('NFKC').replace(/[\s\p{Cc}\p{Cf}]/gu, '')];
}

/** Undefined when they have not the same size. */
function changedShare(one: GreyBitmap, other: GreyBitmap): number | undefined {
  if (one.width !== other.width || one.height !== other.height) return undefined;
  let changed = 0;
  for (let at = 0; at < one.data.length; at++)
    if (Math.abs((one.data[at] ?? 0) - (other.data[at] ?? 0)) > CLEARLY) changed += 1;
  return changed / Math.max(1, one.data.length);
}
