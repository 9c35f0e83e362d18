/** Inventory files: their lines with what became of each, and what they say now. */
import { type Db, many, maybe } from './db.ts';

export type InventoryKind = 'installed' | 'versions';
export type LineOutcome = 'added' | 'changed' | 'unchanged' | 'rejected';
export type EntryFields = Readonly<Record<string, string>>;

export interface InventoryEntry {
  readonly key: string;
  readonly eg: string;
  readonly fields: EntryFields;
}

export interface InventoryLine {
  readonly line: number;
  readonly outcome: LineOutcome;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly cells: readonly string[];
}

export interface InventoryImport {
  readonly id: string;
  readonly at: Date;
  readonly by: string;
  readonly kind: InventoryKind;
  readonly name: string;
  readonly sha256: string;
  readonly titles: readonly string[];
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly rejected: number;
}

/** Held to the end of the transaction: two files of a kind come one after the other. */
export async function lockInventory(tx: Db, kind: InventoryKind): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventory'), hashtext($1))`, [kind]);
}

/** `eg`: of whoever looks; null sees all. What holds everywhere is seen by everybody. */
export async function inventoryEntries(db: Db, kind: InventoryKind, eg: string | null): Promise<InventoryEntry[]> {
  return many<InventoryEntry>(
    db,
    `select key, eg, fields from inventory_entry where kind = $1 and ($2::text is null or eg in ($2, ''))
     order by eg, key`,
    [kind, eg],
  );
}

export async function putEntries(
  tx: Db,
  { id, kind, at }: Pick<InventoryImport, 'id' | 'kind' | 'at'>,
  entries: readonly InventoryEntry[],
): Promise<void> {
  await tx.query(
    `insert into inventory_entry (kind, key, eg, fields, import_id, at)
     select $1, key, eg, fields, $2, $3 from unnest($4::text[], $5::text[], $6::jsonb[]) as given (key, eg, fields)
     on conflict (kind, key) do update set eg = excluded.eg, fields = excluded.fields, import_id = excluded.import_id,
       at = excluded.at`,
    [
      kind,
      id,
      at,
      entries.map(({ key }) => key),
      entries.map(({ eg }) => eg),
      entries.map(({ fields }) => JSON.stringify(fields)),
    ],
  );
}

export async function insertInventoryImport(
  tx: Db,
  file: InventoryImport,
  lines: readonly InventoryLine[],
): Promise<void> {
  await tx.query(
    `insert into inventory_import (id, at, by_actor, kind, name, sha256, titles, added, changed, unchanged, rejected)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      ...[file.id, file.at, file.by, file.kind, file.name, file.sha256, JSON.stringify(file.titles)],
      ...[file.added, file.changed, file.unchanged, file.rejected],
    ],
  );
  await tx.query(
    `insert into inventory_line (import_id, line, outcome, rule_id, detail, cells)
     select $1, * from unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::jsonb[])`,
    [
      file.id,
      lines.map(({ line }) => line),
      lines.map(({ outcome }) => outcome),
      lines.map(({ ruleId }) => ruleId),
      lines.map(({ detail }) => detail),
      lines.map(({ cells }) => JSON.stringify(cells)),
    ],
  );
}

const IMPORT = `id, at, by_actor as by, kind, name, sha256, titles, added, changed, unchanged, rejected`;

/** The last first. */
export async function listInventoryImports(db: Db, limit: number): Promise<InventoryImport[]> {
  return many<InventoryImport>(db, `select ${IMPORT} from inventory_import order by at desc, id limit $1`, [limit]);
}

export async function inventoryImportById(db: Db, id: string): Promise<InventoryImport | undefined> {
  return maybe<InventoryImport>(db, `select ${IMPORT} from inventory_import where id = $1`, [id]);
}

/** In the order of the file. */
export async function inventoryLines(db: Db, id: string): Promise<InventoryLine[]> {
  return many<InventoryLine>(
    db,
    `select line, outcome, rule_id as "ruleId", detail, cells from inventory_line where import_id = $1 order by line`,
    [id],
  );
}
