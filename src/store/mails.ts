/**
 * Mails of MSSanté: one per document and destination, with its recipients. What leaves is frozen before the first byte does.
 * A document is locked before its mails, by whoever locks both.
 */
import { type Db, many, maybe, one, write } from './db.ts';
import type { DocumentRecord } from './documents.ts';

export type MailDestination = 'MSSANTE-PS' | 'MSSANTE-PATIENT';
export type MailState = 'waiting' | 'ready' | 'sending' | 'unknown' | 'accepted' | 'refused' | 'withdrawn';

export interface MailRecord {
  readonly id: string;
  readonly documentId: string;
  readonly destination: MailDestination;
  readonly state: MailState;
  readonly ended: 'replaced' | 'deleted' | null;
  readonly attempts: number;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly outcome: unknown;
  /** RFC 5322, without its angle brackets. */
  readonly messageId: string;
  readonly sentMatricule: string | null;
  readonly sentOid: string | null;
  readonly firstSentAt: Date | null;
  readonly settledAt: Date | null;
  readonly updatedAt: Date;
}

export type RecipientState = 'pending' | 'taken' | 'delivered' | 'failed';

export interface MailRecipient {
  readonly position: number;
  /** Null for a patient, whose address holds the matricule. */
  readonly address: string | null;
  readonly name: string | null;
  readonly state: RecipientState;
  readonly status: string | null;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly readAt: Date | null;
}

const SELECT = `select id, document_id as "documentId", destination, state, ended, attempts, rule_id as "ruleId", detail, outcome,
  message_id as "messageId", sent_matricule as "sentMatricule", sent_oid as "sentOid", first_sent_at as "firstSentAt",
  settled_at as "settledAt", updated_at as "updatedAt" from mail`;
const RECIPIENTS = `select position, address, name, state, status, rule_id as "ruleId", detail, read_at as "readAt"
  from mail_recipient`;

export interface NewMail {
  readonly id: string;
  readonly destination: MailDestination;
  readonly messageId: string;
  readonly recipients: readonly { readonly address: string | null; readonly name: string | null }[];
}

/** With its recipients, waiting for its gate, by one statement. */
export async function insertMail(tx: Db, documentId: string, mail: NewMail, at: Date): Promise<void> {
  await write(
    tx,
    `with added as (
       insert into mail (id, document_id, destination, state, message_id, updated_at)
       values ($1, $2, $3, 'waiting', $4, $5) returning id)
     insert into mail_recipient (mail_id, position, address, name, updated_at)
     select added.id, place, address, name, $5
     from added, unnest($6::text[], $7::text[]) with ordinality as told (address, name, place)`,
    [
      mail.id,
      documentId,
      mail.destination,
      mail.messageId,
      at,
      mail.recipients.map(({ address }) => address),
      mail.recipients.map(({ name }) => name),
    ],
  );
}

export async function mailById(db: Db, id: string): Promise<MailRecord | undefined> {
  return maybe<MailRecord>(db, `${SELECT} where id = $1`, [id]);
}

/** Same, locked until the transaction ends. */
export async function lockMail(tx: Db, id: string): Promise<MailRecord> {
  return one<MailRecord>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export async function mailsOf(db: Db, documentId: string): Promise<MailRecord[]> {
  return many<MailRecord>(db, `${SELECT} where document_id = $1 order by destination`, [documentId]);
}

export async function mailByMessageId(db: Db, messageId: string): Promise<MailRecord | undefined> {
  return maybe<MailRecord>(db, `${SELECT} where message_id = $1`, [messageId]);
}

export async function recipientsOf(db: Db, mailId: string): Promise<MailRecipient[]> {
  return many<MailRecipient>(db, `${RECIPIENTS} where mail_id = $1 order by position`, [mailId]);
}

/** A mail with its place among the versions of its document. */
export interface MailInChain extends MailRecord {
  readonly position: number;
  readonly uniqueId: string;
  /** Of its document. */
  readonly action: DocumentRecord['action'];
  /** Somebody has it, or may have: an outcome was once unknown, and nothing has said since that it did not arrive. */
  readonly mayBeThere: boolean;
}

/** `outcome` of a mail that may have arrived although nobody said so. */
export const MAY_HAVE_ARRIVED = { mayHaveArrived: true };

/** By the columns of `mail` under this name. */
const mayBeThere = (mail: string) => `exists (select 1 from mail_recipient r where r.mail_id = ${mail}.id and (
  r.state in ('taken', 'delivered') or r.state = 'pending' and ${mail}.outcome ? 'mayHaveArrived'))`;

/** Of a mail under this name: what it carried stands in a mailbox, or may. What was replaced stands there still. */
export const standsIn = (mail: string): string => `${mail}.ended is distinct from 'deleted' and (
  ${mail}.state in ('sending', 'unknown', 'accepted') or ${mayBeThere(mail)})`;

/** Mails to one destination of the versions of a document, in the order of arrival. */
export async function mailsOfChain(db: Db, chainKey: string, destination: MailDestination): Promise<MailInChain[]> {
  return many<MailInChain>(
    db,
    `select sent.*, d.chain_position as position, d.unique_id as "uniqueId", d.action,
       ${mayBeThere('sent')} as "mayBeThere" from document d
     join (${SELECT} where destination = $2) sent on sent."documentId" = d.id
     where d.chain_key = $1 order by d.chain_position`,
    [chainKey, destination],
  );
}

/** SHA-1 of the mail that left, and the version before it that left too, where there is one. */
export async function mailProof(
  db: Db,
  id: string,
  { chainKey, chainPosition }: Pick<DocumentRecord, 'chainKey' | 'chainPosition'>,
): Promise<{ sha1: string | null; original: { documentId: string; uniqueId: string } | null }> {
  return one(
    db,
    `select m.sent_sha1 as sha1, (
       select json_build_object('documentId', d.id, 'uniqueId', d.unique_id) from document d
       where d.chain_key = $2 and d.chain_position < $3 and d.action <> 'delete' and exists (
         select 1 from ledger l where l.document_id = d.id and (l.destination = m.destination or l.destination like m.destination || ' %'))
       order by d.chain_position desc limit 1) as original
     from mail m where m.id = $1`,
    [id, chainKey, chainPosition],
  );
}

/** Where a document says that it asks for a mail. */
const ASKED: Readonly<Record<MailDestination, readonly string[]>> = {
  'MSSANTE-PS': ['mail', 'professionals'],
  'MSSANTE-PATIENT': ['mail', 'patient'],
};

/**
 * A later version that asks for no mail to this destination, or a deletion, whatever has become of either elsewhere. By what it
 * asks and not by its mails: a version of ours, for the DMP alone, asks what its original did.
 */
export async function isOvertaken(
  db: Db,
  { chainKey, chainPosition }: Pick<DocumentRecord, 'chainKey' | 'chainPosition'>,
  destination: MailDestination,
  withdrawnByPerson: string,
): Promise<boolean> {
  if (chainKey === null) return false;
  const later = await maybe(
    db,
    `select 1 from document d where d.chain_key = $1 and d.chain_position > $2 and d.rule_id is distinct from $4
       and coalesce(d.overall_state, d.state) not in ('unreadable', 'refused') and (d.action = 'delete'
         or d.notice #> $3::text[] is null) limit 1`,
    [chainKey, chainPosition, ASKED[destination], withdrawnByPerson],
  );
  return later !== undefined;
}

/** Mails whose gate an identity may open: of its documents, or of those that bear one of its local numbers. */
export async function mailsWaitingFor(
  db: Db,
  identityId: string,
): Promise<{ id: string; eg: string; orderKey: string }[]> {
  return many(
    db,
    `select m.id, d.eg, coalesce(d.chain_key, d.unique_id) as "orderKey" from document d join mail m on m.document_id = d.id
     where m.state = 'waiting' and (d.identity_id = $1 or d.identity_id is null and exists (
       select 1 from identity_identifier i where i.identity_id = $1 and i.domain = d.ipp_domain and i.value = d.ipp))
       and d.overall_state is not null
     order by d.message_id, d.chain_position, m.id`,
    [identityId],
  );
}

/** Those that wait for this reason, of one establishment or of all. */
export async function mailsHeldBy(
  db: Db,
  ruleId: string,
  eg: string | null,
): Promise<{ id: string; eg: string; orderKey: string }[]> {
  return many(
    db,
    `select m.id, d.eg, coalesce(d.chain_key, d.unique_id) as "orderKey" from mail m join document d on d.id = m.document_id
     where m.state = 'waiting' and m.rule_id = $1 and ($2::text is null or d.eg = $2)
     order by d.message_id, d.chain_position, m.id`,
    [ruleId, eg],
  );
}

export interface MailChange {
  readonly state: MailState;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly outcome?: unknown;
  readonly at: Date;
}

export async function setMailState(tx: Db, id: string, change: MailChange): Promise<void> {
  const { state, ruleId, detail, outcome, at } = change;
  await write(
    tx,
    `update mail set state = $2, rule_id = $3, detail = $4, outcome = coalesce($5::jsonb, outcome), updated_at = $6,
       settled_at = case when $2 in ('accepted', 'refused', 'withdrawn') then $6::timestamptz end where id = $1`,
    [id, state, ruleId, detail, outcome === undefined ? null : JSON.stringify(outcome), at],
  );
}

/** Before the first byte leaves: from here on the outcome may be ambiguous. `ins`: the one that it carries. */
export async function freezeMail(
  tx: Db,
  id: string,
  sending: { readonly ins: { matricule: string; oid: string } | undefined; readonly sha1: string; readonly at: Date },
): Promise<void> {
  await write(
    tx,
    `update mail set state = 'sending', attempts = attempts + 1, rule_id = null, detail = null, sent_matricule = $2,
       sent_oid = $3, sent_sha1 = $4, first_sent_at = coalesce(first_sent_at, $5), updated_at = $5 where id = $1`,
    [id, sending.ins?.matricule ?? null, sending.ins?.oid ?? null, sending.sha1, sending.at],
  );
}

/** A later version, or a deletion, took the place of one that had left. */
export async function endMail(tx: Db, id: string, ended: 'replaced' | 'deleted', at: Date): Promise<void> {
  await write(tx, 'update mail set ended = $2, updated_at = $3 where id = $1', [id, ended, at]);
}

export interface RecipientChange {
  readonly state: RecipientState;
  readonly status: string | null;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly at: Date;
}

export async function setRecipient(tx: Db, mailId: string, position: number, change: RecipientChange): Promise<void> {
  await write(
    tx,
    `update mail_recipient set state = $3, status = $4, rule_id = $5, detail = $6, updated_at = $7
     where mail_id = $1 and position = $2`,
    [mailId, position, change.state, change.status, change.ruleId, change.detail, change.at],
  );
}

/** Those whom it did not reach are tried again. */
export async function retryRecipients(tx: Db, mailId: string, at: Date): Promise<void> {
  await write(
    tx,
    `update mail_recipient set state = 'pending', status = null, rule_id = null, detail = null, updated_at = $2
     where mail_id = $1 and state = 'failed'`,
    [mailId, at],
  );
}

/** What waits is not sent, or not again, with the document that it carries. */
export async function withdrawMails(
  tx: Db,
  documentId: string,
  { ruleId, detail, at }: { readonly ruleId: string; readonly detail: string; readonly at: Date },
): Promise<void> {
  await write(
    tx,
    `update mail set state = 'withdrawn', rule_id = $2, detail = $3, updated_at = $4, settled_at = $4
     where document_id = $1 and state in ('waiting', 'ready')`,
    [documentId, ruleId, detail, at],
  );
}

export async function noteRead(tx: Db, mailId: string, position: number, at: Date): Promise<void> {
  await write(tx, 'update mail_recipient set read_at = $3, updated_at = $3 where mail_id = $1 and position = $2', [
    mailId,
    position,
    at,
  ]);
}
