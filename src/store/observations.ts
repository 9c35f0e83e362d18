/** What the watch looks at: figures of the whole installation, each bounded whatever the size of the tables. */
import { type Db, many, maybe, one } from './db.ts';

/** Written, not read: what cannot be written here could not be written at the door either. Gives the database's clock. */
export async function beat(db: Db, machine: string): Promise<Date> {
  const row = await one<{ at: Date }>(
    db,
    `insert into machine_beat (machine, at) values ($1, clock_timestamp())
     on conflict (machine) do update set at = clock_timestamp() returning at`,
    [machine],
  );
  return row.at;
}

/** Ready documents looked at: the oldest tell. Of the ledger the last lines do: they need no walk through years of it. */
const LOOKED_AT = 200;

/** Has the DMP accepted nothing since `since`, while documents that were prepared before then are ready? */
export async function readyWithoutAcceptance(db: Db, since: Date): Promise<number> {
  const row = await one<{ ready: number }>(
    db,
    `select count(*) as ready from (
       select id from document where state = 'ready' order by received_at limit ${LOOKED_AT}) oldest
     where exists (select 1 from document_event e where e.document_id = oldest.id and e.step = 'prepared' and e.at < $1)
       and not exists (select 1 from (
         select at from ledger where destination not like 'MSSANTE%' order by id desc limit ${LOOKED_AT}) last where at >= $1)`,
    [since],
  );
  return row.ready;
}

export interface Backlog {
  readonly kind: string;
  readonly tasks: number;
  readonly seconds: number;
}

/** Work that is due and that nobody has taken. What waits for a service that is away, or behind its elder, is not late. */
export async function backlogs(db: Db): Promise<Backlog[]> {
  return many<Backlog>(
    db,
    `select kind, count(*) as tasks, extract(epoch from now() - min(run_at))::float8 as seconds from task
     where run_at <= now() and state in ('ready', 'waiting') and not exists (
       select 1 from service_circuit where state <> 'closed'
         and (service = 'INSi' and kind in ('insi', 'verify') or service = 'DMP' and kind in ('deliver', 'reconcile')))
     group by kind order by kind`,
  );
}

/** Workers whose session lives: each holds its number under an advisory lock of this class. */
export async function livingWorkers(db: Db, lockClass: number): Promise<number> {
  const row = await one<{ count: number }>(
    db,
    `select count(*) as count from pg_locks where locktype = 'advisory' and classid = $1 and granted
       and database = (select oid from pg_database where datname = current_database())`,
    [lockClass],
  );
  return row.count;
}

export interface GroupedDocuments {
  readonly eg: string;
  readonly ruleId: string | null;
  readonly documents: number;
  readonly oldest: Date;
}

export async function waitingSince(db: Db, before: Date): Promise<GroupedDocuments[]> {
  return many<GroupedDocuments>(
    db,
    `select eg, rule_id as "ruleId", count(*) as documents, min(received_at) as oldest from document
     where state = 'waiting' and received_at < $1 group by eg, rule_id order by eg, rule_id`,
    [before],
  );
}

/** Since when each is unknown: one that a person has verified may have been sent long ago. */
export async function unknownSince(db: Db, before: Date): Promise<GroupedDocuments[]> {
  return many<GroupedDocuments>(
    db,
    `select d.eg, null as "ruleId", count(*) as documents, min(since.at) as oldest
     from delivery v join document d on d.id = v.document_id
       join lateral (select max(at) as at from document_event e where e.document_id = d.id and e.step = 'unknown') since
         on true
     where v.state = 'unknown' and since.at < $1 group by d.eg order by d.eg`,
    [before],
  );
}

export interface RefusalShares {
  readonly eg: string;
  readonly recent: number;
  readonly recentRefused: number;
  readonly earlier: number;
  readonly earlierRefused: number;
}

/** Documents received since `recent`, and between `earlier` and then, with how many of each were refused. */
export async function refusalShares(db: Db, since: { recent: Date; earlier: Date }): Promise<RefusalShares[]> {
  return many<RefusalShares>(
    db,
    `select eg, count(*) filter (where received_at >= $1) as recent,
       count(*) filter (where received_at >= $1 and state in ('refused', 'unreadable')) as "recentRefused",
       count(*) filter (where received_at < $1) as earlier,
       count(*) filter (where received_at < $1 and state in ('refused', 'unreadable')) as "earlierRefused"
     from document where received_at >= $2 group by eg order by eg`,
    [since.recent, since.earlier],
  );
}

export interface LateAnswers {
  readonly sender: string;
  readonly eg: string;
  readonly answers: number;
  readonly oldest: Date;
}

export async function answersPendingSince(db: Db, before: Date): Promise<LateAnswers[]> {
  return many<LateAnswers>(
    db,
    `select d.sender, min(d.eg) as eg, count(*) as answers, min(a.created_at) as oldest
     from answer a join document d on d.id = a.document_id
     where a.state = 'pending' and a.created_at < $1 group by d.sender order by d.sender`,
    [before],
  );
}

/** When each application was last heard, by its two names. */
export async function lastHeard(db: Db): Promise<{ application: string; facility: string; lastSeen: Date }[]> {
  return many(
    db,
    'select application, facility, max(last_seen) as "lastSeen" from flow group by application, facility',
  );
}

/** The oldest row behind the last sealed one. Rows commit out of order: the last thousand links say where the seal is. */
export async function unsealedSince(db: Db, chain: 'ledger' | 'audit'): Promise<Date | undefined> {
  const row = await maybe<{ at: Date | null }>(
    db,
    `select min(at) as at from ${chain} where id > (
       select coalesce(max(last.id), 0) from (select ${chain}_id as id from ${chain}_seal order by id desc limit 1000) last)`,
  );
  return row?.at ?? undefined;
}
