/** Documents whose wait ended without a sending: « non transmissible », by reason and destination (practice 9). */
import { type Db, many } from './db.ts';
import { DOCUMENT_COLUMNS, type DocumentRecord } from './documents.ts';

/** Those of a patient that ended by one of these rules, in the order in which they came. */
export async function endedForPatient(
  db: Db,
  identityId: string,
  ruleIds: readonly string[],
): Promise<DocumentRecord[]> {
  return many<DocumentRecord>(
    db,
    `select ${DOCUMENT_COLUMNS} from document
     where identity_id = $1 and state = 'withdrawn' and rule_id = any($2) and action <> 'delete' order by received_at, id`,
    [identityId, ruleIds],
  );
}
