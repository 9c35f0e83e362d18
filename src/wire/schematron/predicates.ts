/** Reading an expression as text: what stands outside strings and brackets, and whether a predicate may be a position. */

export interface CodePoint {
  readonly index: number;
  readonly char: string;
}

/** Characters outside strings. */
export function codeOf(text: string): CodePoint[] {
  const found: CodePoint[] = [];
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else found.push({ index, char });
  }
  return found;
}

/** Parts between the separators that stand in no bracket, parenthesis or string. */
export function splitTop(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { index, char } of codeOf(text)) {
    if ('[('.includes(char)) depth += 1;
    if ('])'.includes(char)) depth -= 1;
    if (char !== separator || depth > 0) continue;
    parts.push(text.slice(from, index));
    from = index + 1;
  }
  return [...parts, text.slice(from)];
}

/** Certainly true or false, never a position: a comparison, a logical function, or the presence of nodes. */
export function isCondition(predicate: string): boolean {
  if (/\b(position|last)\s*\(/.test(predicate)) return false;
  const top = topLevel(predicate);
  if (/[=<>]|\b(and|or|eq|ne|lt|gt|le|ge)\b/.test(top)) return true;
  if (/^(not|exists|empty|contains|starts-with|ends-with|matches|boolean|true|false)\s*\(/.test(predicate)) return true;
  // A path: no function outside its own predicates, no number, no variable.
  return /^[@.*/A-Za-z_]/.test(top) && !/[($+]|\d\s*$/.test(top);
}

function topLevel(text: string): string {
  let depth = 0;
  let top = '';
  for (const { char } of codeOf(text)) {
    if (char === ']' || char === ')') depth -= 1;
    if (depth === 0) top += char;
    if (char === '[' || char === '(') depth += 1;
  }
  return top;
}
