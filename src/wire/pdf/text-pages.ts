/** A plain text laid out on A4 pages: its lines and the columns that its spaces make are kept. */

import { isUtf8 } from 'node:buffer';
import { PDFDocument } from '@cantoo/pdf-lib';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { openSans } from './font.ts';
import { DEFAULT_PDF_LIMITS } from './open.ts';
import { POINTS_PER_MM } from './page-geometry.ts';
import { hexString } from './text-lines.ts';

const PAGE = { width: 210 * POINTS_PER_MM, height: 297 * POINTS_PER_MM };
const MARGIN = 18 * POINTS_PER_MM;
/** Left blank at the head of the first page for the banner. */
const HEAD_FIRST = 42 * POINTS_PER_MM;
const HEAD_NEXT = 20 * POINTS_PER_MM;
const FOOT = 20 * POINTS_PER_MM;
const SIZE = 9;
const LEADING = 12;
/** Characters of a line before its columns close up. */
const COLUMNS = 88;
const MAX_BYTES = 2 * 1024 * 1024;

/** Refused: too long, or with a character that the embedded font cannot draw (nothing is replaced in a report). */
export async function renderText(bytes: Uint8Array, title: string): Promise<Result<Uint8Array>> {
  if (bytes.length > MAX_BYTES) return refuse(pdfRules.pdfTooLarge, { detail: `${bytes.length} octets de texte` });
  const font = openSans('regular');
  const lines = textOf(bytes).split(/\r\n|\r|\n/);
  if (lines.some((line) => font.encode(line.replaceAll('\f', '')) === undefined))
    return refuse(pdfRules.textUnreadable, { detail: 'caractère que la police ne dessine pas' });
  const pages = paginate(lines.flatMap(broken));
  if (pages.length > DEFAULT_PDF_LIMITS.maxPages)
    return refuse(pdfRules.pdfTooLarge, { detail: `${pages.length} pages` });
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(title);
  document.setLanguage('fr-FR');
  const { context } = document;
  const embedded = font.embed(context);
  pages.forEach((rows, index) => {
    const page = document.addPage([PAGE.width, PAGE.height]);
    const F0 = page.node.newFontDictionary('F', embedded);
    const top = PAGE.height - (index === 0 ? HEAD_FIRST : HEAD_NEXT);
    const drawn = rows.flatMap((row, line) =>
      row.map(
        ({ text, x }) =>
          `1 0 0 1 ${x.toFixed(2)} ${(top - LEADING * (line + 1)).toFixed(2)} Tm ${hexString(font, text)} Tj`,
      ),
    );
    page.node.addContentStream(context.register(context.flateStream(`BT ${F0} ${SIZE} Tf\n${drawn.join('\n')}\nET`)));
  });
  return ok(await document.save({ useObjectStreams: false, updateFieldAppearances: false }));
}

/** UTF-8 where it is, else the code page of a Windows workstation, which 8859/1 and most of 8859/15 are part of. */
function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder(isUtf8(bytes) ? 'utf-8' : 'windows-1252').decode(bytes);
  return text.replaceAll('\t', '        ');
}

interface Piece {
  readonly text: string;
  readonly x: number;
}
type Row = readonly Piece[];

/** A line on the grid of its columns, on as many rows as it needs; a form feed stays alone. */
function broken(line: string): (Row | 'page')[] {
  const [first = '', ...rest] = line.split('\f');
  return [...rowsOf(first), ...rest.flatMap((part) => ['page' as const, ...rowsOf(part)])];
}

function rowsOf(line: string): Row[] {
  const font = openSans('regular');
  const grid = (PAGE.width - 2 * MARGIN) / COLUMNS;
  const right = PAGE.width - MARGIN;
  const rows: Piece[][] = [[]];
  let used = MARGIN;
  for (const { 0: word, index } of line.matchAll(/\S+/g)) {
    const spaces = /\s*$/.exec(line.slice(0, index))?.[0].length ?? 0;
    const next = used === MARGIN ? MARGIN : used + font.width(' ', SIZE);
    // One space is a space; several, or those that begin a line, put the word in its column.
    const wanted = spaces > 1 || used === MARGIN ? Math.max(next, MARGIN + grid * index) : next;
    pieces(word).forEach((text, piece) => {
      const wide = font.width(text, SIZE);
      const fits = piece === 0 && wanted + wide <= right;
      if (!fits && rows.at(-1)?.length !== 0) rows.push([]);
      const x = fits ? wanted : MARGIN;
      rows.at(-1)?.push({ text, x });
      used = x + wide;
    });
  }
  return rows;
}

/** A word that no line holds is cut: what stood beyond the edge of the page would be lost. */
function pieces(word: string): string[] {
  const font = openSans('regular');
  const room = PAGE.width - 2 * MARGIN;
  if (font.width(word, SIZE) <= room) return [word];
  const found = [''];
  let wide = 0;
  for (const char of word) {
    wide += font.width(char, SIZE);
    if (wide > room) {
      found.push(char);
      wide = font.width(char, SIZE);
    } else found[found.length - 1] += char;
  }
  return found;
}

function paginate(rows: readonly (Row | 'page')[]): Row[][] {
  const pages: Row[][] = [[]];
  const room = (page: number): number =>
    Math.floor((PAGE.height - FOOT - (page === 0 ? HEAD_FIRST : HEAD_NEXT)) / LEADING);
  for (const row of rows) {
    const full = (pages.at(-1)?.length ?? 0) >= room(pages.length - 1);
    if (row === 'page' || full) pages.push([]);
    if (row !== 'page') pages.at(-1)?.push(row);
  }
  return pages;
}
