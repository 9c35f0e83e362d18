/** Page contents, read only far enough to know that they leave the graphics state as they found it. */
import { hasKeyword, isRegular, NotOrdinary, skipRegular, skipSpace, skipValue } from './syntax.ts';

/** Every operator of a content stream (ISO 32000-1, annex A). */
const OPERATORS = new Set(
  (
    'b B b* B* BDC BI BMC BT BX c cm cs CS d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l M m MP n q Q re ' +
    'RG rg ri s S sc SC scn SCN sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y \' "'
  ).split(' '),
);

const OPERANDS = new Set(['true', 'false', 'null']);

/**
 * True when what is drawn after these contents, as one, is drawn in the state in which they began: every `q` has its
 * `Q`, no `Q` is too many, no text object stays open, and no unknown operator could mean that this was misread.
 */
export function isBalanced(contents: Buffer): boolean {
  let [saved, inText, sound] = [0, false, true];
  walkOperators(contents, (word) => {
    if (!OPERATORS.has(word)) sound = false;
    else if (word === 'q') saved += 1;
    else if (word === 'Q') saved -= 1;
    else if (word === 'BT') inText = true;
    else if (word === 'ET') inText = false;
    return sound && saved >= 0;
  });
  return sound && saved === 0 && !inText;
}

/** Each operator in its turn, until `visit` says to stop; the data of inline images are passed over. Throws `NotOrdinary`. */
export function walkOperators(contents: Buffer, visit: (word: string) => boolean): void {
  for (let at = skipSpace(contents, 0); at < contents.length; at = skipSpace(contents, at)) {
    if (!isRegular(contents[at])) {
      at = skipValue(contents, at);
      continue;
    }
    const end = skipRegular(contents, at);
    const first = contents[at] ?? 0;
    const isNumber = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e;
    const word = isNumber ? '' : contents.toString('latin1', at, end);
    at = end;
    if (isNumber || OPERANDS.has(word)) continue;
    if (!visit(word)) return;
    if (word === 'BI') at = skipInlineImage(contents, at);
  }
}

/** Its data end at the first `EI` between white space; were that a chance in the data, the rest would read as noise. */
function skipInlineImage(contents: Buffer, from: number): number {
  let at = skipSpace(contents, from);
  while (!hasKeyword(contents, at, 'ID')) {
    if (at >= contents.length) throw new NotOrdinary();
    at = skipSpace(contents, skipValue(contents, at));
  }
  for (let end = contents.indexOf('EI', at + 3); end >= 0; end = contents.indexOf('EI', end + 2)) {
    const before = contents[end - 1];
    if ((before === 10 || before === 13 || before === 32) && !isRegular(contents[end + 2])) return end + 2;
  }
  throw new NotOrdinary();
}
