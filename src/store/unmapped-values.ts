/** Values met in documents and not mapped: what the mapping desk shows, and which documents a new row releases. */
import { type Db, many, one } from './db.ts';
import type { DocumentRecord } from './documents.ts';
import type { MappingKind } from './mappings.ts';

export interface UnmappedValue {
  readonly kind: MappingKind;
  readonly localValue: string;
  /** Authors: family and given name, in upper case without accents. */
  readonly localName: string;
  /** As the sender writes it. */
  readonly label: string;
}

/** Replaces what the desk holds of a document. Never a trait of the patient. */
export async function putUnmappedValues(tx: Db, documentId: string, values: readonly UnmappedValue[]): Promise<void> {
  await tx.query('delete from unmapped_value where document_id = $1', [documentId]);
  for (const { kind, localValue, localName, label } of values)
    await tx.query(
      'insert into unmapped_value (document_id, kind, local_value, local_name, label) values ($1, $2, $3, $4, $5)',
      [documentId, kind, localValue, localName, label],
    );
}

export interface ValueToMap extends UnmappedValue {
  /** `MSH-3|MSH-4`, or the caller of the API. */
  readonly sender: string;
  readonly eg: string;
  readonly documents: number;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** MSH-10 of the last documents, newest first. */
  readonly examples: readonly string[];
}

const WAITING = `d.state in ('received', 'waiting')`;

/** By value and sender, what holds back the most documents first. */
export async function valuesToMap(
  db: Db,
  filter: { readonly eg: string | null; readonly kind: MappingKind | null; readonly limit: number },
): Promise<ValueToMap[]> {
  return many<ValueToMap>(
    db,
    `select u.kind, u.local_value as "localValue", u.local_name as "localName", max(u.label) as label, d.sender, d.eg,
       count(*) as documents, min(d.received_at) as "firstSeen", max(d.received_at) as "lastSeen",
       (array_agg(d.control_id order by d.received_at desc))[1:3] as examples
     from unmapped_value u join document d on d.id = u.document_id
     where ${WAITING} and ($1::text is null or d.eg = $1) and ($2::text is null or u.kind = $2)
     group by u.kind, u.local_value, u.local_name, d.sender, d.eg
     order by documents desc, "firstSeen", u.local_value limit $3`,
    [filter.eg, filter.kind, filter.limit],
  );
}

/** Values still to map, whoever sends them; counted up to `most`. */
export async function countValuesToMap(db: Db, eg: string | null, most: number): Promise<number> {
  const row = await one<{ count: number }>(
    db,
    `select count(*) as count from (
       select distinct u.kind, u.local_value, u.local_name, d.sender, d.eg
       from unmapped_value u join document d on d.id = u.document_id
       where ${WAITING} and ($1::text is null or d.eg = $1) limit $2) as first_ones`,
    [eg, most],
  );
  return row.count;
}

export async function isAwaited(tx: Db, kind: MappingKind, localValue: string): Promise<boolean> {
  const row = await one<{ awaited: boolean }>(
    tx,
    'select exists (select 1 from unmapped_value where kind = $1 and local_value = $2) as awaited',
    [kind, localValue],
  );
  return row.awaited;
}

/** The next documents that wait for this value, after the one given, by identifier. */
export async function documentsAwaiting(
  db: Db,
  value: { readonly kind: MappingKind; readonly localValue: string; readonly after: string | null },
  limit: number,
): Promise<Pick<DocumentRecord, 'id' | 'uniqueId' | 'chainKey' | 'eg'>[]> {
  return many(
    db,
    `select d.id, d.unique_id as "uniqueId", d.chain_key as "chainKey", d.eg from unmapped_value u join document d on d.id = u.document_id
     where u.kind = $1 and u.local_value = $2 and ($3::uuid is null or u.document_id > $3::uuid) and ${WAITING}
     order by u.document_id limit $4`,
    [value.kind, value.localValue, value.after, limit],
  );
}
