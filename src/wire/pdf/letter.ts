import { PDFDocument, type PDFPage, type PDFRef } from '@cantoo/pdf-lib';
import { openSans } from './font.ts';
import { POINTS_PER_MM } from './page-geometry.ts';
import { hexString } from './text-lines.ts';

/** A hospital letter, as an electronic record would print it; no identity is printed, the banner brings it. */
export interface Letter {
  readonly title: string;
  /** Letterhead: establishment, department, address. */
  readonly sender: readonly string[];
  readonly recipient: readonly string[];
  /** For example `Clermont-Ferrand, le 23 novembre 2026`. */
  readonly placeAndDate: string;
  /** An empty paragraph makes a blank line; one that starts with `# ` is a section heading. */
  readonly paragraphs: readonly string[];
  readonly signature: readonly string[];
}

/** A4, points. */
const PAGE = { width: 210 * POINTS_PER_MM, height: 297 * POINTS_PER_MM };
const MARGIN = 20 * POINTS_PER_MM;
/** Left blank at the head of the first page for the banner, mm from the top edge. */
const HEAD_FIRST = 42 * POINTS_PER_MM;
const HEAD_NEXT = 22 * POINTS_PER_MM;
const FOOT = 24 * POINTS_PER_MM;
const SIZE = 10;
const LEADING = 14;
/** A heading takes at least two lines of its text along to the next page. */
const HEADING_KEEP = 2.25 * LEADING;

type Weight = 'regular' | 'semibold';
interface TextRow {
  readonly text: string;
  readonly weight: Weight;
  readonly x: number;
  /** Font size, points. */
  readonly size: number;
  /** Distance from the row above, points. */
  readonly leading: number;
}

/** The letter as a PDF, on as many pages as it needs, fonts embedded. Throws when a character is outside Windows-1252. */
export async function renderLetter(letter: Letter): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(letter.title);
  document.setLanguage('fr-FR');
  const { context } = document;
  const fonts = { F0: openSans('regular').embed(context), F1: openSans('semibold').embed(context) };
  const pages = paginate(rowsOf(letter));
  for (const [index, rows] of pages.entries()) {
    const page = document.addPage([PAGE.width, PAGE.height]);
    const head = index === 0 ? HEAD_FIRST : HEAD_NEXT;
    draw(page, fonts, [...placed(rows, head), footer(letter.title, index + 1, pages.length)]);
  }
  return document.save({ useObjectStreams: false, updateFieldAppearances: false });
}

function row(text: string, over: Partial<TextRow> = {}): TextRow {
  return { text, weight: 'regular', x: MARGIN, size: SIZE, leading: LEADING, ...over };
}

function rowsOf(letter: Letter): TextRow[] {
  const right = PAGE.width / 2 + 10 * POINTS_PER_MM;
  const [name = '', ...address] = letter.sender;
  const body = letter.paragraphs.flatMap((paragraph) => {
    if (paragraph === '') return [row('', { leading: LEADING / 2 })];
    if (paragraph.startsWith('# ')) return [row(paragraph.slice(2), { weight: 'semibold', leading: LEADING * 1.6 })];
    return wrap(paragraph).map((text, index) => row(text, { leading: index === 0 ? LEADING * 1.25 : LEADING }));
  });
  return [
    row(name, { weight: 'semibold', size: 12 }),
    ...address.map((text) => row(text, { size: 9, leading: 12 })),
    ...letter.recipient.map((text, index) => row(text, { x: right, leading: index === 0 ? LEADING * 2 : LEADING })),
    row(letter.placeAndDate, { x: right, leading: LEADING * 2 }),
    row(letter.title, { weight: 'semibold', size: 14, leading: LEADING * 2.5 }),
    ...body,
    ...letter.signature.map((text, index) => row(text, { x: right, leading: index === 0 ? LEADING * 3 : LEADING })),
  ];
}

function wrap(paragraph: string): string[] {
  const font = openSans('regular');
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && font.width(longer, SIZE) <= PAGE.width - 2 * MARGIN) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function paginate(rows: readonly TextRow[]): TextRow[][] {
  const pages: TextRow[][] = [[]];
  let used = HEAD_FIRST;
  for (const next of rows) {
    const kept = next.weight === 'semibold' ? HEADING_KEEP : 0;
    if (used + next.leading + kept > PAGE.height - FOOT) {
      pages.push([]);
      used = HEAD_NEXT;
    }
    pages.at(-1)?.push(next);
    used += next.leading;
  }
  return pages;
}

interface PlacedRow extends TextRow {
  readonly y: number;
}

function placed(rows: readonly TextRow[], head: number): PlacedRow[] {
  let down = head;
  return rows.map((next) => {
    down += next.leading;
    return { ...next, y: PAGE.height - down };
  });
}

function footer(title: string, page: number, pages: number): PlacedRow {
  const text = `${title} - page ${page} / ${pages}`;
  const x = (PAGE.width - openSans('regular').width(text, 7)) / 2;
  return { ...row(text, { x, size: 7 }), y: 14 * POINTS_PER_MM };
}

function draw(page: PDFPage, fonts: { F0: PDFRef; F1: PDFRef }, rows: readonly PlacedRow[]): void {
  const operators = rows.map(({ text, weight, x, y, size }) => {
    const font = openSans(weight);
    if (font.encode(text) === undefined) throw new RangeError('a character of the letter cannot be drawn');
    return `BT /${weight === 'regular' ? 'F0' : 'F1'} ${size} Tf ${x.toFixed(2)} ${y.toFixed(2)} Td ${hexString(font, text)} Tj ET`;
  });
  const { context } = page.doc;
  page.node.set(context.obj('Resources'), context.obj({ Font: fonts }));
  page.node.set(context.obj('Contents'), context.register(context.flateStream(operators.join('\n'))));
}
