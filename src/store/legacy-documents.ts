/** Documents that came from an old connector, found again when it submits them once more. */
import { type Db, many } from './db.ts';
import type { DocumentRecord } from './documents.ts';

export interface KnownLegacyDocument
  extends Pick<DocumentRecord, 'id' | 'uniqueId' | 'chainKey' | 'eg' | 'state' | 'ruleId'> {
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
}

/** Those of a sender that live, or have lived in the DMP, under these uniqueIds; and those that such a rule ended for good. */
export async function knownLegacyDocuments(
  db: Db,
  sender: string,
  uniqueIds: readonly string[],
  endedBy: readonly string[],
): Promise<KnownLegacyDocument[]> {
  return many<KnownLegacyDocument>(
    db,
    `select id, unique_id as "uniqueId", chain_key as "chainKey", eg, state, rule_id as "ruleId", notice->'legacy'->>'sha256' as sha256
     from document where unique_id = any($2::text[]) and sender = $1 and notice ? 'legacy' and action <> 'delete'
       and (coalesce(overall_state, state) not in ('unreadable', 'refused', 'withdrawn') or (state = 'withdrawn' and rule_id = any($3)))
     order by state = 'withdrawn'`,
    [sender, uniqueIds, endedBy],
  );
}

/** The documents of one message, in their order; of one that repeats another (`copyRule`), that other one. */
export async function documentIdsOfMessage(db: Db, messageId: number, copyRule: string): Promise<string[]> {
  const rows = await many<{ id: string }>(
    db,
    `select case when rule_id = $2 then coalesce(target_id, id) else id end as id from document where message_id = $1 order by part`,
    [messageId, copyRule],
  );
  return rows.map(({ id }) => id);
}
