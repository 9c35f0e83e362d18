/** Identities that become one: what passes from the one that is closed to the one that remains. */
import { type Db, many, maybe, one } from './db.ts';
import type { Identifier } from './identities.ts';
import { passRecalls } from './recalls.ts';

/** States in which a document may still leave: it then leaves under the identity that remains. */
const NOT_SENT = `('received', 'waiting', 'ready', 'sending', 'unknown')`;

export interface Closing {
  readonly loserId: string;
  readonly survivorId: string;
  readonly at: Date;
  readonly actor: string;
  readonly source: string;
  /** Whether the survivor was opposed to the feed by itself. */
  readonly opposedBefore: boolean;
}

/**
 * Closes a merged identity. Its numbers, stays and unsettled documents pass to the survivor, and what passed is kept, so that
 * it can go back; its row, its history and what it had sent stay its own. A number of a domain where the survivor has none in
 * use stays in use: the software of that domain goes on with it.
 */
export async function closeMerged(tx: Db, closing: Closing): Promise<void> {
  const { loserId, survivorId, at } = closing;
  await noteWhatPasses(tx, closing);
  await tx.query(
    `update identity set active = false, merged_into = $2, version = version + 1, updated_at = $3,
       insi_state = case when insi_state = 'queued' then 'none' else insi_state end
     where id = $1`,
    [loserId, survivorId, at],
  );
  // Chains are flattened: whoever was merged into the loser is merged into the survivor.
  await tx.query('update identity set merged_into = $2 where merged_into = $1', [loserId, survivorId]);
  await tx.query(
    `update identity_identifier given set identity_id = $2, retired_at = coalesce(retired_at, case when exists (
         select 1 from identity_identifier kept where kept.identity_id = $2 and kept.domain = given.domain
           and kept.retired_at is null) then $3::timestamptz end)
     where identity_id = $1`,
    [loserId, survivorId, at],
  );
  await passRecalls(tx, loserId, survivorId);
  await tx.query('update stay set identity_id = $2 where identity_id = $1', [loserId, survivorId]);
  await tx.query(`update document set identity_id = $2 where identity_id = $1 and state in ${NOT_SENT}`, [
    loserId,
    survivorId,
  ]);
}

/** Documents that nobody was known for wait under its numbers too: they follow, and go back. */
async function noteWhatPasses(tx: Db, { loserId, survivorId, at, actor, source, opposedBefore }: Closing) {
  await tx.query(
    `insert into identity_merge (loser_id, survivor_id, at, actor, source, opposed_before, identifiers, stay_ids, documents)
     select $1, $2, $3, $4, $5, $6,
       coalesce((select jsonb_agg(jsonb_build_object('domain', domain, 'value', value, 'retired', retired_at is not null))
         from identity_identifier where identity_id = $1), '[]'),
       array(select id from stay where identity_id = $1),
       coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'ipp', d.ipp, 'ippDomain', d.ipp_domain)) from document d
         where d.state in ${NOT_SENT} and (d.identity_id = $1 or d.identity_id is null and exists (
           select 1 from identity_identifier i where i.identity_id = $1 and i.domain = d.ipp_domain and i.value = d.ipp))), '[]')`,
    [loserId, survivorId, at, actor, source, opposedBefore],
  );
}

/** Gives up a number that the identity bears; one that nobody bears yet is added as given up. */
export async function retireNumber(tx: Db, identityId: string, { domain, value, kind }: Identifier, at: Date) {
  await tx.query(
    `insert into identity_identifier (domain, value, identity_id, kind, retired_at) values ($1, $2, $3, $4, $5)
     on conflict (domain, value) do update set retired_at = coalesce(identity_identifier.retired_at, excluded.retired_at)
     where identity_identifier.identity_id = excluded.identity_id`,
    [domain, value, identityId, kind, at],
  );
}

/**
 * The raw documents that have not left carry the number that remains: we write their CDA. One that came as a CDA keeps the
 * number that its author wrote.
 */
export async function renumberRawDocuments(
  tx: Db,
  given: readonly Pick<Identifier, 'domain' | 'value'>[],
  kept: Pick<Identifier, 'domain' | 'value'>,
): Promise<void> {
  await tx.query(
    `update document set ipp = $3, ipp_domain = $4
     where (ipp_domain, ipp) in (select * from unnest($1::text[], $2::text[])) and kind = 'raw'
       and state in ('received', 'waiting', 'ready')`,
    [given.map(({ domain }) => domain), given.map(({ value }) => value), kept.value, kept.domain],
  );
}

export interface MergeRecord {
  readonly id: string;
  readonly loserId: string;
  readonly survivorId: string;
  readonly at: Date;
  readonly actor: string;
  readonly source: string;
  readonly identifiers: readonly { readonly domain: string; readonly value: string; readonly retired: boolean }[];
  readonly stayIds: readonly string[];
  readonly documents: readonly { readonly id: string; readonly ipp: string; readonly ippDomain: string }[];
  readonly opposedBefore: boolean;
  readonly undoneAt: Date | null;
  readonly undoneBy: string | null;
  readonly reason: string | null;
}

const SELECT = `select id, loser_id as "loserId", survivor_id as "survivorId", at, actor, source, identifiers,
  stay_ids as "stayIds", documents, opposed_before as "opposedBefore", undone_at as "undoneAt", undone_by as "undoneBy",
  reason from identity_merge`;

/** Merges by which records were closed into this one, or it into another; the newest first. */
export async function mergesOf(db: Db, identityId: string): Promise<MergeRecord[]> {
  return many<MergeRecord>(db, `${SELECT} where $1 in (loser_id, survivor_id) order by at desc, id`, [identityId]);
}

/** The merge that closed this record, locked until the transaction ends; undefined for one of a version that kept no trace. */
export async function lockStandingMerge(tx: Db, loserId: string): Promise<MergeRecord | undefined> {
  return maybe<MergeRecord>(tx, `${SELECT} where loser_id = $1 and undone_at is null for update`, [loserId]);
}

export async function noteUndone(
  tx: Db,
  id: string,
  { at, by, reason }: { readonly at: Date; readonly by: string; readonly reason: string },
): Promise<void> {
  await tx.query('update identity_merge set undone_at = $2, undone_by = $3, reason = $4 where id = $1', [
    id,
    at,
    by,
    reason,
  ]);
}

/** Records that were closed into this one, directly or not, answer to it again. */
export async function pointBackTo(tx: Db, identityId: string): Promise<void> {
  await tx.query(
    `with recursive below as (
       select loser_id from identity_merge where survivor_id = $1 and undone_at is null
       union
       select m.loser_id from identity_merge m join below on m.survivor_id = below.loser_id where m.undone_at is null)
     update identity set merged_into = $1 where id in (select loser_id from below)`,
    [identityId],
  );
}

/** Gives numbers and stays back, as far as they are still where the merge had put them. */
export async function giveBack(tx: Db, { identifiers, stayIds }: MergeRecord, from: string, to: string): Promise<void> {
  await tx.query(
    `update identity_identifier i set identity_id = $3, retired_at = case when told.retired then i.retired_at end
     from jsonb_to_recordset($1::jsonb) as told (domain text, value text, retired boolean)
     where i.domain = told.domain and i.value = told.value and i.identity_id = $2`,
    [JSON.stringify(identifiers), from, to],
  );
  await moveStays(tx, stayIds, from, to);
}

/** Numbers of one record that pass to another, in use or given up as they are. */
export async function moveNumbers(
  tx: Db,
  numbers: readonly Pick<Identifier, 'domain' | 'value'>[],
  from: string,
  to: string,
): Promise<void> {
  await tx.query(
    `update identity_identifier set identity_id = $4
     where identity_id = $3 and (domain, value) in (select * from unnest($1::text[], $2::text[]))`,
    [numbers.map(({ domain }) => domain), numbers.map(({ value }) => value), from, to],
  );
}

/** Numbers that one record gives up to another, which bears them as given up. */
export async function passRetired(
  tx: Db,
  numbers: readonly Pick<Identifier, 'domain' | 'value'>[],
  { from, to, at }: { readonly from: string; readonly to: string; readonly at: Date },
): Promise<void> {
  await tx.query(
    `update identity_identifier set identity_id = $4, retired_at = coalesce(retired_at, $5)
     where identity_id = $3 and (domain, value) in (select * from unnest($1::text[], $2::text[]))`,
    [numbers.map(({ domain }) => domain), numbers.map(({ value }) => value), from, to, at],
  );
}

export async function moveStays(tx: Db, ids: readonly string[], from: string, to: string): Promise<void> {
  await tx.query('update stay set identity_id = $3 where id = any($1) and identity_id = $2', [ids, from, to]);
}

/** How many of these stays are of this record. */
export async function staysOfRecord(db: Db, identityId: string, ids: readonly string[]): Promise<number> {
  return countOf(db, 'select count(*) as count from stay where identity_id = $1 and id = any($2)', [identityId, ids]);
}

/** How many of these documents are of this record. */
export async function documentsOfRecord(db: Db, identityId: string, ids: readonly string[]): Promise<number> {
  return countOf(db, 'select count(*) as count from document where identity_id = $1 and id = any($2)', [
    identityId,
    ids,
  ]);
}

async function countOf(db: Db, sql: string, values: readonly unknown[]): Promise<number> {
  return (await one<{ count: number }>(db, sql, values)).count;
}
