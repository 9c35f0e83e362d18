/** Imports of patient files: the file in parts, the position, what became of its lines. */
import { type Db, many, maybe } from './db.ts';

export type ImportMode = 'rehearsal' | 'import';
export type KnownPolicy = 'reject' | 'update';
export type ImportState = 'queued' | 'running' | 'done' | 'stopped';

export interface PatientImport {
  readonly id: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly name: string;
  readonly domain: string | null;
  readonly mode: ImportMode;
  readonly known: KnownPolicy;
  readonly state: ImportState;
  readonly bytes: number;
  readonly lines: number;
  readonly parts: number;
  readonly nextPart: number;
  readonly columns: Readonly<Record<string, number>>;
  readonly titles: readonly string[];
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  readonly ruleId: string | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

const SELECT = `select id, created_at as "createdAt", created_by as "createdBy", name, domain, mode, known, state, bytes, lines,
  parts, next_part as "nextPart", columns, titles, created_count as created, updated_count as updated,
  unchanged_count as unchanged, rejected_count as rejected, rule_id as "ruleId", started_at as "startedAt",
  ended_at as "endedAt" from patient_import`;

/** Line of the file, whether its number stood in an earlier line, and its cells. */
export type StoredLine = readonly [line: number, repeated: 0 | 1, ...cells: string[]];

export async function insertImport(
  tx: Db,
  row: Pick<PatientImport, 'id' | 'createdAt' | 'createdBy' | 'name' | 'domain' | 'mode' | 'known'>,
): Promise<void> {
  await tx.query(
    `insert into patient_import (id, created_at, created_by, name, domain, mode, known, state)
     values ($1, $2, $3, $4, $5, $6, $7, 'receiving')`,
    [row.id, row.createdAt, row.createdBy, row.name, row.domain, row.mode, row.known],
  );
}

export async function addImportPart(tx: Db, id: string, part: number, lines: readonly StoredLine[]): Promise<void> {
  await tx.query('insert into patient_import_part (import_id, part, rows) values ($1, $2, $3)', [
    id,
    part,
    JSON.stringify(lines),
  ]);
}

export async function importReceived(
  tx: Db,
  id: string,
  file: Pick<PatientImport, 'bytes' | 'lines' | 'parts' | 'columns' | 'titles'>,
): Promise<void> {
  await tx.query(
    `update patient_import set state = 'queued', bytes = $2, lines = $3, parts = $4, columns = $5, titles = $6 where id = $1`,
    [id, file.bytes, file.lines, file.parts, JSON.stringify(file.columns), JSON.stringify(file.titles)],
  );
}

export async function importById(db: Db, id: string): Promise<PatientImport | undefined> {
  return maybe<PatientImport>(db, `${SELECT} where id = $1`, [id]);
}

export async function lockImport(tx: Db, id: string): Promise<PatientImport | undefined> {
  return maybe<PatientImport>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export async function listImports(db: Db, limit: number): Promise<PatientImport[]> {
  return many<PatientImport>(db, `${SELECT} order by created_at desc, id limit $1`, [limit]);
}

export async function importPart(db: Db, id: string, part: number): Promise<StoredLine[]> {
  const row = await maybe<{ rows: string }>(
    db,
    'select rows from patient_import_part where import_id = $1 and part = $2',
    [id, part],
  );
  return row === undefined ? [] : JSON.parse(row.rows);
}

export interface LineCounts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
}

/** Moves the position past a part, with what became of its lines. */
export async function partDone(tx: Db, id: string, counts: LineCounts, at: Date): Promise<void> {
  await tx.query(
    `update patient_import set next_part = next_part + 1, state = 'running', started_at = coalesce(started_at, $6),
       created_count = created_count + $2, updated_count = updated_count + $3,
       unchanged_count = unchanged_count + $4, rejected_count = rejected_count + $5 where id = $1`,
    [id, counts.created, counts.updated, counts.unchanged, counts.rejected, at],
  );
}

/** The file goes with the end of an import; that of a rehearsal stays for its confirmation. */
export async function endImport(
  tx: Db,
  id: string,
  end: { readonly state: 'done' | 'stopped'; readonly at: Date; readonly keepFile: boolean; readonly ruleId?: string },
): Promise<void> {
  await tx.query('update patient_import set state = $2, ended_at = $3, rule_id = $4 where id = $1', [
    id,
    end.state,
    end.at,
    end.ruleId ?? null,
  ]);
  if (!end.keepFile) await tx.query('delete from patient_import_part where import_id = $1', [id]);
}

/** A rehearsal becomes the import: from its first part again, with nothing counted. */
export async function confirmImport(tx: Db, id: string): Promise<void> {
  await tx.query('delete from patient_import_rejection where import_id = $1', [id]);
  await tx.query(
    `update patient_import set mode = 'import', state = 'queued', next_part = 0, created_count = 0, updated_count = 0,
       unchanged_count = 0, rejected_count = 0, started_at = null, ended_at = null where id = $1`,
    [id],
  );
}

export interface RejectedLine {
  readonly line: number;
  readonly ruleId: string;
  readonly detail: string | null;
  readonly cells: readonly string[];
}

export async function addRejections(tx: Db, id: string, lines: readonly RejectedLine[]): Promise<void> {
  if (lines.length === 0) return;
  await tx.query(
    `insert into patient_import_rejection (import_id, line, rule_id, detail, cells)
     select $1, line, "ruleId", detail, cells
     from jsonb_to_recordset($2::jsonb) as r (line integer, "ruleId" text, detail text, cells jsonb)`,
    [id, JSON.stringify(lines)],
  );
}

export async function rejectionsOf(
  db: Db,
  id: string,
  page: { readonly after: number; readonly limit: number },
): Promise<RejectedLine[]> {
  return many<RejectedLine>(
    db,
    `select line, rule_id as "ruleId", detail, cells from patient_import_rejection
     where import_id = $1 and line > $2 order by line limit $3`,
    [id, page.after, page.limit],
  );
}

/** Files of rehearsals that nobody confirmed, and whole imports, after their time: they hold the data of patients. */
export async function pruneImports(db: Db, before: { readonly files: Date; readonly imports: Date }): Promise<void> {
  await db.query(
    `delete from patient_import_part using patient_import
     where import_id = id and state in ('done', 'stopped') and created_at < $1`,
    [before.files],
  );
  await db.query("delete from patient_import where state in ('done', 'stopped') and created_at < $1", [before.imports]);
}
