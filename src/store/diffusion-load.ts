/** Where the initial load of a subscriber is. Its place moves in the transaction that queues the patients. */
import { type Db, maybe, one } from './db.ts';

/** Undefined for an unknown subscriber. A load that ended or was stopped can be started again, from the first patient. */
export async function startLoad(
  tx: Db,
  name: string,
  { since, actor, at }: { readonly since: Date | null; readonly actor: string; readonly at: Date },
): Promise<{ readonly running: boolean; readonly total: number } | undefined> {
  const row = await maybe<{ running: boolean }>(
    tx,
    `select load_state = 'running' as running from diffusion_subscriber where name = $1 and enabled for update`,
    [name],
  );
  if (row === undefined || row.running) return row === undefined ? undefined : { running: true, total: 0 };
  const { total } = await one<{ total: number }>(
    tx,
    'select count(*) as total from identity where active and ($1::timestamptz is null or updated_at >= $1)',
    [since],
  );
  await tx.query(
    `update diffusion_subscriber set load_state = 'running', load_since = $2, load_after = null, load_queued = 0,
       load_total = $3, load_by = $4, load_at = $5, load_paced_at = null where name = $1`,
    [name, since, total, actor, at],
  );
  return { running: false, total };
}

export async function stopLoad(db: Db, name: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update diffusion_subscriber set load_state = 'stopped' where name = $1 and load_state = 'running'`,
    [name],
  );
  return rowCount === 1;
}

export async function resumeLoad(db: Db, name: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update diffusion_subscriber set load_state = 'running' where name = $1 and load_state = 'stopped'`,
    [name],
  );
  return rowCount === 1;
}

export async function writePace(db: Db, name: string, fence: number, now: Date): Promise<void> {
  await db.query('update diffusion_subscriber set load_paced_at = $3 where name = $1 and fence = $2', [
    name,
    fence,
    now,
  ]);
}

/**
 * Queues the next patients, when fewer than that wait. At the end of the base the load is done once all are told. A patient
 * that a change has queued already is told by that change.
 */
export async function queueLoadBatch(tx: Db, name: string, batch: number, now: Date): Promise<void> {
  const place = await maybe<{ after: string | null; since: Date | null }>(
    tx,
    `select load_after as after, load_since as since from diffusion_subscriber
     where name = $1 and load_state = 'running' for update`,
    [name],
  );
  if (place === undefined) return;
  const { waiting } = await one<{ waiting: number }>(
    tx,
    `select count(*) as waiting from (select 1 from diffusion_entry
       where subscriber = $1 and state in ('waiting', 'sending') and load limit $2) w`,
    [name, batch],
  );
  if (waiting >= batch) return;
  const { last, read } = await one<{ last: string | null; read: number }>(
    tx,
    `with next as (
       select id from identity where active and ($2::uuid is null or id > $2) and ($3::timestamptz is null or updated_at >= $3)
       order by id limit $4),
     queued as (
       insert into diffusion_entry (subscriber, kind, identity_id, load, added_at)
       select $1, 'state', next.id, true, $5 from next where not exists (
         select 1 from diffusion_entry e where e.identity_id = next.id and e.subscriber = $1 and e.kind = 'state'
           and e.state = 'waiting'))
     select (select id from next order by id desc limit 1) as last, (select count(*) from next) as read`,
    [name, place.after, place.since, batch, now],
  );
  await tx.query(
    `update diffusion_subscriber set load_after = coalesce($2, load_after), load_queued = load_queued + $3,
       load_state = case when $3 = 0 and $4 = 0 then 'done' else load_state end where name = $1`,
    [name, last, read, waiting],
  );
}
