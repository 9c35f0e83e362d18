/** An incremental update (ISO 32000-1, 7.5.6): new and changed objects after the bytes as received, then what finds them. */
import { createHash } from 'node:crypto';
import type { CrossReference } from './cross-reference.ts';
import { type Dictionary, itemsOf, textOf } from './syntax.ts';

/** A reference to an object of the update, as text. */
export type Reference = string;

export interface Update {
  /** Adds an object and gives its reference. */
  readonly add: (value: string, stream?: Buffer) => Reference;
  /** Writes an object of the document anew. */
  readonly replace: (number: number, generation: number, value: string) => void;
  /** The document with its update. */
  readonly finish: () => Buffer;
}

interface Written {
  readonly number: number;
  readonly generation: number;
  readonly offset: number;
}

/** Written whatever the values of the document: ordinary documents have at most 10 digits. */
const OFFSET_BYTES = 5;

export function startUpdate(bytes: Buffer, { trailer, kind, start, size }: CrossReference): Update {
  const parts: Buffer[] = [bytes];
  const written: Written[] = [];
  let [length, next] = [bytes.length, size];
  const push = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  const text = (value: string): void => push(Buffer.from(value, 'latin1'));
  const write = (number: number, generation: number, value: string, stream?: Buffer): void => {
    written.push({ number, generation, offset: length });
    text(`${number} ${generation} obj\n${value}\n`);
    if (stream !== undefined) {
      text('stream\n');
      push(stream);
      text('\nendstream\n');
    }
    text('endobj\n');
  };
  text('\n');
  return {
    add: (value, stream) => {
      const number = next++;
      write(number, 0, value, stream);
      return `${number} 0 R`;
    },
    replace: write,
    finish: () => {
      const kept = trailerEntries(trailer, parts.slice(1));
      const at = length;
      if (kind === 'table') text(table(written, `${kept}/Prev ${start}/Size ${next}`));
      else {
        written.push({ number: next, generation: 0, offset: at });
        const rows = crossReferenceRows(written);
        const index = sections(written).map((section) => `${section[0]?.number} ${section.length}`);
        const entries = `/Type/XRef/W[1 ${OFFSET_BYTES} 2]/Index[${index.join(' ')}]/Length ${rows.length}`;
        text(`${next} 0 obj\n<<${entries}${kept}/Prev ${start}/Size ${next + 1}>>\nstream\n`);
        push(rows);
        text('\nendstream\nendobj\n');
      }
      text(`startxref\n${at}\n%%EOF\n`);
      return Buffer.concat(parts, length);
    },
  };
}

/** The first part of the identifier stays, the second changes with the content (14.4); PDF/A-1 asks for both (6.1.3). */
function trailerEntries(trailer: Dictionary, added: readonly Buffer[]): string {
  const kept = ['Root', 'Info'].flatMap((key) => {
    const value = trailer.get(key);
    return value === undefined ? [] : [`/${key} ${textOf(value)}`];
  });
  const identifier = trailer.get('ID');
  const [first] = identifier === undefined ? [] : itemsOf(identifier);
  if (first === undefined) return kept.join('');
  const hash = createHash('sha256').update(textOf(first));
  for (const part of added) hash.update(part);
  return `${kept.join('')}/ID[${textOf(first)}<${hash.digest('hex').slice(0, 32)}>]`;
}

/** Runs of consecutive numbers, in order. */
function sections(written: readonly Written[]): Written[][] {
  const runs: Written[][] = [];
  for (const entry of [...written].sort((a, b) => a.number - b.number)) {
    const run = runs.at(-1);
    if (run?.at(-1)?.number === entry.number - 1) run.push(entry);
    else runs.push([entry]);
  }
  return runs;
}

function table(written: readonly Written[], trailer: string): string {
  const lines = sections(written).map((section) => {
    const rows = section.map(
      ({ offset, generation }) => `${String(offset).padStart(10, '0')} ${String(generation).padStart(5, '0')} n \n`,
    );
    return `${section[0]?.number} ${section.length}\n${rows.join('')}`;
  });
  return `xref\n${lines.join('')}trailer\n<<${trailer}>>\n`;
}

function crossReferenceRows(written: readonly Written[]): Buffer {
  const entries = sections(written).flat();
  const width = 1 + OFFSET_BYTES + 2;
  const rows = Buffer.alloc(entries.length * width);
  for (const [index, { offset, generation }] of entries.entries()) {
    rows.writeUInt8(1, index * width);
    rows.writeUIntBE(offset, index * width + 1, OFFSET_BYTES);
    rows.writeUInt16BE(generation, index * width + 1 + OFFSET_BYTES);
  }
  return rows;
}
