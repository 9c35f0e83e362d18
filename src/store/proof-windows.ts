/** Windows of the funding programmes and their thresholds, as a site entered them. */
import { type Db, many, maybe, write } from './db.ts';

export interface ProofWindow {
  readonly id: string;
  readonly programme: string;
  readonly ej: string;
  readonly name: string;
  /** AAAA-MM-JJ, both counted. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly source: string;
  readonly actor: string;
  readonly at: Date;
}

export interface ProofThreshold {
  readonly windowId: string;
  readonly formula: string;
  readonly documents: number;
  readonly source: string;
  readonly actor: string;
  readonly at: Date;
}

/** The last to end first. */
export async function listWindows(db: Db): Promise<ProofWindow[]> {
  return many<ProofWindow>(
    db,
    `select id, programme, ej, name, first_day::text as "firstDay", last_day::text as "lastDay", source,
       entered_by as actor, entered_at as at from proof_window order by last_day desc, programme, ej, name limit 500`,
  );
}

export async function listThresholds(db: Db): Promise<ProofThreshold[]> {
  return many<ProofThreshold>(
    db,
    `select window_id as "windowId", formula, documents, source, entered_by as actor, entered_at as at
     from proof_threshold order by window_id, formula`,
  );
}

/** False when the programme of this EJ has a window of that name. */
export async function insertWindow(db: Db, window: ProofWindow): Promise<boolean> {
  const { id, programme, ej, name, firstDay, lastDay, source, actor, at } = window;
  const { rowCount } = await db.query(
    `insert into proof_window (id, programme, ej, name, first_day, last_day, source, entered_by, entered_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [id, programme, ej, name, firstDay, lastDay, source, actor, at],
  );
  return rowCount === 1;
}

/** With its thresholds; the name of what was removed, undefined when there is none. */
export async function deleteWindow(db: Db, id: string): Promise<string | undefined> {
  return (await maybe<{ name: string }>(db, 'delete from proof_window where id = $1 returning name', [id]))?.name;
}

export async function setThreshold(db: Db, threshold: ProofThreshold): Promise<void> {
  const { windowId, formula, documents, source, actor, at } = threshold;
  await write(
    db,
    `insert into proof_threshold (window_id, formula, documents, source, entered_by, entered_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (window_id, formula) do update set documents = excluded.documents, source = excluded.source,
       entered_by = excluded.entered_by, entered_at = excluded.entered_at`,
    [windowId, formula, documents, source, actor, at],
  );
}

export async function removeThreshold(db: Db, windowId: string, formula: string): Promise<void> {
  await write(db, 'delete from proof_threshold where window_id = $1 and formula = $2', [windowId, formula]);
}
