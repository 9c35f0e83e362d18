/**
 * Versions of one document. A document that nobody replaced or asked to delete belongs to no chain; the first request about
 * it makes one, which bears the uniqueId of that document and gives each member its place, in the order of arrival.
 */
import { type Db, many, maybe, one } from './db.ts';
import { DOCUMENT_COLUMNS, type DocumentRecord } from './documents.ts';

/** A member with what its delivery adds: a sending that may have reached the DMP can no longer be taken back. */
export interface ChainMember extends DocumentRecord {
  readonly deliveryId: string;
  readonly wasSent: boolean;
  /** It came back with a backup and the DMP has not been asked yet: it may have left since. */
  readonly askFirst: boolean;
  readonly sentMatricule: string | null;
  readonly sentOid: string | null;
  /** What it replaced or deleted, when it was sent. */
  readonly originalId: string | null;
}

const MEMBERS = `select m.*, v.id as "deliveryId", v.first_sent_at is not null as "wasSent",
    exists (select 1 from restored_delivery r where r.delivery_id = v.id and r.outcome is null) as "askFirst",
    v.sent_matricule as "sentMatricule", v.sent_oid as "sentOid", v.original_id as "originalId"
  from (select ${DOCUMENT_COLUMNS} from document where chain_key = $1) m join delivery v on v.document_id = m.id
  order by m."chainPosition"`;

/** In the order of arrival. */
export async function chainOf(db: Db, chainKey: string): Promise<ChainMember[]> {
  return many<ChainMember>(db, MEMBERS, [chainKey]);
}

/** Same, locked until the transaction ends, the first version first: whoever locks several does it in this order. */
export async function lockChain(tx: Db, chainKey: string): Promise<ChainMember[]> {
  await tx.query('select 1 from document where chain_key = $1 order by chain_position for update', [chainKey]);
  return chainOf(tx, chainKey);
}

export interface Place {
  readonly chainKey: string;
  readonly chainPosition: number;
  /** Highest versionNumber so far. */
  readonly lastVersion: number;
}

/** The next place in the chain of a document, which is made when there is none yet. */
export async function nextPlaceAfter(tx: Db, target: Pick<DocumentRecord, 'id' | 'uniqueId'>): Promise<Place> {
  const locked = await one<{ chainKey: string }>(
    tx,
    `update document set chain_key = coalesce(chain_key, unique_id), chain_position = coalesce(chain_position, 1)
     where id = $1 returning chain_key as "chainKey"`,
    [target.id],
  );
  return nextPlaceIn(tx, locked.chainKey);
}

/** The next place in a chain that may be empty: that of a document which is not known here. */
export async function nextPlaceIn(tx: Db, chainKey: string): Promise<Place> {
  // Two requests about one document may arrive at once by two doors.
  await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [CHAIN_LOCK_CLASS, chainKey]);
  const { last, lastVersion } = await one<{ last: number; lastVersion: number }>(
    tx,
    `select coalesce(max(chain_position), 0) as last,
       coalesce(max(coalesce(version_number, chain_position)) filter (where action <> 'delete'), 0) as "lastVersion"
     from document where chain_key = $1`,
    [chainKey],
  );
  return { chainKey, chainPosition: last + 1, lastVersion };
}

/** Advisory lock class of the places of a chain. */
const CHAIN_LOCK_CLASS = 7_032;

const RECORD = `select ${DOCUMENT_COLUMNS} from document`;
/** The last one that is alive or was deleted, else the last one. */
const LAST = `order by (state in ('unreadable', 'refused', 'withdrawn')), chain_position desc nulls last, message_id desc
  limit 1`;

/** The document that bears this uniqueId. */
export async function documentByUniqueId(db: Db, uniqueId: string): Promise<DocumentRecord | undefined> {
  return maybe<DocumentRecord>(db, `${RECORD} where unique_id = $1 and action <> 'delete' ${LAST}`, [uniqueId]);
}

/** The last version that a sender gave this number of its own. */
export async function documentByNumber(
  db: Db,
  key: { readonly sender: string; readonly ej: string; readonly number: string; readonly part: number },
): Promise<DocumentRecord | undefined> {
  return maybe<DocumentRecord>(
    db,
    `${RECORD} where notice->>'number' = $1 and sender = $2 and ej = $3 and part = $4 and action <> 'delete' ${LAST}`,
    [key.number, key.sender, key.ej, key.part],
  );
}

/** The last version of a set of a legal entity: setId of a received CDA, or uniqueId of its first version. */
export async function lastVersionOf(db: Db, ej: string, set: string): Promise<DocumentRecord | undefined> {
  return maybe<DocumentRecord>(
    db,
    `${RECORD} where ej = $1 and action <> 'delete' and id in (
       select id from document where set_id = $2 union all select id from document where unique_id = $2
       union all select id from document where chain_key = $2) ${LAST}`,
    [ej, set],
  );
}

/** Identical documents that arrived under other messages (this rule) and still owe its answer to their sender. */
export async function copiesOf(db: Db, documentId: string, ruleId: string): Promise<DocumentRecord[]> {
  return many<DocumentRecord>(
    db,
    `${RECORD} where target_id = $1 and rule_id = $2
       and exists (select 1 from delivery where document_id = document.id and state = 'waiting')
     order by message_id, id`,
    [documentId, ruleId],
  );
}

/** The request to delete a document that is neither refused nor withdrawn. */
export async function deletionOf(db: Db, documentId: string): Promise<DocumentRecord | undefined> {
  return maybe<DocumentRecord>(
    db,
    `${RECORD} where target_id = $1 and action = 'delete' and state not in ('unreadable', 'refused', 'withdrawn')
     order by chain_position limit 1`,
    [documentId],
  );
}
