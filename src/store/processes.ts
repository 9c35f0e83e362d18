/** The living processes of the installation, as each says of itself. Times are the database's. */
import { type Db, many } from './db.ts';

export type ProcessState = 'starting' | 'ready' | 'stopping';

export interface ProcessIdentity {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly version: string;
  readonly host: string;
  readonly pid: number;
}

export interface ProcessRecord extends ProcessIdentity {
  readonly state: ProcessState;
  readonly startedAt: Date;
  readonly seenAt: Date;
  /** Not heard of for long: killed, frozen, or away from the database. */
  readonly silent: boolean;
}

/** After so many missed signs a process is shown as silent. */
const SILENT_AFTER_S = 15;
/** One that never said goodbye is forgotten after a day: until then its end has to be explained. */
const FORGOTTEN_AFTER_S = 86_400;

/** A sign of life; the first one makes the process known. */
export async function signOfLife(
  db: Db,
  { id, name, roles, version, host, pid }: ProcessIdentity,
  state: ProcessState,
): Promise<void> {
  await db.query(
    `insert into process (id, name, roles, version, host, pid, state) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do update set state = $7, seen_at = now()`,
    [id, name, roles, version, host, pid, state],
  );
}

/** A process that has stopped as it should is gone; those that were never heard of again go with it. */
export async function sayGoodbye(db: Db, id: string): Promise<void> {
  await db.query(`delete from process where id = $1 or seen_at < now() - $2 * interval '1 second'`, [
    id,
    FORGOTTEN_AFTER_S,
  ]);
}

/** Oldest first: during a rolling upgrade the new ones come last. */
export async function listProcesses(db: Db): Promise<ProcessRecord[]> {
  return many<ProcessRecord>(
    db,
    `select id, name, roles, version, host, pid, state, started_at as "startedAt", seen_at as "seenAt",
       seen_at < now() - $1 * interval '1 second' as silent
     from process where seen_at >= now() - $2 * interval '1 second' order by started_at, id`,
    [SILENT_AFTER_S, FORGOTTEN_AFTER_S],
  );
}
