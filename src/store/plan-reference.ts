/** Reference data of the plan: versions that never change. */
import { type Db, many } from './db.ts';

export interface ReferenceRow<Content> {
  readonly version: string;
  readonly content: Content;
  readonly reason: string;
  readonly actor: string;
  readonly at: Date;
}

const REFERENCE = 'version, content, reason, by_actor as actor, at';

/** The last first; the first is in force. */
export async function listReferences<Content>(db: Db, limit: number): Promise<ReferenceRow<Content>[]> {
  return many<ReferenceRow<Content>>(db, `select ${REFERENCE} from plan_reference order by id desc limit $1`, [limit]);
}

export async function insertReference(db: Db, row: ReferenceRow<object>): Promise<void> {
  const { version, content, reason, actor, at } = row;
  await db.query('insert into plan_reference (version, content, reason, by_actor, at) values ($1, $2, $3, $4, $5)', [
    version,
    JSON.stringify(content),
    reason,
    actor,
    at,
  ]);
}
