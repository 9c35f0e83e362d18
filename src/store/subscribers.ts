/** Subscribers as people see them: what waits for each, what it refused, and what a person decides. */
import { type Db, many, maybe } from './db.ts';
import { type DiffusionEntry, ENTRY } from './diffusion.ts';

export interface SubscriberState {
  readonly name: string;
  readonly enabled: boolean;
  readonly paused: boolean;
  readonly since: Date;
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly retryAt: Date | null;
  readonly lastError: string | null;
  readonly answeredAt: Date | null;
  readonly loadState: 'none' | 'running' | 'stopped' | 'done';
  readonly loadQueued: number;
  readonly loadTotal: number;
  readonly loadAt: Date | null;
  readonly waiting: number;
  readonly oldestWaiting: Date | null;
  readonly refused: number;
}

/** Every subscriber, declared or no longer, with what waits for it. Counts are bounded: a long queue is long. */
export async function listSubscribers(db: Db): Promise<SubscriberState[]> {
  return many<SubscriberState>(
    db,
    `select name, enabled, paused, since, failures, failing_since as "failingSince", retry_at as "retryAt",
       last_error as "lastError", answered_at as "answeredAt", load_state as "loadState", load_queued as "loadQueued",
       load_total as "loadTotal", load_at as "loadAt",
       (select count(*) from (select 1 from diffusion_entry e where e.subscriber = s.name
          and e.state in ('waiting', 'sending') limit 100000) w) as waiting,
       (select min(added_at) from (select added_at from diffusion_entry e where e.subscriber = s.name
          and e.state in ('waiting', 'sending') and not e.load order by id limit 1) o) as "oldestWaiting",
       (select count(*) from (select 1 from diffusion_entry e where e.subscriber = s.name and e.state = 'refused' limit 100000) r) as refused
     from diffusion_subscriber s order by enabled desc, name`,
  );
}

/** An entry with whom it speaks of, for those who must decide. */
export interface ShownEntry extends DiffusionEntry {
  readonly birthName: string;
  readonly firstGivenName: string;
}

export type Shown = 'waiting' | 'refused' | 'settled';

const LISTS: Readonly<Record<Shown, { readonly where: string; readonly order: string }>> = {
  waiting: { where: `e.state in ('waiting', 'sending')`, order: 'e.load, e.id' },
  refused: { where: `e.state = 'refused'`, order: 'e.id' },
  settled: { where: `e.settled_at is not null and e.state <> 'refused'`, order: 'e.settled_at desc, e.id desc' },
};

export async function entriesOf(
  db: Db,
  filter: { readonly subscriber: string; readonly shown: Shown; readonly limit: number; readonly offset: number },
): Promise<ShownEntry[]> {
  const { where, order } = LISTS[filter.shown];
  return many<ShownEntry>(
    db,
    `select ${ENTRY}, i.birth_name as "birthName", i.first_given_name as "firstGivenName"
     from diffusion_entry e join identity i on i.id = e.identity_id
     where e.subscriber = $1 and ${where} order by ${order} limit $2 offset $3`,
    [filter.subscriber, filter.limit, filter.offset],
  );
}

export async function lockEntry(tx: Db, id: number): Promise<DiffusionEntry | undefined> {
  return maybe<DiffusionEntry>(tx, `select ${ENTRY} from diffusion_entry e where e.id = $1 for update`, [id]);
}

/** Puts a refused entry back in its queue: it is a new sending, under a new MSH-10. */
export async function queueAgain(tx: Db, id: number): Promise<void> {
  await tx.query(
    `update diffusion_entry set state = 'waiting', attempts = 0, control_id = null, sent = null, settled_at = null, answer = null,
       rule_id = null, detail = null, settled_by = null where id = $1`,
    [id],
  );
}

export async function abandonEntry(
  tx: Db,
  id: number,
  by: { readonly actor: string; readonly ruleId: string; readonly reason: string; readonly at: Date },
): Promise<void> {
  await tx.query(
    `update diffusion_entry set state = 'dropped', settled_at = $2, settled_by = $3, rule_id = $4, detail = $5 where id = $1`,
    [id, by.at, by.actor, by.ruleId, by.reason],
  );
}

export async function pauseSubscriber(tx: Db, name: string, paused: boolean): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update diffusion_subscriber set paused = $2, retry_at = null where name = $1 and enabled',
    [name, paused],
  );
  return rowCount === 1;
}

/** Answers older than this go, some at a time. */
export async function pruneSettled(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.query(
    `delete from diffusion_entry where id in (
       select id from diffusion_entry where settled_at < $1 and state in ('accepted', 'dropped') limit 5000)`,
    [before],
  );
  return rowCount ?? 0;
}
