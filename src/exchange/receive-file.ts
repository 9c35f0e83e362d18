/** A patient file comes in: read as it arrives, kept whole or not at all, then worked off by a task. */
import { createHash } from 'node:crypto';
import { domainOf } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { patientFileRules } from '../rules/patient-files.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  addImportPart,
  type ImportMode,
  importById,
  importReceived,
  insertImport,
  type KnownPolicy,
  type PatientImport,
  pruneImports,
  type StoredLine,
} from '../store/patient-imports.ts';
import { csvRows, unguarded } from '../wire/csv/read.ts';
import { type Columns, columnsOf, valuesOf } from './columns.ts';

export interface ReceivedFile {
  /** As the file was called. */
  readonly name: string;
  readonly encoding: 'utf-8' | 'windows-1252';
  readonly mode: ImportMode;
  readonly known: KnownPolicy;
  /** OID or declared name of the domain of lines that name none; the installation's own when absent. */
  readonly domain?: string | undefined;
}

/** Lines of one part: its transaction takes a tenth of a second, and nothing of it holds others up for longer. */
const PART_LINES = 250;
const DAY_MS = 86_400_000;
const FILE_DAYS = 7;
const IMPORT_DAYS = 90;

class Unfit extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.rule.id);
    this.refusal = refusal;
  }
}

/** Refused: not a byte was kept. */
export async function receivePatientFile(
  context: UseCaseContext,
  bytes: AsyncIterable<Buffer>,
  file: ReceivedFile,
  actor: string,
): Promise<Result<PatientImport>> {
  const { config, pool, now, newUuid } = context;
  const domain = file.domain === undefined ? null : domainOf(config, file.domain);
  if (domain === undefined) return refuse(patientFileRules.domainUnknown);
  const age = (days: number): Date => new Date(now().getTime() - days * DAY_MS);
  await pruneImports(pool, { files: age(FILE_DAYS), imports: age(IMPORT_DAYS) });
  const id = newUuid();
  try {
    return await transaction(pool, async (tx) => {
      const { name, mode, known } = file;
      await insertImport(tx, { id, createdAt: now(), createdBy: actor, name: name.slice(0, 200), domain, mode, known });
      const received = await storeLines(tx, id, bytes, { ...file, maxBytes: config.imports.maxBytes });
      await importReceived(tx, id, received);
      await addTask(tx, { kind: 'patient-import', subject: id });
      const row = await importById(tx, id);
      return row === undefined ? refuse(patientFileRules.wrongState) : ok(row);
    });
  } catch (error) {
    if (error instanceof Unfit) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

type Reading = ReceivedFile & { readonly maxBytes: number };

async function storeLines(tx: Db, id: string, bytes: AsyncIterable<Buffer>, file: Reading) {
  const counter = { bytes: 0 };
  const seen = numbersSeen();
  let titles: readonly string[] | undefined;
  let columns: Columns = {};
  let lines = 0;
  let parts = 0;
  let part: StoredLine[] = [];
  const flush = async (): Promise<void> => {
    if (part.length > 0) await addImportPart(tx, id, parts++, part);
    part = [];
  };
  for await (const { line, cells } of rowsOf(bytes, file, counter)) {
    if (titles === undefined) {
      titles = cells;
      columns = wholeColumns(cells);
      continue;
    }
    const plain = cells.map(unguarded);
    const { domain = '', ipp } = valuesOf(plain, columns);
    part.push([line, ipp !== undefined && seen.again(`${domain}|${ipp}`) ? 1 : 0, ...plain]);
    lines += 1;
    if (part.length === PART_LINES) await flush();
  }
  if (titles === undefined) throw new Unfit({ rule: patientFileRules.columnsMissing, detail: 'fichier vide' });
  await flush();
  return { bytes: counter.bytes, lines, parts, columns, titles };
}

function wholeColumns(titles: readonly string[]): Columns {
  const { columns, missing } = columnsOf(titles);
  if (missing.length > 0) throw new Unfit({ rule: patientFileRules.columnsMissing, detail: missing.join(', ') });
  return columns;
}

async function* rowsOf(bytes: AsyncIterable<Buffer>, file: Reading, counter: { bytes: number }) {
  try {
    yield* csvRows(textOf(bytes, file, counter));
  } catch (error) {
    // A quote that is not closed; bytes that are not of this encoding.
    if (error instanceof RangeError) throw new Unfit({ rule: patientFileRules.unreadable, detail: error.message });
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new Unfit({ rule: patientFileRules.unreadable, detail: `encodage ${file.encoding}` });
    throw error;
  }
}

async function* textOf(
  bytes: AsyncIterable<Buffer>,
  { encoding, maxBytes }: Reading,
  counter: { bytes: number },
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for await (const chunk of bytes) {
    counter.bytes += chunk.length;
    if (counter.bytes > maxBytes) throw new Unfit({ rule: patientFileRules.tooLarge });
    // U+0000 cannot be stored: it makes the line one that is refused, not the file.
    yield decoder.decode(chunk, { stream: true }).replaceAll('\0', '\ufffd');
  }
  yield decoder.decode();
}

/**
 * Numbers of the lines read so far, as 48 bits of a digest each: a million of them take 40 MB, their texts would take four
 * times that. Two that share a digest by chance (one file of a million in 500) are told apart when the line is worked off.
 */
function numbersSeen(): { again(number: string): boolean } {
  const digests = new Set<number>();
  return {
    again(number) {
      const digest = createHash('sha1').update(number).digest().readUIntBE(0, 6);
      const known = digests.has(digest);
      digests.add(digest);
      return known;
    },
  };
}
