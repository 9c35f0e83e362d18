/** Lists of documents, by what people and callers ask for. */
import { type Db, many } from './db.ts';
import { DOCUMENT_COLUMNS, type DocumentRecord, type DocumentState } from './documents.ts';

export interface DocumentFilter {
  readonly eg: string | null;
  /** `MSH-3|MSH-4`; of any when absent. */
  readonly sender?: string | null;
  readonly controlId: string | null;
  readonly uniqueId: string | null;
  readonly ipp: string | null;
  readonly identityId: string | null;
  readonly state: DocumentState | null;
  readonly ruleId: string | null;
  /** Keyset: only what is older than this document. */
  readonly after: { receivedAt: Date; id: string } | null;
  readonly limit: number;
}

/** Documents, newest first. */
export async function listDocuments(db: Db, filter: DocumentFilter): Promise<DocumentRecord[]> {
  return many<DocumentRecord>(
    db,
    `select ${DOCUMENT_COLUMNS} from document
     where ($1::text is null or eg = $1) and ($2::text is null or control_id = $2) and ($3::text is null or unique_id = $3)
       and ($4::text is null or ipp = $4) and ($5::uuid is null or identity_id = any(array(select id from identity where id = $5 or merged_into = $5))) and ($6::text is null or overall_state is null and state = $6 or overall_state = $6)
       and ($7::text is null or coalesce(overall_rule_id, rule_id) = $7) and ($8::timestamptz is null or (received_at, id) < ($8, $9::uuid))
       and ($11::text is null or sender = $11)
     order by received_at desc, id desc limit $10`,
    [
      filter.eg,
      filter.controlId,
      filter.uniqueId,
      filter.ipp,
      filter.identityId,
      filter.state,
      filter.ruleId,
      filter.after?.receivedAt ?? null,
      filter.after?.id ?? null,
      filter.limit,
      filter.sender ?? null,
    ],
  );
}
