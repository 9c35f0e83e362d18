/** Rows that say what a local code is in national terms, their history, and which document was described by which. */
import { type Db, many, maybe, one } from './db.ts';

export type MappingKind = 'types' | 'units' | 'authors';

/** A code of JDV_J07, or the site's decision that this type is never fed. */
export type TypeTarget = { readonly typeCode: string } | { readonly neverFed: true };

export interface UnitTarget {
  /** FINESS of a declared geographic entity. */
  readonly eg: string;
  /** JDV_J61; that of the entity when absent. */
  readonly sector?: string;
  /** JDV_J62; that of the entity when absent. */
  readonly practiceSetting?: string;
}

export interface AuthorTarget {
  /** PS_IdNat, `8` + RPPS. */
  readonly id: string;
  readonly family: string;
  readonly given: string;
  /** JDV_J01, profession and specialty. */
  readonly specialty: string;
}

export type KindTarget =
  | { readonly kind: 'types'; readonly target: TypeTarget }
  | { readonly kind: 'units'; readonly target: UnitTarget }
  | { readonly kind: 'authors'; readonly target: AuthorTarget };

/** What a row is about. */
export interface MappingKey {
  readonly kind: MappingKind;
  /** `''`, `eg:FINESS` or `source:APPLICATION|FACILITY`. */
  readonly scope: string;
  readonly localValue: string;
  /** Empty, or the one name for which the row of an author holds. */
  readonly localName: string;
}

export type MappingRecord = Omit<MappingKey, 'kind'> &
  KindTarget & {
    readonly id: string;
    readonly label: string;
    readonly revision: number;
    readonly updatedAt: Date;
    readonly updatedBy: string;
  };

const SELECT = `select id, kind, scope, local_value as "localValue", local_name as "localName", label, target, revision,
  updated_at as "updatedAt", updated_by as "updatedBy" from mapping`;

/**
 * Held by whoever changes the tables, shared by a document about to wait for a value: either the document sees the new
 * row, or the change sees the document that waits.
 */
const LOCK = 7_031_016;

export async function lockMappings(tx: Db, how: 'shared' | 'exclusive'): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock${how === 'shared' ? '_shared' : ''}($1)`, [LOCK]);
}

/** Rows of these values in every scope; the caller picks. One indexed query per raw document. */
export async function mappingsOf(
  db: Db,
  values: readonly { readonly kind: MappingKind; readonly localValue: string }[],
): Promise<MappingRecord[]> {
  return many<MappingRecord>(
    db,
    `${SELECT} where (kind, local_value) in (select * from unnest($1::text[], $2::text[]))`,
    [values.map(({ kind }) => kind), values.map(({ localValue }) => localValue)],
  );
}

export async function mappingById(db: Db, id: string): Promise<MappingRecord | undefined> {
  return maybe<MappingRecord>(db, `${SELECT} where id = $1`, [id]);
}

export async function mappingByKey(db: Db, key: MappingKey): Promise<MappingRecord | undefined> {
  return maybe<MappingRecord>(db, `${SELECT} where kind = $1 and local_value = $2 and scope = $3 and local_name = $4`, [
    key.kind,
    key.localValue,
    key.scope,
    key.localName,
  ]);
}

export interface MappingFilter {
  readonly kind: MappingKind;
  /** Somewhere in the local value, the name or the label; empty for all. */
  readonly search: string;
  /** Keyset: only what comes after this row. */
  readonly after: { readonly localValue: string; readonly id: string } | null;
  readonly limit: number;
}

/** By local value. What the reader may see is for the caller to say: scopes depend on the configuration. */
export async function listMappings(db: Db, { kind, search, after, limit }: MappingFilter): Promise<MappingRecord[]> {
  return many<MappingRecord>(
    db,
    `${SELECT}
     where kind = $1 and ($2 = '' or position(lower($2) in lower(local_value || ' ' || local_name || ' ' || label || ' ' || target::text)) > 0)
       and ($3::text is null or (local_value, id) > ($3, $4::uuid))
     order by local_value, id limit $5`,
    [kind, search, after?.localValue ?? null, after?.id ?? null, limit],
  );
}

/** Writes a row whole, as new or over the former one. */
export async function putMapping(tx: Db, record: MappingRecord): Promise<void> {
  await tx.query(
    `insert into mapping (id, kind, scope, local_value, local_name, label, target, revision, updated_at, updated_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (id) do update set label = excluded.label, target = excluded.target, revision = excluded.revision,
       updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
    [
      record.id,
      record.kind,
      record.scope,
      record.localValue,
      record.localName,
      record.label,
      JSON.stringify(record.target),
      record.revision,
      record.updatedAt,
      record.updatedBy,
    ],
  );
}

export async function deleteMapping(tx: Db, id: string): Promise<void> {
  await tx.query('delete from mapping where id = $1', [id]);
}

export interface MappingEvent {
  readonly at: Date;
  readonly actor: string;
  readonly event: 'created' | 'changed' | 'deleted';
  readonly before: MappingRecord['target'] | null;
  readonly after: MappingRecord['target'] | null;
}

export async function addMappingEvent(tx: Db, mappingId: string, event: MappingEvent): Promise<void> {
  await tx.query(
    'insert into mapping_history (mapping_id, at, actor, event, before, after) values ($1, $2, $3, $4, $5, $6)',
    [mappingId, event.at, event.actor, event.event, json(event.before), json(event.after)],
  );
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** Newest first. */
export async function mappingHistory(db: Db, mappingId: string): Promise<MappingEvent[]> {
  return many<MappingEvent>(
    db,
    'select at, actor, event, before, after from mapping_history where mapping_id = $1 order by id desc limit 100',
    [mappingId],
  );
}

/** Notes that the document is described by these rows as they are, and by no other. */
export async function putDocumentMappings(
  tx: Db,
  documentId: string,
  rows: readonly { readonly id: string; readonly kind: MappingKind; readonly revision: number }[],
): Promise<void> {
  await tx.query('delete from document_mapping where document_id = $1 and kind <> all($2)', [
    documentId,
    rows.map(({ kind }) => kind),
  ]);
  await tx.query(
    `insert into document_mapping (document_id, kind, mapping_id, revision)
     select $1, * from unnest($2::text[], $3::uuid[], $4::integer[])
     on conflict (document_id, kind) do update set mapping_id = excluded.mapping_id, revision = excluded.revision`,
    [documentId, rows.map(({ kind }) => kind), rows.map(({ id }) => id), rows.map(({ revision }) => revision)],
  );
}

/** Documents that left described by a row, now and before its last change; each counted up to `most`. */
export async function countSentUnder(
  db: Db,
  mapping: { readonly id: string; readonly revision: number },
  most: number,
): Promise<{ current: number; earlier: number }> {
  const counted = (comparison: string): string =>
    `(select count(*) from (select 1 from document_mapping m join document d on d.id = m.document_id
       where m.mapping_id = $1 and m.revision ${comparison} $2
         and d.state in ('sending', 'accepted', 'unknown', 'replaced', 'deleted') limit $3) as first_ones)`;
  return one(db, `select ${counted('=')} as current, ${counted('<')} as earlier`, [mapping.id, mapping.revision, most]);
}
