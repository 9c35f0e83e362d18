/**
 * What left the house under an INS, whatever its record has become. One source per kind of emission: a new way out adds
 * its own here, and its correction in `src/recall/corrections.ts`.
 */
import { type Db, many, maybe } from './db.ts';
import type { DocumentState } from './documents.ts';
import { standsIn } from './mails.ts';

export type EmissionKind = 'dmp' | 'mail' | 'diffusion' | 'export';

export interface Emission {
  readonly kind: EmissionKind;
  /** Id of the row that sent it. */
  readonly subject: string;
  readonly sentAt: Date;
  /** Of the record under which it left; null when it was never matched to one. */
  readonly identityId: string | null;
  /** The record that remains, after merges. */
  readonly recordId: string | null;
  readonly documentId: string | null;
  readonly eg: string | null;
  readonly title: string;
  readonly state: DocumentState;
  /** How the destination knows it. */
  readonly reference: string;
  /** Could we build it again? A received CDA is its creator's, and what was pruned is gone. */
  readonly rebuildable: boolean;
}

type Ins = { readonly matricule: string; readonly oid: string };

/** Everything that may have reached a DMP: also what was refused, deleted or replaced since. Oldest first. */
const DMP = `select 'dmp' as kind, v.id as subject, v.first_sent_at as "sentAt", d.identity_id as "identityId",
    coalesce(i.merged_into, d.identity_id) as "recordId", d.id as "documentId", d.eg,
    coalesce(nullif(d.title, ''), d.type_code) as title, d.state, d.unique_id as reference,
    d.kind = 'raw' and d.pruned_at is null and m.pruned_at is null as rebuildable
  from delivery v join document d on d.id = v.document_id join inbound_message m on m.id = d.message_id
  left join identity i on i.id = d.identity_id
  where v.sent_matricule = $1 and v.sent_oid = $2 and d.action <> 'delete' and v.first_sent_at is not null`;

/** What left by MSSanté alone under an INS; of a document that the DMP was given too, its deletion there withdraws its mails. */
const MAIL = `select distinct on (d.id) 'mail' as kind, s.id as subject, s.first_sent_at as "sentAt", d.identity_id as "identityId",
    coalesce(i.merged_into, d.identity_id) as "recordId", d.id as "documentId", d.eg,
    coalesce(nullif(d.title, ''), d.type_code) as title, coalesce(s.ended, s.state) as state, d.unique_id as reference,
    d.kind = 'raw' and d.pruned_at is null and m.pruned_at is null as rebuildable
  from mail s join document d on d.id = s.document_id join inbound_message m on m.id = d.message_id
  left join identity i on i.id = d.identity_id
  where s.sent_matricule = $1 and s.sent_oid = $2 and d.action <> 'delete' and not exists (
    select 1 from delivery v where v.document_id = d.id and v.first_sent_at is not null)`;

/** Those that still count when a record loses this INS: what was recorded, or may have been. */
const THERE = `d.state not in ('deleted', 'refused', 'withdrawn')`;

/**
 * The subscribers who were told of a record or of one merged into it: with this INS, or with its withdrawal since. What a
 * message said is not kept (decision 0028), so it is the record that designates them.
 */
const DIFFUSION = `select distinct on (k.subscriber) 'diffusion' as kind, k.subscriber as subject,
    coalesce(k.accepted_at, s.since) as "sentAt", k.identity_id as "identityId", $1::uuid as "recordId",
    null as "documentId", null as eg, 'Abonné ' || k.subscriber as title, 'accepted' as state, k.subscriber as reference,
    false as rebuildable
  from diffusion_known k join diffusion_subscriber s on s.name = k.subscriber join identity i on i.id = k.identity_id
  where s.enabled and $1 in (i.id, i.merged_into) order by k.subscriber, k.accepted_at desc nulls last`;

/** Subject of the audit line that an export with the INS of its patients leaves. */
export const INS_EXPORT = 'patient-export:ins';

/** The exports with INS made while a record bore this one: each may hold it, according to its criteria. */
const EXPORT = `select distinct on (a.id) 'export' as kind, a.id::text as subject, a.at as "sentAt", k.identity_id as "identityId",
    $1::uuid as "recordId", null as "documentId", null as eg, 'Export de patients avec INS, ' || a.actor as title,
    'accepted' as state, a.id::text as reference, false as rebuildable
  from audit a join known_ins k on a.at >= k.first_seen_at and (k.standing = 'active' or a.at <= k.last_seen_at)
    join identity i on i.id = k.identity_id
  where a.subject = '${INS_EXPORT}' and k.matricule = $2 and k.oid = $3 and $1 in (i.id, i.merged_into) order by a.id`;

/** Everything under the INS of a recall, the documents first, oldest first; then whoever was told of its record, and the exports. */
export async function emittedUnder(
  db: Db,
  { identityId, matricule, oid }: Ins & { readonly identityId: string },
  limit: number,
): Promise<Emission[]> {
  const sent = await many<Emission>(db, `${DMP} order by v.first_sent_at, v.id limit $3`, [matricule, oid, limit]);
  const mailed = await many<Emission>(db, `${MAIL} order by d.id, s.first_sent_at limit $3`, [matricule, oid, limit]);
  const told = await many<Emission>(db, DIFFUSION, [identityId]);
  return [...sent, ...mailed, ...told, ...(await many<Emission>(db, EXPORT, [identityId, matricule, oid]))];
}

/** Does anything that left under this INS, from this record or one merged into it, still stand? */
export async function hasEmitted(db: Db, identityId: string, { matricule, oid }: Ins): Promise<boolean> {
  const own = '$3 in (d.identity_id, i.merged_into)';
  const there = await maybe(db, `${DMP} and ${THERE} and ${own} limit 1`, [matricule, oid, identityId]);
  if (there !== undefined) return true;
  const mailed = `${MAIL} and ${standsIn('s')} and ${own} limit 1`;
  return (await maybe(db, mailed, [matricule, oid, identityId])) !== undefined;
}

/** The INS under which documents of this record, or of one merged into it, left. */
export async function insUsedBy(db: Db, identityId: string): Promise<{ matricule: string; oid: string }[]> {
  return many(
    db,
    `select distinct v.sent_matricule as matricule, v.sent_oid as oid from document d
     join delivery v on v.document_id = d.id
     where d.identity_id = any(array(select id from identity where id = $1 or merged_into = $1)) and v.sent_matricule is not null and d.action <> 'delete' and ${THERE}
     union
     select s.sent_matricule, s.sent_oid from document d join mail s on s.document_id = d.id
     where d.identity_id = any(array(select id from identity where id = $1 or merged_into = $1)) and s.sent_matricule is not null
       and d.action <> 'delete' and ${standsIn('s')}`,
    [identityId],
  );
}

/** The INS under which one document left. */
export async function insOfSending(
  db: Db,
  documentId: string,
): Promise<{ matricule: string; oid: string } | undefined> {
  return maybe(
    db,
    `select sent_matricule as matricule, sent_oid as oid from delivery
     where document_id = $1 and sent_matricule is not null
     union all
     select sent_matricule, sent_oid from mail where document_id = $1 and sent_matricule is not null limit 1`,
    [documentId],
  );
}
