/** What was changed of an identity, by whom, from what, and why. */
import { type Db, many } from './db.ts';

export interface HistoryEntry {
  readonly at: Date;
  /** Who: `user:…`, `source:…` or `system`. */
  readonly actor: string;
  /** From what: a message, INSi, the console. */
  readonly source: string;
  readonly event: string;
  readonly requirement: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every status or trait change is traced; what no other requirement asks for is traced because this one does. */
const TRACED_BY = 'EXI REC 07';

export async function addHistory(tx: Db, identityId: string, entry: HistoryEntry): Promise<void> {
  await tx.query(
    'insert into identity_history (identity_id, at, actor, source, event, requirement, before, after) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    [
      identityId,
      entry.at,
      entry.actor,
      entry.source,
      entry.event,
      entry.requirement ?? TRACED_BY,
      entry.before === undefined ? null : JSON.stringify(entry.before),
      entry.after === undefined ? null : JSON.stringify(entry.after),
    ],
  );
}

/** One entry for each of many identities. */
export async function addHistories(tx: Db, entries: ReadonlyMap<string, HistoryEntry>): Promise<void> {
  const rows = [...entries].map(([identityId, entry]) => ({ ...entry, identity_id: identityId }));
  await tx.query(
    `insert into identity_history (identity_id, at, actor, source, event, requirement, before, after)
     select identity_id, at, actor, source, event, requirement, before, after
     from jsonb_populate_recordset(null::identity_history, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
}

export async function historyOf(db: Db, identityId: string): Promise<HistoryEntry[]> {
  return many<HistoryEntry>(
    db,
    'select at, actor, source, event, requirement, before, after from identity_history where identity_id = $1 order by id',
    [identityId],
  );
}
