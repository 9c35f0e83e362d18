/**
 * The same expression, asked otherwise: two shapes cost most of a header check (measured: half of it), because each walks a
 * whole tree every time. `//h:name` becomes a look-up by name; `doc('file')/a/b`, which depends on nothing, is kept.
 */
import { codeOf, isCondition } from './predicates.ts';

/** Where a name would make a step of a path, these words are operators: what follows begins a path. */
const OPERATORS = new Set(
  'and or return satisfies in then else div idiv mod eq ne lt le gt ge is to union intersect except'.split(' '),
);
const ABSOLUTE = /^\/\/(\*|[\w.-]+):([\w.-]+)/;
const CONSTANT = /^(?:doc|document)\('[^'$]*'\)((?:\/{1,2}(?:\*|@?[\w.-]+(?::[\w.-]+)?))+)/;

export interface Rewritten {
  readonly text: string;
  /** Expressions without context, by the name of the variable that stands for them. */
  readonly constants: readonly { readonly name: string; readonly text: string }[];
}

/** `own`: prefix of our functions. A name whose prefix nobody declared stays as it is. */
export function rewrite(text: string, namespaces: Readonly<Record<string, string>>, own: string): Rewritten {
  const constants: { name: string; text: string }[] = [];
  let made = '';
  let from = 0;
  for (const index of codeOf(text).map((part) => part.index)) {
    if (index < from) continue;
    const rest = text.slice(index);
    const constant = beginsWord(text, index) ? constantIn(rest) : undefined;
    const found = constant === undefined ? namedIn(text, index, namespaces, own) : undefined;
    if (constant !== undefined) {
      const name = `tdu-constant-${hashOf(constant)}`;
      constants.push({ name, text: constant });
      made += `${text.slice(from, index)}$${name}`;
      from = index + constant.length;
    } else if (found !== undefined) {
      made += `${text.slice(from, index)}${found.text}`;
      from = index + found.length;
    }
  }
  return { text: made + text.slice(from), constants };
}

function beginsWord(text: string, index: number): boolean {
  return !/[\w.$:@/-]/.test(text.charAt(index - 1));
}

/** Without its last step where that one has a predicate or is a function: `//a[1]` is the first of each parent. */
function constantIn(rest: string): string | undefined {
  const [whole, steps = ''] = CONSTANT.exec(rest) ?? [];
  if (whole === undefined) return undefined;
  if (!/^\s*[[(:]/.test(rest.slice(whole.length))) return whole;
  const shorter = whole.slice(0, -(/\/{1,2}[^/]+$/.exec(steps)?.[0].length ?? whole.length));
  return CONSTANT.test(shorter) ? shorter : undefined;
}

function namedIn(
  text: string,
  index: number,
  namespaces: Readonly<Record<string, string>>,
  own: string,
): { readonly text: string; readonly length: number } | undefined {
  if (text.charAt(index) !== '/' || !beginsPath(text.slice(0, index))) return undefined;
  const [whole = '', prefix = '', local = ''] = ABSOLUTE.exec(text.slice(index)) ?? [];
  const uri = prefix === '*' ? '*' : namespaces[prefix];
  const after = text.slice(index + whole.length).trimStart();
  if (whole === '' || uri === undefined || after.startsWith('(')) return undefined;
  // A position counts among the children of each parent: only a condition may follow.
  if (after.startsWith('[') && !isCondition(predicateIn(after))) return undefined;
  return { text: `${own}:named(., '${uri}', '${local}')`, length: whole.length };
}

function beginsPath(before: string): boolean {
  const trimmed = before.trimEnd();
  const [word] = /[\w.-]+$/.exec(trimmed) ?? [];
  if (word !== undefined) return OPERATORS.has(word) && !/[$@:/]$/.test(trimmed.slice(0, -word.length));
  return trimmed === '' || /[(,=<>|[+-]$/.test(trimmed);
}

function predicateIn(text: string): string {
  let depth = 0;
  for (const { index, char } of codeOf(text)) {
    if (char === '[') depth += 1;
    if (char === ']') depth -= 1;
    if (depth === 0) return text.slice(1, index).trim();
  }
  return '1';
}

/** Short, and the same for the same text. */
function hashOf(text: string): string {
  let hash = 7;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) % 9_007_199_254_740;
  return `${text.length}-${hash}`;
}
