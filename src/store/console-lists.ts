/** Counts and short lists that only the console shows. Each is bounded or read from an index (100 ms at 100,000 documents). */
import { type Db, many, one } from './db.ts';
import type { Identifier, InsiState } from './identities.ts';

export interface IdentityWork {
  readonly insiState: InsiState;
  readonly identities: number;
  readonly oldest: Date;
}

/** Identities whose last INSi answer a person must settle, by what INSi said. */
export async function identitiesToSettle(db: Db): Promise<IdentityWork[]> {
  return many<IdentityWork>(
    db,
    `select insi_state as "insiState", count(*) as identities, min(updated_at) as oldest from identity
     where active and insi_state in ('not-found', 'several', 'discrepancy', 'blocked', 'failed') group by insi_state`,
  );
}

export interface UncheckedIdentities {
  readonly status: 'PROV' | 'RECUP';
  readonly identities: number;
  readonly oldest: Date;
}

/** Identities without the check of a device. Copies of an upstream repository and fictive ones are not ours to check. */
export async function identitiesToCheck(db: Db): Promise<UncheckedIdentities[]> {
  return many<UncheckedIdentities>(
    db,
    `select status, count(*) as identities, min(updated_at) as oldest from identity
     where active and status in ('PROV', 'RECUP') and not mirror and not fictive group by status order by status desc`,
  );
}

/** INSi questions in the queue. */
export async function insiQueueLength(db: Db): Promise<number> {
  const row = await one<{ count: number }>(
    db,
    `select count(*) as count from identity where active and insi_state = 'queued'`,
  );
  return row.count;
}

export interface StoppedDocuments {
  readonly ruleId: string;
  readonly documents: number;
  readonly patients: number;
  readonly oldest: Date;
}

/** Documents refused or unreadable that were received since `since`, by rule, the most frequent first. */
export async function refusedDocuments(db: Db, eg: string | null, since: Date): Promise<StoppedDocuments[]> {
  return many<StoppedDocuments>(
    db,
    `select rule_id as "ruleId", count(*) as documents, count(distinct (ipp_domain, ipp)) as patients, min(received_at) as oldest
     from document where state in ('refused', 'unreadable') and rule_id is not null and received_at >= $2
       and ($1::text is null or eg = $1)
     group by rule_id order by documents desc, rule_id`,
    [eg, since],
  );
}

export interface RefusedMessages {
  readonly ruleId: string;
  readonly messages: number;
  readonly oldest: Date;
}

/** Messages refused since `since`, by rule. */
export async function refusedMessages(db: Db, eg: string | null, since: Date): Promise<RefusedMessages[]> {
  return many<RefusedMessages>(
    db,
    `select rule_id as "ruleId", count(*) as messages, min(received_at) as oldest from inbound_message
     where state = 'refused' and rule_id is not null and received_at >= $2 and ($1::text is null or eg = $1)
     group by rule_id order by messages desc, rule_id`,
    [eg, since],
  );
}

/** Documents that wait or whose outcome is unknown, counted up to `most`: what the navigation shows. */
export async function countWaiting(db: Db, eg: string | null, most: number): Promise<number> {
  const row = await one<{ count: number }>(
    db,
    `select count(*) as count from (
       select 1 from document where state in ('waiting', 'unknown') and ($1::text is null or eg = $1) limit $2) as first_ones`,
    [eg, most],
  );
  return row.count;
}

/** Median duration of the last INSi calls, in milliseconds, and the last one's date; undefined before the first. */
export async function recentInsiCalls(db: Db): Promise<{ medianMs: number; last: Date } | undefined> {
  const row = await one<{ medianMs: number | null; last: Date | null }>(
    db,
    `select percentile_cont(0.5) within group (order by duration_ms) as "medianMs", max(at) as last
     from (select duration_ms, at from insi_call order by id desc limit 50) as recent`,
  );
  return row.medianMs === null || row.last === null ? undefined : { medianMs: row.medianMs, last: row.last };
}

/** Identifiers of several identities at once, by identity. */
export async function identifiersOfAll(db: Db, ids: readonly string[]): Promise<Map<string, Identifier[]>> {
  const rows = await many<Identifier & { identityId: string }>(
    db,
    `select identity_id as "identityId", value, domain, kind, retired_at is not null as retired from identity_identifier
     where identity_id = any($1::uuid[]) order by retired_at is not null, domain, value`,
    [ids],
  );
  return Map.groupBy(rows, (row) => row.identityId);
}

/**
 * A text that changes when something a page shows has changed: the last event of the document or patient, or of the
 * whole installation, with the state of the circuits. Primary keys only.
 */
export async function pulse(db: Db, subject: { document?: string; identity?: string }): Promise<string> {
  const row = await one<{ documents: number | null; identities: number | null; circuits: string | null }>(
    db,
    `select
       case when $2::uuid is null then (select max(id) from document_event where $1::uuid is null or document_id = $1) end as documents,
       case when $1::uuid is null then (select max(id) from identity_history where $2::uuid is null or identity_id = $2) end as identities,
       (select string_agg(service || state || failures, ',' order by service) from service_circuit) as circuits`,
    [subject.document ?? null, subject.identity ?? null],
  );
  return `${row.documents ?? 0}/${row.identities ?? 0}/${row.circuits ?? ''}`;
}

/** Messages that subscribers to the identities refused and that nobody has decided about, by reason. */
export async function refusedDiffusion(
  db: Db,
): Promise<{ subscriber: string; ruleId: string; messages: number; oldest: Date }[]> {
  return many(
    db,
    `select subscriber, rule_id as "ruleId", count(*) as messages, min(settled_at) as oldest from diffusion_entry
     where state = 'refused' group by 1, 2 order by 1, 2`,
  );
}

/** How much stands under a record: what a merge would move, and what it leaves. */
export async function documentsAndStaysOf(
  db: Db,
  identityId: string,
): Promise<{ readonly documents: number; readonly stays: number }> {
  return one(
    db,
    `select (select count(*) from document where identity_id = $1) as documents,
       (select count(*) from stay where identity_id = $1) as stays`,
    [identityId],
  );
}
