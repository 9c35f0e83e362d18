/** IMAP4rev1 commands from bytes, literals included, and the values of its answers (RFC 3501, 4 and 9; RFC 7888). */

/** A word, or a parenthesised list. Quoted strings and literals are words that may hold anything. */
export type Value = string | readonly Value[];

export interface Command {
  readonly tag: string;
  /** Upper case; `UID FETCH` for a command by UID. */
  readonly name: string;
  readonly args: readonly Value[];
}

export type Incoming =
  | { readonly kind: 'command'; readonly command: Command }
  /** The client waits for leave to send its literal. */
  | { readonly kind: 'continue' }
  /** A line outside of a command: DONE, or the answer to a challenge. */
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'bad'; readonly tag: string; readonly why: string };

const MAX_COMMAND_BYTES = 64 * 1024;

/** Gives what came whole. `expectLine`: the next line answers something, it is no command. */
export function createCommandReader(expectLine: () => boolean) {
  let buffer = Buffer.alloc(0);
  /** What came before a literal, and the literals themselves. */
  let parts: { text: string; literals: string[] } = { text: '', literals: [] };
  let literalLeft: number | undefined;
  return function push(chunk: Buffer): Incoming[] {
    buffer = Buffer.concat([buffer, chunk]);
    const found: Incoming[] = [];
    for (;;) {
      if (literalLeft !== undefined) {
        if (buffer.length < literalLeft) return found;
        parts.literals.push(buffer.subarray(0, literalLeft).toString('utf8'));
        parts.text += `{${parts.literals.length - 1}}`;
        buffer = buffer.subarray(literalLeft);
        literalLeft = undefined;
      }
      const end = buffer.indexOf('\r\n');
      if (end < 0) return tooLong(buffer) ? [...found, { kind: 'bad', tag: '*', why: 'line too long' }] : found;
      const line = buffer.subarray(0, end).toString('utf8');
      buffer = buffer.subarray(end + 2);
      const [, before, size, plus] = /^(.*)\{(\d{1,8})(\+)?\}$/.exec(line) ?? [];
      if (before !== undefined && !expectLine()) {
        parts.text += before;
        literalLeft = Number(size);
        if (plus === undefined) found.push({ kind: 'continue' });
        continue;
      }
      if (expectLine()) found.push({ kind: 'line', text: line });
      else found.push(commandOf(parts.text + line, parts.literals));
      parts = { text: '', literals: [] };
    }
  };
}

function tooLong(buffer: Buffer): boolean {
  return buffer.length > MAX_COMMAND_BYTES;
}

function commandOf(text: string, literals: readonly string[]): Incoming {
  const [, tag = '*', rest = ''] = /^([^\s(){%*"\\+]+) (.*)$/.exec(text) ?? [];
  if (tag === '*') return { kind: 'bad', tag, why: 'no tag' };
  const args = valuesOf(rest, literals);
  const [first, second] = args ?? [];
  if (args === undefined || typeof first !== 'string') return { kind: 'bad', tag, why: 'unreadable arguments' };
  const byUid = first.toUpperCase() === 'UID' && typeof second === 'string';
  const name = byUid ? `UID ${second.toUpperCase()}` : first.toUpperCase();
  return { kind: 'command', command: { tag, name, args: args.slice(byUid ? 2 : 1) } };
}

/** Undefined when brackets or quotes do not match. */
function valuesOf(text: string, literals: readonly string[]): Value[] | undefined {
  const stack: Value[][] = [[]];
  const tokens = /"((?:[^"\\]|\\.)*)"|\{(\d+)\}|([()])|([^\s()"[\]]*\[[^\]]*\][^\s()]*|[^\s()"]+)|(\s+)/y;
  let at = 0;
  while (at < text.length) {
    tokens.lastIndex = at;
    const match = tokens.exec(text);
    if (match === null) return undefined;
    at = tokens.lastIndex;
    const [, quoted, literal, bracket, atom] = match;
    const top = stack.at(-1);
    if (top === undefined) return undefined;
    if (quoted !== undefined) top.push(quoted.replace(/\\(.)/g, '$1'));
    else if (literal !== undefined) top.push(literals[Number(literal)] ?? '');
    else if (atom !== undefined) top.push(atom);
    else if (bracket === '(') stack.push([]);
    else if (bracket === ')') {
      const list = stack.pop() ?? [];
      const outer = stack.at(-1);
      if (outer === undefined) return undefined;
      outer.push(list);
    }
  }
  return stack.length === 1 ? stack[0] : undefined;
}

/** A quoted string, or NIL; what cannot be quoted goes as a literal. */
export function quoted(text: string | undefined): string {
  if (text === undefined) return 'NIL';
  if (/^[\x20-\x7e]*$/.test(text)) return `"${text.replace(/[\\"]/g, '\\$&')}"`;
  return `{${Buffer.byteLength(text)}}\r\n${text}`;
}

/** Numbers of a sequence set; `*` is the highest one there is. Undefined when it is none. */
export function inSet(set: Value | undefined, highest: number): ((n: number) => boolean) | undefined {
  if (typeof set !== 'string' || !/^[\d*]+(:[\d*]+)?(,[\d*]+(:[\d*]+)?)*$/.test(set)) return undefined;
  const ranges = set.split(',').map((range) => {
    const ends = range.split(':').map((end) => (end === '*' ? highest : Number(end)));
    return [Math.min(...ends), Math.max(...ends)] as const;
  });
  return (n) => ranges.some(([from, until]) => n >= from && n <= until);
}
