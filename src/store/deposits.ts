/** Watched folders: whose turn it is, and what was already taken. */
import { type Db, maybe, one } from './db.ts';

/** Until the transaction ends, no other process has this folder. False when one has it. */
export async function tryFolderTurn(tx: Db, sender: string): Promise<boolean> {
  const { taken } = await one<{ taken: boolean }>(
    tx,
    'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken',
    [`watched-folder|${sender}`],
  );
  return taken;
}

/** The document that this request of this sender became. */
export async function documentOfRequest(db: Db, sender: string, controlId: string): Promise<string | undefined> {
  const row = await maybe<{ id: string }>(
    db,
    'select id from document where control_id = $2 and sender = $1 order by received_at limit 1',
    [sender, controlId],
  );
  return row?.id;
}
