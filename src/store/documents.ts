/** Documents, their forms and their timeline. */
import { type Db, many, maybe, one, write } from './db.ts';
import type { LegacyOrigin } from './legacy-origin.ts';

export type DocumentState =
  | 'received'
  | 'unreadable'
  | 'waiting'
  | 'ready'
  | 'sending'
  | 'accepted'
  | 'refused'
  | 'unknown'
  | 'withdrawn'
  | 'replaced'
  | 'deleted';

/** What the sender declared with the document, whatever door it came through. Times: `AAAAMMJJHHMMSS+ZZZZ`. */
export interface DocumentDeclaration {
  /** Traits as received, not normalised. */
  readonly patient: {
    readonly birthName: string;
    readonly firstGivenName: string;
    readonly sex: string;
    /** AAAAMMJJ */
    readonly birthDate: string;
    /** INS of the message, only to be compared. */
    readonly matricule?: string;
    readonly oid?: string;
  };
  /** The sender gave no local number: the one of the document is ours, found by the INS, and proves nothing of it. */
  readonly byInsAlone?: true;
  /** Identifier (TXA-12) and type (OBX-3) of the document as the message of the CI-SIS profile says them. */
  readonly claimed?: { readonly uniqueId?: string; readonly typeCode?: string } | undefined;
  /** How the sender's software names the document: TXA-12, or OBR-3 in an ORU; an OID, or a number of its own. */
  readonly number?: string;
  /** What a replacement or a deletion is about, in the same form: TXA-13, TXA-12, OBR-3, or the uniqueId that a CDA replaces. */
  readonly designates?: string;
  readonly author?: {
    readonly id: string;
    readonly family: string;
    readonly given: string;
    /** JDV_J01, for example G15_10/SM26. */
    readonly specialty?: string;
    readonly specialtyLabel?: string;
  };
  /** What a raw document says by codes of its sender's own; the mapping tables translate them. */
  readonly local?: {
    /** Absent where it is a code of JDV_J07. */
    readonly type?: { readonly code: string; readonly label?: string };
    readonly unit?: { readonly code: string; readonly label?: string };
    /** FINESS of a geographic entity, when the sender names itself by one. */
    readonly structure?: string;
    /** Whom the message names; `national` when the number is a PS_IdNat. */
    readonly author?: {
      readonly id?: string;
      readonly family: string;
      readonly given: string;
      readonly national?: true;
    };
  };
  /** Sector (JDV_J61) and practice setting (JDV_J62) of the unit, where a row gives them: never stored. */
  readonly place?: { readonly sector?: string; readonly practiceSetting?: string };
  readonly createdAt: string;
  readonly serviceStart: string;
  readonly serviceStop?: string;
  /** PV1-2. */
  readonly patientClass?: string;
  readonly visitNumber?: string;
  /** Unit of the stay (PV1-3), by its local code. */
  readonly unit?: string;
  /** What the sender says of results that are not final: OBX-11 and OBR-25, ORC-5. */
  readonly notFinal?: { readonly results: readonly string[]; readonly order?: string };
  readonly visibility: {
    readonly maskedFromProfessionals: boolean;
    readonly invisibleToPatient: boolean;
    readonly invisibleToRepresentatives: boolean;
    /** Asked for by the sender (CONNEXION_SECRETE). */
    readonly secretConnection?: true;
  };
  readonly toDmp: boolean;
  /** Of a flow on its way to API V2: a lane was decided for it (`document_lane`). */
  readonly migrating?: true;
  readonly legacy?: LegacyOrigin;
  /** What it asks of MSSanté; absent when no mail is asked. */
  readonly mail?: MailRequest;
}

/** The mails that a sender asks for (flags and PRT of the CI-SIS profile). */
export interface MailRequest {
  /** Addresses of the professionals, organisations and applications; present when DESTMSSANTEPS says so. */
  readonly professionals?: readonly { readonly address: string; readonly name?: string }[];
  /** Present when DESTMSSANTEPAT says so. Its address is never taken from the message: it is made of the qualified INS. */
  readonly patient?: { readonly mayReply: boolean };
  readonly replyTo?: string;
  readonly textToProfessionals?: string;
  readonly textToPatient?: string;
  /** ACK_RECEPTION and ACK_LECTURE_MSS: which receipts the sender wants to hear of. */
  readonly tellsDelivery: boolean;
  readonly tellsReading: boolean;
}

export interface DocumentRecord {
  readonly id: string;
  readonly messageId: number;
  /** Which document of its message, from 1: an ORU may bring a level 1 and a level 3 of one report. */
  readonly part: number;
  readonly receivedAt: Date;
  readonly eg: string;
  readonly ej: string;
  readonly sender: string;
  readonly controlId: string;
  readonly kind: 'cda' | 'raw';
  readonly action: 'create' | 'replace' | 'delete';
  /** Its place among the versions of one document; null while it is alone (see `chains.ts`). */
  readonly chainKey: string | null;
  readonly chainPosition: number | null;
  /** What a replacement or a deletion is about; of a creation: the identical document that it repeats. */
  readonly targetId: string | null;
  /** Of a received CDA, `root` or `extension^^root^ISO`. */
  readonly setId: string | null;
  readonly versionNumber: number | null;
  readonly mimeType: string;
  readonly ipp: string;
  readonly ippDomain: string;
  readonly identityId: string | null;
  readonly uniqueId: string;
  readonly typeCode: string;
  readonly title: string;
  readonly notice: DocumentDeclaration;
  readonly state: DocumentState;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly updatedAt: Date;
  /** Over all its destinations, with its reason, when it has others than the DMP; `state` is what it is for the DMP. */
  readonly overallState: DocumentState | null;
  readonly overallRuleId: string | null;
  readonly overallDetail: string | null;
}

/** Of a document that goes to the DMP alone. */
export const TO_THE_DMP_ALONE = { overallState: null, overallRuleId: null, overallDetail: null } as const;

/** Where a document is, and why, over all its destinations: what people and callers are shown. */
export function standingOf(document: DocumentRecord): Pick<DocumentRecord, 'state' | 'ruleId' | 'detail'> {
  const { state, ruleId, detail, overallState, overallRuleId, overallDetail } = document;
  if (overallState === null) return { state, ruleId, detail };
  return { state: overallState, ruleId: overallRuleId, detail: overallDetail };
}

/** A document of which there is one version and one request. */
export const STANDS_ALONE = {
  chainKey: null,
  chainPosition: null,
  targetId: null,
  setId: null,
  versionNumber: null,
} as const;

/** Columns of a DocumentRecord. */
export const DOCUMENT_COLUMNS = `id, message_id as "messageId", part, received_at as "receivedAt", eg, ej, sender, control_id as "controlId", kind,
  action, chain_key as "chainKey", chain_position as "chainPosition", target_id as "targetId", set_id as "setId",
  version_number as "versionNumber", mime_type as "mimeType", ipp, ipp_domain as "ippDomain", identity_id as "identityId", unique_id as "uniqueId",
  type_code as "typeCode", title, notice, state, rule_id as "ruleId", detail, updated_at as "updatedAt",
  overall_state as "overallState", overall_rule_id as "overallRuleId", overall_detail as "overallDetail"`;
const SELECT = `select ${DOCUMENT_COLUMNS} from document`;

const INSERT = `insert into document (id, message_id, received_at, eg, ej, sender, control_id, kind, action, mime_type, ipp, ipp_domain,
     identity_id, unique_id, type_code, title, notice, state, rule_id, detail, updated_at, part,
     chain_key, chain_position, target_id, set_id, version_number)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
     $24, $25, $26, $27)
   on conflict do nothing`;

function insertValues(record: DocumentRecord): unknown[] {
  return [
    record.id,
    record.messageId,
    record.receivedAt,
    record.eg,
    record.ej,
    record.sender,
    record.controlId,
    record.kind,
    record.action,
    record.mimeType,
    record.ipp,
    record.ippDomain,
    record.identityId,
    record.uniqueId,
    record.typeCode,
    record.title,
    JSON.stringify(record.notice),
    record.state,
    record.ruleId,
    record.detail,
    record.updatedAt,
    record.part,
    record.chainKey,
    record.chainPosition,
    record.targetId,
    record.setId,
    record.versionNumber,
  ];
}

export interface FirstDelivery {
  readonly id: string;
  readonly destination: 'DMP';
  readonly state: 'waiting' | 'ready' | 'withdrawn';
  readonly at: Date;
}

/**
 * Stores a new document with its delivery and its timeline so far, by one statement: all, or nothing and `false` when one that
 * is alive, or was deleted, already has this uniqueId.
 */
export async function insertWithDelivery(
  tx: Db,
  record: DocumentRecord,
  delivery: FirstDelivery,
  events: readonly [DocumentEvent, ...DocumentEvent[]],
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `with stored as (${INSERT} returning id),
       delivered as (insert into delivery (id, document_id, destination, state, updated_at)
         select $28, id, $29, $30, $31 from stored)
     insert into document_event (document_id, at, step, rule_id, detail)
     select stored.id, told.at, told.step, told.rule_id, told.detail
     from stored, unnest($32::timestamptz[], $33::text[], $34::text[], $35::text[])
       with ordinality as told (at, step, rule_id, detail, place) order by told.place`,
    [
      ...insertValues(record),
      delivery.id,
      delivery.destination,
      delivery.state,
      delivery.at,
      events.map(({ at }) => at),
      events.map(({ step }) => step),
      events.map(({ ruleId }) => ruleId),
      events.map(({ detail }) => detail),
    ],
  );
  return (rowCount ?? 0) > 0;
}

export async function documentById(db: Db, id: string): Promise<DocumentRecord | undefined> {
  return maybe<DocumentRecord>(db, `${SELECT} where id = $1`, [id]);
}

/** Same, locked until the transaction ends. */
export async function lockDocument(tx: Db, id: string): Promise<DocumentRecord> {
  return one<DocumentRecord>(tx, `${SELECT} where id = $1 for update`, [id]);
}

/** Where it stands, for whom, and in which chain, locked until the transaction ends. */
export async function lockPlace(
  tx: Db,
  id: string,
): Promise<Pick<DocumentRecord, 'state' | 'chainKey' | 'identityId'>> {
  const sql =
    'select state, chain_key as "chainKey", identity_id as "identityId" from document where id = $1 for update';
  return one(tx, sql, [id]);
}

/** Another document, alive or deleted, that bears this uniqueId. */
export async function otherLivingDocument(
  tx: Db,
  document: Pick<DocumentRecord, 'id' | 'uniqueId'>,
): Promise<DocumentRecord | undefined> {
  return maybe<DocumentRecord>(
    tx,
    `${SELECT}
     where unique_id = $1 and id <> $2 and coalesce(overall_state, state) not in ('unreadable', 'refused', 'withdrawn')`,
    [document.uniqueId, document.id],
  );
}

/** `step`: also written in its timeline, by the same statement. */
export async function setDocumentState(
  tx: Db,
  id: string,
  change: { state: DocumentState; ruleId: string | null; detail: string | null; at: Date },
  step?: string,
): Promise<void> {
  const set = 'update document set state = $2, rule_id = $3, detail = $4, updated_at = $5 where id = $1';
  const values = [id, change.state, change.ruleId, change.detail, change.at];
  if (step === undefined) return write(tx, set, values);
  await write(
    tx,
    `with placed as (${set})
     insert into document_event (document_id, at, step, rule_id, detail) values ($1, $5, $6, $3, $4)`,
    [...values, step],
  );
}

/** Type and entity in national terms, once a row of the mapping tables gave them. */
export async function setDocumentDescription(
  tx: Db,
  id: string,
  { typeCode, eg, ej }: { readonly typeCode: string; readonly eg: string; readonly ej: string },
): Promise<void> {
  await tx.query('update document set type_code = $2, eg = $3, ej = $4 where id = $1', [id, typeCode, eg, ej]);
}

/** Replaces what a person corrected, which no table translates any more; the rest stays as the sender declared it. */
export async function correctDocument(
  tx: Db,
  id: string,
  corrected: { typeCode: string | null; title: string | null; author: DocumentDeclaration['author'] | null },
): Promise<void> {
  await tx.query(
    `update document set type_code = coalesce($2, type_code), title = coalesce($3, title),
       notice = (case when $4::jsonb is null then notice else jsonb_set(notice #- '{local,author}', '{author}', $4::jsonb) end)
         #- (case when $2::text is null then '{}' else '{local,type}' end)::text[]
     where id = $1`,
    [id, corrected.typeCode, corrected.title, corrected.author === null ? null : JSON.stringify(corrected.author)],
  );
}

/**
 * A document that came with an INS alone also gets the local number of its patient here. False when the identity was
 * merged meanwhile: it is to be looked for again.
 */
export async function matchDocument(
  tx: Db,
  { id, ipp }: Pick<DocumentRecord, 'id' | 'ipp'>,
  identityId: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update document set identity_id = $2
     where id = $1 and exists (select 1 from identity where id = $2 and active for share)`,
    [id, identityId],
  );
  if (rowCount === 0) return false;
  if (ipp !== '') return true;
  await write(
    tx,
    `update document set ipp = local.value, ipp_domain = local.domain
     from (select domain, value from identity_identifier where identity_id = $2 order by retired_at is not null, domain, value limit 1) local
     where id = $1 and ipp = ''`,
    [id, identityId],
  );
  return true;
}

/** Identities whose local number a document without a patient carries. */
export async function numbersAwaited(db: Db): Promise<string[]> {
  const rows = await many<{ id: string }>(
    db,
    `select distinct i.identity_id as id from document d
     join identity_identifier i on i.domain = d.ipp_domain and i.value = d.ipp
     where d.identity_id is null and d.state in ('received', 'waiting')`,
  );
  return rows.map(({ id }) => id);
}

/**
 * Documents that an identity holds back, or that wait for a patient with one of its identifiers, in the order in which they
 * came: a version is looked at after the one that it replaces.
 */
export async function documentsWaitingFor(
  db: Db,
  identityId: string,
): Promise<Pick<DocumentRecord, 'id' | 'uniqueId' | 'chainKey' | 'eg'>[]> {
  return many<Pick<DocumentRecord, 'id' | 'uniqueId' | 'chainKey' | 'eg'>>(
    db,
    `select id, unique_id as "uniqueId", chain_key as "chainKey", eg, message_id, chain_position from document where state in ('received', 'waiting') and identity_id = $1
     union
     select d.id, d.unique_id, d.chain_key, d.eg, d.message_id, d.chain_position from document d join identity_identifier i on i.domain = d.ipp_domain and i.value = d.ipp
     where i.identity_id = $1 and d.identity_id is null and d.state in ('received', 'waiting')
     union
     select d.id, d.unique_id, d.chain_key, d.eg, d.message_id, d.chain_position from document d join identity p on p.id = $1
       and d.notice->'patient'->>'matricule' = p.matricule and d.notice->'patient'->>'oid' = p.oid
     where d.identity_id is null and d.ipp = '' and d.state in ('received', 'waiting')
     order by message_id, chain_position`,
    [identityId],
  );
}

/** `received`, `matched`, `prepared`, `waiting`, `sent`, `accepted`, `refused`, `unknown`, `answered` … */
export interface DocumentEvent {
  readonly at: Date;
  readonly step: string;
  readonly ruleId: string | null;
  readonly detail: string | null;
}

export async function addDocumentEvent(
  tx: Db,
  documentId: string,
  event: { at: Date; step: string; ruleId?: string | null; detail?: string | null },
): Promise<void> {
  await write(tx, 'insert into document_event (document_id, at, step, rule_id, detail) values ($1, $2, $3, $4, $5)', [
    documentId,
    event.at,
    event.step,
    event.ruleId ?? null,
    event.detail ?? null,
  ]);
}

export async function eventsOf(db: Db, documentId: string): Promise<DocumentEvent[]> {
  return many(
    db,
    'select at, step, rule_id as "ruleId", detail from document_event where document_id = $1 order by id',
    [documentId],
  );
}

/** Every document that a message brought, in its order. */
export async function documentsOfMessage(db: Db, messageId: number): Promise<{ id: string }[]> {
  return many(db, 'select id from document where message_id = $1 order by part, received_at, id', [messageId]);
}

/** The document that a message brought, if any. */
export async function documentIdOfMessage(db: Db, messageId: number): Promise<string | undefined> {
  return (
    await maybe<{ id: string }>(
      db,
      'select id from document where message_id = $1 order by received_at, part limit 1',
      [messageId],
    )
  )?.id;
}
