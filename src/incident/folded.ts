/** A text without accents, case and ligatures, in which each place still knows where it stood. */

export interface Folded {
  readonly text: string;
  /** By index of `text`, and one past its end: index in the original. */
  readonly origins: readonly number[];
}

const LETTERS: Readonly<Record<string, string>> = { Œ: 'OE', Æ: 'AE', Ø: 'O', Ł: 'L', Đ: 'D', Ð: 'D' };

export function folded(original: string): Folded {
  const origins: number[] = [];
  let text = '';
  let at = 0;
  for (const point of original) {
    const plain = foldedPoint(point);
    for (let index = 0; index < plain.length; index++) origins.push(at);
    text += plain;
    at += point.length;
  }
  origins.push(at);
  return { text, origins };
}

/** NFKD also undoes full-width forms; what is left of an accent is a mark, dropped. */
function foldedPoint(point: string): string {
  return point
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[ŒÆØŁĐÐ]/g, (letter) => LETTERS[letter] ?? letter);
}
