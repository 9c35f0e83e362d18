import type { BannerLine } from './banner.ts';
import { type Font, openSans } from './font.ts';

/** A run of text in one weight. */
export interface Run {
  readonly weight: 'regular' | 'semibold';
  readonly text: string;
}

export type TextLine = readonly Run[];

/** Space between two fields of a line. */
const FIELD_GAP = '   ';

/**
 * Lays label and value pairs on lines no wider than `width` points: labels in regular, values in semibold. A field that
 * does not fit goes to the next line, a value longer than a line is cut between words, or inside a word longer than a
 * line: nothing is ever left out. Undefined when a character cannot be drawn even without its diacritics.
 */
export function layOut(lines: readonly BannerLine[], size: number, width: number): readonly TextLine[] | undefined {
  const laid: TextLine[] = [];
  for (const line of lines) {
    const words = line.flatMap((field, index) => wordsOf(field.label, field.value, index > 0));
    if (words.some((word) => word === undefined)) return undefined;
    laid.push(
      ...wrap(
        words.filter((word) => word !== undefined),
        size,
        width,
      ),
    );
  }
  return laid;
}

/** What is never cut, unless it is wider than a line. */
interface Word {
  readonly runs: readonly Run[];
  /** Written before the word when it is not the first of its line. */
  readonly gap: string;
}

/** The label stays with the first word of its value. */
function wordsOf(label: string, value: string, follows: boolean): (Word | undefined)[] {
  const [first = '', ...rest] = value.split(' ');
  const head = [drawable('regular', label), drawable('semibold', first)];
  const words = rest.map((word) => [drawable('semibold', word)]);
  return [head, ...words].map((runs, index) => {
    const known = runs.filter((run) => run !== undefined);
    if (known.length < runs.length) return undefined;
    return { runs: known, gap: index === 0 && follows ? FIELD_GAP : ' ' };
  });
}

/** RNIV writes names without diacritics: a letter that the font lacks is drawn without its own. */
function drawable(weight: Run['weight'], text: string): Run | undefined {
  const font = openSans(weight);
  const plain = text.normalize('NFD').replace(/\p{Diacritic}/gu, '');
  const drawn = [text.normalize('NFC'), plain].find((candidate) => font.encode(candidate) !== undefined);
  return drawn === undefined ? undefined : { weight, text: drawn };
}

function wrap(words: readonly Word[], size: number, width: number): TextLine[] {
  const lines: Run[][] = [[]];
  let used = 0;
  for (const word of words.flatMap((word) => cut(word, size, width))) {
    const line = lines.at(-1);
    const gap = openSans('regular').width(word.gap, size);
    const wide = widthOf(word.runs, size);
    if (line !== undefined && line.length > 0 && used + gap + wide <= width) {
      line.push({ weight: 'regular', text: word.gap }, ...word.runs);
      used += gap + wide;
    } else {
      lines.push([...word.runs]);
      used = wide;
    }
  }
  return lines.filter((line) => line.length > 0);
}

/** Pieces of a word that each fit on a line. */
function cut(word: Word, size: number, width: number): Word[] {
  if (widthOf(word.runs, size) <= width) return [word];
  const pieces: Run[][] = [[]];
  for (const { weight, text } of word.runs) {
    for (const char of text) {
      const piece = pieces.at(-1) ?? [];
      if (widthOf([...piece, { weight, text: char }], size) > width) pieces.push([{ weight, text: char }]);
      else piece.push({ weight, text: char });
    }
  }
  return pieces.map((runs) => ({ runs, gap: word.gap }));
}

function widthOf(runs: readonly Run[], size: number): number {
  return runs.reduce((sum, { weight, text }) => sum + openSans(weight).width(text, size), 0);
}

/** Hexadecimal string operand of a text that `layOut` accepted. */
export function hexString(font: Font, text: string): string {
  return `<${Buffer.from(font.encode(text) ?? []).toString('hex')}>`;
}
