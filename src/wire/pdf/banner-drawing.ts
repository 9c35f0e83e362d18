import type { BannerLine } from './banner.ts';
import { openSans } from './font.ts';
import { POINTS_PER_MM, type ZoneMm } from './page-geometry.ts';
import type { SymbolMatrix } from './symbol.ts';
import { hexString, layOut, type TextLine } from './text-lines.ts';

/** A drawing in points, upright, origin at its lower left corner. Fonts are named /F0 (regular) and /F1 (semibold). */
export interface Drawing {
  readonly widthMm: number;
  readonly heightMm: number;
  /** Content stream operators, without colour: black is set by whoever places the drawing. */
  readonly operators: string;
  /** The small variant of the fonts is enough. */
  readonly smallFonts: boolean;
  /** Dark area of the symbol, in mm from the drawing's top left corner. */
  readonly symbol?: ZoneMm;
}

const FONT_SIZE = 8.5;
const LINE_HEIGHT = 11;
const STRIP_FONT_SIZE = 7;
const STRIP_LINE_HEIGHT = 9;
/** ins.md 6.2 asks for this caption near the symbol. */
const CAPTION = 'INS à scanner';
const CAPTION_SIZE = 6.5;
const CAPTION_HEIGHT = 8;
const PADDING = 1.5 * POINTS_PER_MM;
/** ISO/IEC 16022 asks 1 module; 2 leave room for the frame and a poor print. */
const QUIET_MODULES = 2;

/** The framed banner of the first page, `widthMm` wide, as high as it needs. Undefined when a name cannot be drawn. */
export function drawBanner(
  lines: readonly BannerLine[],
  symbol: { readonly matrix: SymbolMatrix; readonly moduleMm: number } | undefined,
  widthMm: number,
): Drawing | undefined {
  const width = widthMm * POINTS_PER_MM;
  const module = (symbol?.moduleMm ?? 0) * POINTS_PER_MM;
  const side = symbol === undefined ? 0 : (symbol.matrix.size + 2 * QUIET_MODULES) * module;
  const captionWidth = openSans('regular').width(CAPTION, CAPTION_SIZE);
  const column = symbol === undefined ? 0 : Math.max(side, captionWidth) + PADDING;
  const text = layOut(lines, FONT_SIZE, width - 2 * PADDING - column);
  if (text === undefined || width - 2 * PADDING - column < MIN_TEXT_WIDTH) return undefined;
  const content = Math.max(text.length * LINE_HEIGHT, symbol === undefined ? 0 : side + CAPTION_HEIGHT);
  const height = content + 2 * PADDING;
  const operators = [frame(width, height), textBlock(text, PADDING, height - PADDING, FONT_SIZE, LINE_HEIGHT)];
  const base = { widthMm, heightMm: height / POINTS_PER_MM, smallFonts: areCommon(text) };
  if (symbol === undefined) return { ...base, operators: operators.join('\n') };
  const centre = width - PADDING - (column - PADDING) / 2;
  const dark = symbol.matrix.size * module;
  const left = centre - dark / 2;
  const top = height - PADDING - QUIET_MODULES * module;
  operators.push(symbolPath(symbol.matrix, left, top, module));
  const caption = [[{ weight: 'regular', text: CAPTION }]] as const;
  operators.push(textBlock(caption, centre - captionWidth / 2, height - PADDING - side, CAPTION_SIZE, CAPTION_HEIGHT));
  const place = { x: left / POINTS_PER_MM, y: (height - top) / POINTS_PER_MM };
  const size = dark / POINTS_PER_MM;
  return { ...base, operators: operators.join('\n'), symbol: { ...place, width: size, height: size } };
}

/** Narrower than this, a name on ten lines would be no help to anybody. */
const MIN_TEXT_WIDTH = 40 * POINTS_PER_MM;

/** The unframed strip of the other pages. Undefined when a name cannot be drawn. */
export function drawStrip(line: BannerLine, widthMm: number): Drawing | undefined {
  const text = layOut([line], STRIP_FONT_SIZE, widthMm * POINTS_PER_MM);
  if (text === undefined) return undefined;
  const height = text.length * STRIP_LINE_HEIGHT;
  return {
    widthMm,
    heightMm: height / POINTS_PER_MM,
    smallFonts: areCommon(text),
    operators: textBlock(text, 0, height, STRIP_FONT_SIZE, STRIP_LINE_HEIGHT),
  };
}

function areCommon(lines: readonly TextLine[]): boolean {
  return lines.every((line) => line.every(({ weight, text }) => openSans(weight).isCommon(text)));
}

function n(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

function frame(width: number, height: number): string {
  return `0.5 w 0.25 0.25 ${n(width - 0.5)} ${n(height - 0.5)} re S`;
}

/** Lines downward from `top`; the baseline leaves a quarter of the line below it. */
function textBlock(lines: readonly TextLine[], x: number, top: number, size: number, lineHeight: number): string {
  const operators = lines.map((line, index) => {
    const y = top - (index + 0.78) * lineHeight;
    const runs = line.map(
      ({ weight, text }) => `/${weight === 'regular' ? 'F0' : 'F1'} ${size} Tf ${hexString(openSans(weight), text)} Tj`,
    );
    return `BT ${n(x)} ${n(y)} Td ${runs.join(' ')} ET`;
  });
  return operators.join('\n');
}

const symbolPaths = new WeakMap<SymbolMatrix, string>();

/**
 * Dark modules as one filled path, a rectangle per horizontal run; one path leaves no hairline between its parts. Modules
 * are the unit, so that the same text serves whatever the place.
 */
function symbolPath(matrix: SymbolMatrix, left: number, top: number, module: number): string {
  const path = symbolPaths.get(matrix) ?? rectanglesOf(matrix);
  symbolPaths.set(matrix, path);
  return `q ${n(module)} 0 0 ${n(-module)} ${n(left)} ${n(top)} cm\n${path}f Q`;
}

function rectanglesOf({ size, bits }: SymbolMatrix): string {
  let rectangles = '';
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const start = column;
      while (column < size && bits[row * size + column] === 1) column += 1;
      if (column > start) rectangles += `${start} ${row} ${column - start} 1 re\n`;
    }
  }
  return rectangles;
}
