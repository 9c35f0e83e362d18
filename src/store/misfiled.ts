/**
 * Documents of a person that stood under another record: those that have not left go to the right one, those that left are
 * listed, since the one under whose INS they left is not theirs (practice 23).
 */
import { type Db, many } from './db.ts';

/** What may still be prepared again, and what left or may have. */
const STILL_HERE = `('received', 'waiting', 'ready')`;
const NOT_SETTLED = `('received', 'waiting', 'ready', 'sending', 'unknown')`;
const MAY_HAVE_LEFT = `('sending', 'unknown', 'accepted', 'replaced')`;

/** Which documents of a record are somebody else's. */
export interface Belonging {
  readonly from: string;
  readonly to: string;
  /** Chosen one by one. */
  readonly documentIds: readonly string[];
}

/** Chosen, or under a number that the right record bears. */
const CONCERNED = `d.identity_id = $1 and (d.id = any($3) or exists (
  select 1 from identity_identifier i where i.identity_id = $2 and i.domain = d.ipp_domain and i.value = d.ipp))`;

/**
 * Those that are still here follow; gives how many. One whose sending has no outcome yet follows too: were it to be sent
 * again, it would be for the right person.
 */
export async function moveDocuments(tx: Db, { from, to, documentIds }: Belonging): Promise<number> {
  const { rowCount } = await tx.query(
    `update document d set identity_id = $2
     where d.state in ${NOT_SETTLED} and (${CONCERNED})`,
    [from, to, documentIds],
  );
  return rowCount ?? 0;
}

/** The numbers that raw documents bore before a merge gave them another: we write their CDA. */
export async function restoreNumbers(
  tx: Db,
  numbers: readonly { readonly id: string; readonly ipp: string; readonly ippDomain: string }[],
): Promise<void> {
  await tx.query(
    `update document d set ipp = told.ipp, ipp_domain = told."ippDomain"
     from jsonb_to_recordset($1::jsonb) as told (id uuid, ipp text, "ippDomain" text)
     where d.id = told.id and d.kind = 'raw' and told.ipp <> '' and d.state in ${STILL_HERE}`,
    [JSON.stringify(numbers)],
  );
}

/** A raw document that follows its patient takes one of that patient's numbers, in the domain of the one it had if it can. */
export async function renumberMoved(tx: Db, identityId: string, documentIds: readonly string[]): Promise<void> {
  await tx.query(
    `update document d set ipp = n.value, ipp_domain = n.domain
     from document was cross join lateral (
       select i.value, i.domain from identity_identifier i where i.identity_id = $1
       order by i.retired_at is not null, i.domain <> was.ipp_domain, i.domain, i.value limit 1) n
     where was.id = d.id and d.id = any($2) and d.identity_id = $1 and d.kind = 'raw' and d.state in ${STILL_HERE}
       and not exists (select 1 from identity_identifier own where own.identity_id = $1 and own.domain = d.ipp_domain
         and own.value = d.ipp)`,
    [identityId, documentIds],
  );
}

export interface MisfiledCause {
  readonly cause: 'unmerge' | 'split';
  readonly at: Date;
  readonly actor: string;
}

/** Lists what left, or may have, under the other record. Gives how many are listed for the first time. */
export async function listMisfiled(
  tx: Db,
  { from, to, documentIds }: Belonging,
  { cause, at, actor }: MisfiledCause,
): Promise<number> {
  const { rowCount } = await tx.query(
    `insert into misfiled_document (document_id, sent_for, belongs_to, cause, at, actor)
     select d.id, $1, $2, $4, $5, $6 from document d where d.state in ${MAY_HAVE_LEFT} and (${CONCERNED})
     on conflict (document_id) do nothing`,
    [from, to, documentIds, cause, at, actor],
  );
  return rowCount ?? 0;
}

export interface MisfiledDocument {
  readonly documentId: string;
  /** The record under whose INS it left. */
  readonly sentFor: string;
  readonly belongsTo: string;
  readonly cause: 'unmerge' | 'split';
  readonly at: Date;
  readonly actor: string;
  readonly title: string;
  readonly state: string;
  readonly eg: string;
}

/** What left under this record and is another's, or is this one's and left under another. The whole list without an
 *  identity; `eg`: the one establishment whose documents are seen. */
export async function misfiledDocuments(
  db: Db,
  identityId: string | null,
  { eg, limit }: { readonly eg: string | null; readonly limit: number },
): Promise<MisfiledDocument[]> {
  return many<MisfiledDocument>(
    db,
    `select m.document_id as "documentId", m.sent_for as "sentFor", m.belongs_to as "belongsTo", m.cause, m.at, m.actor,
       d.title, d.state, d.eg
     from misfiled_document m join document d on d.id = m.document_id
     where ($1::uuid is null or $1 in (m.sent_for, m.belongs_to)) and ($2::text is null or d.eg = $2)
     order by m.at desc, m.document_id limit $3`,
    [identityId, eg, limit],
  );
}

/** The INS under which documents of one record, which belong to another, left. */
export async function insOfMisfiled(
  db: Db,
  sentFor: string,
  belongsTo: string,
): Promise<{ matricule: string; oid: string }[]> {
  return many(
    db,
    `select distinct v.sent_matricule as matricule, v.sent_oid as oid
     from misfiled_document m join delivery v on v.document_id = m.document_id
     where m.sent_for = $1 and m.belongs_to = $2 and v.sent_matricule is not null`,
    [sentFor, belongsTo],
  );
}

/** Documents of one record that belong to another. */
export async function misfiledBetween(db: Db, sentFor: string, belongsTo: string): Promise<string[]> {
  const rows = await many<{ id: string }>(
    db,
    'select document_id as id from misfiled_document where sent_for = $1 and belongs_to = $2',
    [sentFor, belongsTo],
  );
  return rows.map(({ id }) => id);
}
