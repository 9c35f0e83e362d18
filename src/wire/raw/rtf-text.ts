/**
 * The text of an RTF: paragraphs, cells and letters, nothing of what it can make a word processor do. Source: RTF 1.9.1.
 * Structure and active content are judged before by `rawFault`.
 */

/** Groups whose content is no text of the document. */
const SILENT = new Set([
  'fonttbl',
  'colortbl',
  'stylesheet',
  'info',
  'pict',
  'object',
  'themedata',
  'listtable',
  'listoverridetable',
  'generator',
  'fldinst',
  'datastore',
  'xmlnstbl',
]);

const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    par: '\n',
    line: '\n',
    sect: '\n',
    page: '\n\n',
    row: '\n',
    cell: '\t',
    tab: '\t',
    emdash: '—',
    endash: '–',
    bullet: '•',
    lquote: '‘',
    rquote: '’',
    ldblquote: '“',
    rdblquote: '”',
  }),
);

const TOKEN = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]|\\/g;

interface Group {
  readonly silent: boolean;
  /** Characters that stand after a `\u` for readers without Unicode. */
  readonly skip: number;
}

export function rtfText(bytes: Buffer): string {
  const latin = new TextDecoder('windows-1252');
  const out: string[] = [];
  const open: Group[] = [];
  let group: Group = { silent: false, skip: 1 };
  let toSkip = 0;
  const write = (text: string): void => {
    if (!group.silent) out.push(text);
  };
  for (const [, word, number, hex, symbol, brace, text] of bytes.toString('latin1').matchAll(TOKEN)) {
    if (brace === '{') open.push(group);
    else if (brace === '}') group = open.pop() ?? group;
    else if (toSkip > 0 && (hex !== undefined || text !== undefined)) {
      const gone = hex === undefined ? Math.min(toSkip, text?.length ?? 0) : 1;
      toSkip -= gone;
      if (text !== undefined && text.length > gone) write(latin.decode(Buffer.from(text.slice(gone), 'latin1')));
    } else if (hex !== undefined) write(latin.decode(Buffer.from([Number.parseInt(hex, 16)])));
    else if (text !== undefined) write(latin.decode(Buffer.from(text, 'latin1')));
    else if (symbol === '*') group = { ...group, silent: true };
    else if (symbol !== undefined) write(SYMBOLS.get(symbol) ?? '');
    else if (word === 'u' && number !== undefined) {
      write(String.fromCharCode((Number(number) + 65_536) % 65_536));
      toSkip = group.skip;
    } else if (word === 'uc') group = { ...group, skip: Math.min(10, Math.max(0, Number(number ?? 1))) };
    else if (word !== undefined && SILENT.has(word)) group = { ...group, silent: true };
    else if (word !== undefined) write(WORDS.get(word) ?? '');
  }
  return out.join('').trim();
}

/** Control symbols that are text: escaped braces and backslash, no-break space and hyphen, a paragraph by line break. */
const SYMBOLS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '\\': '\\',
    '{': '{',
    '}': '}',
    '~': '\u00a0',
    _: '\u2011',
    '\n': '\n',
    '\r': '\n',
  }),
);
