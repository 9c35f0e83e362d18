/** Rule packs that were installed, and what each said of the documents. */
import { type Db, many, maybe, write } from './db.ts';

export type PackMode = 'off' | 'observe' | 'block';

export interface PackContent {
  readonly entries: readonly { readonly path: string; readonly templates: readonly string[] }[];
  readonly xsd?: string;
}

export interface InstalledPack {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly folder: string;
  readonly content: PackContent;
  /** AAAA-MM-JJ. */
  readonly validFrom: string | null;
  readonly validUntil: string | null;
  readonly mode: PackMode;
  /** By declared application (`application|facility`), where it differs. */
  readonly sourceModes: Readonly<Record<string, PackMode>>;
  readonly installedAt: Date;
  readonly installedBy: string;
  readonly changedAt: Date;
  readonly changedBy: string;
}

const SELECT = `select id, name, version, hash, folder, content, valid_from::text as "validFrom", valid_until::text as "validUntil",
  mode, source_modes as "sourceModes", installed_at as "installedAt", installed_by as "installedBy", changed_at as "changedAt",
  changed_by as "changedBy" from rule_pack`;

/** False when a pack of the same content is there. */
export async function insertPack(
  db: Db,
  pack: Omit<InstalledPack, 'mode' | 'sourceModes' | 'changedAt' | 'changedBy'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into rule_pack (id, name, version, hash, folder, content, valid_from, valid_until, installed_at, installed_by,
       changed_at, changed_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $10) on conflict (hash) do nothing`,
    [
      pack.id,
      pack.name,
      pack.version,
      pack.hash,
      pack.folder,
      JSON.stringify(pack.content),
      pack.validFrom,
      pack.validUntil,
      pack.installedAt,
      pack.installedBy,
    ],
  );
  return rowCount === 1;
}

/** The newest first. */
export async function listPacks(db: Db): Promise<InstalledPack[]> {
  return many<InstalledPack>(db, `${SELECT} order by installed_at desc, id`, []);
}

export async function packById(db: Db, id: string): Promise<InstalledPack | undefined> {
  return maybe<InstalledPack>(db, `${SELECT} where id = $1`, [id]);
}

/** In service for somebody, the oldest first. */
export async function packsInService(db: Db): Promise<InstalledPack[]> {
  return many<InstalledPack>(db, `${SELECT} where mode <> 'off' or source_modes <> '{}' order by installed_at, id`, []);
}

export async function setPackModes(
  db: Db,
  id: string,
  { mode, sourceModes }: Pick<InstalledPack, 'mode' | 'sourceModes'>,
  by: { readonly at: Date; readonly actor: string },
): Promise<void> {
  await write(db, 'update rule_pack set mode = $2, source_modes = $3, changed_at = $4, changed_by = $5 where id = $1', [
    id,
    mode,
    JSON.stringify(sourceModes),
    by.at,
    by.actor,
  ]);
}

export interface PackFailure {
  /** Path of the schematron, or of the XML schema. */
  readonly entry: string;
  readonly location: string;
  readonly text: string;
  /** What names the rule from one document to the next. */
  readonly test: string;
}

export interface Judgement {
  readonly packId: string;
  readonly at: Date;
  readonly outcome: 'conformant' | 'failed' | 'undecided';
  readonly ruleId: string | null;
  readonly failed: number;
  readonly ms: number;
  readonly failures: readonly PackFailure[];
}

export async function putJudgement(tx: Db, documentId: string, judgement: Judgement): Promise<void> {
  const { packId, at, outcome, ruleId, failed, ms, failures } = judgement;
  await write(
    tx,
    `insert into conformance_result (document_id, pack_id, at, outcome, rule_id, failed, ms, failures)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (document_id, pack_id) do update set at = excluded.at, outcome = excluded.outcome, rule_id = excluded.rule_id,
       failed = excluded.failed, ms = excluded.ms, failures = excluded.failures`,
    [documentId, packId, at, outcome, ruleId, failed, ms, JSON.stringify(failures)],
  );
}

export interface JudgementOfPack extends Judgement {
  readonly name: string;
  readonly version: string;
}

export async function judgementsOf(db: Db, documentId: string): Promise<JudgementOfPack[]> {
  return many<JudgementOfPack>(
    db,
    `select r.pack_id as "packId", r.at, r.outcome, r.rule_id as "ruleId", r.failed, r.ms, r.failures, p.name, p.version
     from conformance_result r join rule_pack p on p.id = r.pack_id where r.document_id = $1 order by p.name, p.version`,
    [documentId],
  );
}
