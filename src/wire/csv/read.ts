/** Comma-separated values as spreadsheets write them (RFC 4180), read without holding the whole file. */

export interface CsvRow {
  /** Line of the file where the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A cell longer than this means a quote that was never closed. */
const MAX_CELL = 100_000;

/**
 * Rows in order, empty lines left out. The separator is the first of `;`, tab and `,` that the first line holds (a
 * French spreadsheet writes `;`). Throws a RangeError on a quote that is not closed.
 */
export async function* csvRows(chunks: AsyncIterable<string>): AsyncGenerator<CsvRow> {
  let head = '';
  let reader: RowReader | undefined;
  for await (const chunk of chunks) {
    if (reader === undefined) {
      head += chunk;
      const end = head.search(/[\r\n]/);
      if (end === -1 && head.length < MAX_CELL) continue;
      reader = rowReader(separatorOf(end === -1 ? head : head.slice(0, end)));
      yield* reader.push(head);
    } else yield* reader.push(chunk);
  }
  if (reader === undefined) {
    reader = rowReader(separatorOf(head));
    yield* reader.push(head);
  }
  yield* reader.end();
}

function separatorOf(firstLine: string): string {
  return [';', '\t'].find((candidate) => firstLine.includes(candidate)) ?? ',';
}

/** A cell without the apostrophe that keeps a spreadsheet from running it. */
export function unguarded(text: string): string {
  return /^'['=+\-@\t\r]/.test(text) ? text.slice(1) : text;
}

interface RowReader {
  push(text: string): Generator<CsvRow>;
  end(): Generator<CsvRow>;
}

function rowReader(separator: string): RowReader {
  let cells: string[] = [];
  let cell = '';
  let line = 1;
  let rowLine = 1;
  /** `closing`: a quote was met inside a quoted cell; a second one would make it a character of the cell. */
  let quote: 'none' | 'open' | 'closing' = 'none';
  let previous = '';

  function endCell(): void {
    cells.push(cell);
    cell = '';
    quote = 'none';
  }

  function* endRow(): Generator<CsvRow> {
    endCell();
    if (cells.some((text) => text.trim() !== '')) yield { line: rowLine, cells };
    cells = [];
    rowLine = line;
  }

  function takeQuoted(char: string): void {
    if (char === '"') quote = 'closing';
    else cell += char;
    if (cell.length > MAX_CELL) throw unclosed();
  }

  function* take(char: string, ofCrLf: boolean): Generator<CsvRow> {
    if (quote === 'open') takeQuoted(char);
    else if (ofCrLf) return;
    else if (char === '\r' || char === '\n') yield* endRow();
    else if (char === separator) endCell();
    else if (char === '"' && (quote === 'closing' || cell === '')) {
      if (quote === 'closing') cell += char;
      quote = 'open';
    } else cell += char;
  }

  const unclosed = (): RangeError => new RangeError(`guillemet non fermé, ligne ${rowLine}`);

  /** Character by character: what holds quotes, or lone carriage returns. */
  function* slowly(text: string): Generator<CsvRow> {
    for (const char of text) {
      const ofCrLf = char === '\n' && previous === '\r';
      previous = char;
      if (char === '\r' || (char === '\n' && !ofCrLf)) line += 1;
      yield* take(char, ofCrLf);
    }
  }

  /** A whole line without a quote is split at once: twenty times as fast, and files of a million lines are made of them. */
  function plainRow(text: string): CsvRow | undefined {
    const found = text.endsWith('\r') ? text.slice(0, -1) : text;
    const row = { line, cells: found.split(separator) };
    line += 1;
    rowLine = line;
    previous = '\n';
    return found.trim() === '' || row.cells.every((one) => one.trim() === '') ? undefined : row;
  }

  const atRowStart = (): boolean => quote === 'none' && cell === '' && cells.length === 0 && previous !== '\r';
  let rest = '';

  return {
    *push(chunk) {
      const text = rest + chunk;
      let at = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
        const whole = text.slice(at, end);
        at = end + 1;
        const carriage = whole.indexOf('\r');
        if (atRowStart() && !whole.includes('"') && (carriage === -1 || carriage === whole.length - 1)) {
          const row = plainRow(whole);
          if (row !== undefined) yield row;
        } else yield* slowly(`${whole}\n`);
      }
      rest = text.slice(at);
      if (rest.length > MAX_CELL) {
        yield* slowly(rest);
        rest = '';
      }
    },
    *end() {
      yield* slowly(rest);
      if (quote === 'open') throw unclosed();
      yield* endRow();
    },
  };
}
