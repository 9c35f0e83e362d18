/** Files of figures that were taken in for establishments that are not connected, and the settings of the risk rules. */
import { type Db, many, maybe } from './db.ts';

export interface ImportRejection {
  readonly line: number;
  readonly rule: string;
  readonly detail: string;
}

export interface RegionImport {
  readonly id: string;
  readonly name: string;
  /** Who published the figures, as the importer says. */
  readonly source: string;
  /** `AAAA-MM-JJ`: their date. */
  readonly dated: string;
  readonly sha256: string;
  readonly importedBy: string;
  readonly importedAt: Date;
  readonly lines: number;
  readonly added: number;
  readonly replaced: number;
  readonly unchanged: number;
  readonly rejected: number;
  readonly rejections: readonly ImportRejection[];
}

const SELECT = `select id, name, source, to_char(dated, 'YYYY-MM-DD') as dated, sha256, imported_by as "importedBy",
  imported_at as "importedAt", lines, added, replaced, unchanged, rejected, rejections from region_import`;

export async function insertRegionImport(tx: Db, row: RegionImport): Promise<void> {
  await tx.query(
    `insert into region_import (id, name, source, dated, sha256, imported_by, imported_at, lines, added, replaced, unchanged, rejected, rejections)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      row.id,
      row.name,
      row.source,
      row.dated,
      row.sha256,
      row.importedBy,
      row.importedAt,
      row.lines,
      row.added,
      row.replaced,
      row.unchanged,
      row.rejected,
      JSON.stringify(row.rejections),
    ],
  );
}

export async function listRegionImports(db: Db, limit: number): Promise<RegionImport[]> {
  return many<RegionImport>(db, `${SELECT} order by imported_at desc, id limit $1`, [limit]);
}

export async function regionImportById(db: Db, id: string): Promise<RegionImport | undefined> {
  return maybe<RegionImport>(db, `${SELECT} where id = $1`, [id]);
}

export interface RiskSetting {
  readonly kind: string;
  readonly enabled: boolean;
  readonly threshold: number;
  readonly changedBy: string;
  readonly changedAt: Date;
}

export async function riskSettings(db: Db): Promise<RiskSetting[]> {
  return many<RiskSetting>(
    db,
    'select kind, enabled, threshold, changed_by as "changedBy", changed_at as "changedAt" from region_risk_rule order by kind',
  );
}

export async function putRiskSetting(db: Db, row: RiskSetting): Promise<void> {
  await db.query(
    `insert into region_risk_rule (kind, enabled, threshold, changed_by, changed_at) values ($1, $2, $3, $4, $5)
     on conflict (kind) do update set enabled = excluded.enabled, threshold = excluded.threshold,
       changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
    [row.kind, row.enabled, row.threshold, row.changedBy, row.changedAt],
  );
}
