/**
 * An inventory file comes in: every line is kept with what became of it, the good ones at once. The same file again changes
 * nothing; a line that is not in a later file stays, since a file says what it knows and not what is gone.
 */
import { createHash } from 'node:crypto';
import type { UseCaseContext } from '../queue/context.ts';
import { observatoryRules } from '../rules/observatory.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import {
  type EntryFields,
  type InventoryEntry,
  type InventoryImport,
  type InventoryKind,
  type InventoryLine,
  insertInventoryImport,
  inventoryEntries,
  lockInventory,
  putEntries,
} from '../store/inventory.ts';
import { csvRows, unguarded } from '../wire/csv/read.ts';
import { COLUMNS, readEntry, requiredTitles, titleKey } from './inventory-kinds.ts';

/** Lines of one file: fifty applications in each of four hundred establishments. */
const MOST_LINES = 20_000;
/** Bytes. */
export const LARGEST_INVENTORY = 16 * 1024 * 1024;

export interface InventoryFile {
  readonly kind: InventoryKind;
  /** As the file was called. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads the file and records it. Refused when it cannot be read at all: nothing is then recorded. */
export async function importInventory(
  context: UseCaseContext,
  { kind, name, bytes }: InventoryFile,
  by: string,
): Promise<Result<InventoryImport>> {
  const read = await readFile(kind, bytes);
  if (!read.ok) return read;
  const { titles, rows } = read.value;
  return transaction(context.pool, async (tx) => {
    await lockInventory(tx, kind);
    const known = new Map((await inventoryEntries(tx, kind, null)).map((entry) => [entry.key, entry.fields]));
    const { lines, entries } = judge(kind, rows, known);
    const count = (outcome: InventoryLine['outcome']): number =>
      lines.filter((line) => line.outcome === outcome).length;
    const file: InventoryImport = {
      id: context.newUuid(),
      at: context.now(),
      by,
      kind,
      name: name.slice(0, 200),
      sha256: createHash('sha256').update(bytes).digest('hex'),
      titles,
      added: count('added'),
      changed: count('changed'),
      unchanged: count('unchanged'),
      rejected: count('rejected'),
    };
    await insertInventoryImport(tx, file, lines);
    if (entries.length > 0) await putEntries(tx, file, entries);
    return ok(file);
  });
}

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

function judge(
  kind: InventoryKind,
  rows: readonly Row[],
  known: ReadonlyMap<string, EntryFields>,
): { readonly lines: readonly InventoryLine[]; readonly entries: readonly InventoryEntry[] } {
  const taken = new Map<string, { readonly line: number; readonly entry: InventoryEntry }>();
  const entries: InventoryEntry[] = [];
  const lines = rows.map(({ line, cells, values }): InventoryLine => {
    const rejected = (refusal: Refusal): InventoryLine => ({
      line,
      cells,
      outcome: 'rejected',
      ruleId: refusal.rule.id,
      detail: [refusal.location, refusal.detail].filter(Boolean).join(' : ') || null,
    });
    const read = readEntry(kind, values);
    if (!read.ok) return rejected(read.refusal);
    const entry = read.value;
    const before = taken.get(entry.key);
    if (before !== undefined && differences(before.entry.fields, entry.fields).length > 0)
      return rejected({ rule: observatoryRules.lineRepeated, detail: `ligne ${before.line}` });
    taken.set(entry.key, before ?? { line, entry });
    const fields = known.get(entry.key);
    const changes = fields === undefined ? [] : differences(fields, entry.fields);
    const outcome = before !== undefined ? 'unchanged' : outcomeOf(fields, changes);
    if (outcome !== 'unchanged') entries.push({ ...entry, fields: { ...fields, ...entry.fields } });
    const told = changes.map(
      (name) => `${COLUMNS[kind][name]?.title} : ${fields?.[name] || '–'} → ${entry.fields[name] || '–'}`,
    );
    return { line, cells, outcome, ruleId: null, detail: told.join(' ; ') || null };
  });
  return { lines, entries };
}

function outcomeOf(known: EntryFields | undefined, changes: readonly string[]): 'added' | 'changed' | 'unchanged' {
  if (known === undefined) return 'added';
  return changes.length > 0 ? 'changed' : 'unchanged';
}

/** Names of the columns that say something else. */
function differences(before: EntryFields, after: EntryFields): string[] {
  return Object.keys(after).filter((name) => (before[name] ?? '') !== after[name]);
}

interface ReadInventory {
  readonly titles: readonly string[];
  readonly rows: readonly Row[];
}

async function readFile(kind: InventoryKind, bytes: Uint8Array): Promise<Result<ReadInventory>> {
  const unreadable = (detail: string) => refuse(observatoryRules.fileUnreadable, { detail });
  const text = decoded(bytes);
  if (text === undefined) return unreadable('UTF-8 attendu');
  let titles: readonly string[] | undefined;
  let names: readonly (string | undefined)[] = [];
  const rows: Row[] = [];
  try {
    for await (const { line, cells } of csvRows(inOneChunk(text))) {
      if (titles === undefined) {
        titles = cells;
        names = columnNames(kind, cells);
        const absent = absentTitles(kind, cells);
        if (absent.length > 0) return unreadable(`colonnes absentes : ${absent.join(', ')}`);
        continue;
      }
      if (rows.length === MOST_LINES) return unreadable(`plus de ${MOST_LINES} lignes`);
      rows.push({ line, cells, values: valuesOf(names, cells) });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return unreadable(error.message);
  }
  return titles === undefined ? unreadable('fichier vide') : ok({ titles, rows });
}

/** A null character can be written neither in JSON nor in a text of the database. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\u0000') ? undefined : text;
  } catch {
    return undefined;
  }
}

async function* inOneChunk(text: string): AsyncGenerator<string> {
  yield text;
}

function columnNames(kind: InventoryKind, titles: readonly string[]): (string | undefined)[] {
  const byTitle = new Map(Object.entries(COLUMNS[kind]).map(([name, { title }]) => [titleKey(title), name]));
  return titles.map((title) => byTitle.get(titleKey(title)));
}

function absentTitles(kind: InventoryKind, titles: readonly string[]): string[] {
  const given = new Set(titles.map(titleKey));
  return requiredTitles(kind).filter((title) => !given.has(titleKey(title)));
}

/** A column that nobody knows is kept with the line, and says nothing. */
function valuesOf(names: readonly (string | undefined)[], cells: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name, at) => (name === undefined ? [] : [[name, unguarded((cells[at] ?? '').trim())]])),
  );
}
