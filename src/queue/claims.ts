/**
 * Claims: which tasks a worker takes next. Establishments take turns, what cannot be taken is not walked over, and while
 * the circuit of a national service is open nothing is taken for it.
 */

import type { Service } from '../store/circuits.ts';
import type { Db } from '../store/db.ts';
import type { Task, TaskKind } from './tasks.ts';

export interface Claimer {
  /** Claims up to `limit` tasks that are ready; fewer, even none, when there is no more. */
  claim(limit: number): Promise<Task[]>;
  /** Did the last claim leave something, or may it have? Otherwise what comes is announced. */
  readonly leftSome: boolean;
}

export interface ClaimerOptions {
  /** The session of the worker. */
  readonly db: Db;
  readonly kinds: readonly TaskKind[];
  readonly worker: number;
  readonly leaseMs: number;
  /** Whose circuit these kinds wait for. */
  readonly service?: Service | undefined;
}

/**
 * From a lane on, up to $2 lanes that have something ready (one more is looked for, to know whether it was the last), and
 * of each an equal share, kinds mixed by due time. A row found behind an older one of its key, or not due, is put aside.
 *
 * Every step is a probe of an index: lanes and kinds of `task_ready`, the key's older row in `task_order`. The older row is
 * kept from being deleted (key share) before a task is put behind it, so that the trigger of its end finds the task; when
 * it is being deleted at this moment the task is left for the next claim. The clock is read anew: a task may have been added
 * since this statement began.
 */
const CLAIM = `
  with recursive
  leave as (
    select case when not exists (select 1 from service_circuit where service = $7 and state <> 'closed') then $2
      when exists (select 1 from service_circuit where service = $7 and probe_at > now()) then 0 else 1 end as most),
  reach (hop, lane) as (
    select 0, $5::text collate "C"
    union all
    select hop + 1, (
      select min(first.lane) from unnest($1::text[]) wanted (kind) cross join lateral (
        select lane from task where kind = wanted.kind and state = 'ready' and lane > reach.lane order by lane limit 1) first)
    from reach where lane is not null and hop <= (select most from leave)),
  turns as (
    select hop, lane, greatest(1, leave.most / count(*) over ()) as share
    from reach, leave where lane is not null and hop between 1 and leave.most),
  found as materialized (
    select due.*, turns.hop, turns.share, row_number() over (
      partition by turns.hop, due.behind or due.late order by due.run_at, due.id) as place
    from turns cross join lateral (
      select candidate.* from unnest($1::text[]) wanted (kind) cross join lateral (
        select task.id, task.run_at, older.id is not null as behind, task.run_at > clock_timestamp() as late
        from task left join lateral (
          select id from task o where o.order_key = task.order_key and o.id < task.id order by id desc limit 1) older on true
        where kind = wanted.kind and lane = turns.lane and state = 'ready'
          and (leased_until is null or leased_until < now())
          and (older.id is null or exists (select 1 from task o where o.id = older.id for key share skip locked))
        order by run_at, task.id
        limit turns.share + $6
        for update of task skip locked) candidate
      order by run_at, id limit turns.share + $6) due),
  taken as (
    update task set
      state = case when found.behind then 'behind' when found.late then 'waiting' else 'leased' end,
      worker = case when found.behind or found.late then task.worker else $3 end,
      leased_until = case when found.behind or found.late then task.leased_until else now() + $4 * interval '1 millisecond' end,
      fence = task.fence + case when found.behind or found.late then 0 else 1 end,
      attempts = task.attempts + case when found.behind or found.late then 0 else 1 end
    from found where task.id = found.id and (found.behind or found.late or found.place <= found.share)
    returning task.id, task.kind, task.subject, task.attempts, task.fence, task.state)
  select taken.*, seen."lastLane", seen."laneFull", seen.turns > 0 and seen.lanes > seen.turns as "moreLanes"
  from (select exists (select 1 from found where place >= share) as "laneFull", (select max(lane) from turns) as "lastLane", (select count(*) from turns) as turns,
    (select count(*) - 1 from reach where lane is not null) as lanes) seen
  left join taken on true`;

type Seen = { readonly lastLane: string | null; readonly laneFull: boolean; readonly moreLanes: boolean } & (
  | (Task & { readonly state: 'leased' | 'behind' | 'waiting' })
  | { readonly id: null; readonly state: null }
);

/** Before every lane. */
const FIRST = '';
/**
 * Rows of a lane that one claim may put aside besides those that it takes, while there are such rows. More would be done
 * with a mountain of them sooner, and make the establishments that share the claim wait for longer.
 */
const ASIDE = 32;

/** Remembers whose turn it is: one for each worker. */
export function createClaimer({ db, kinds, worker, leaseMs, service }: ClaimerOptions): Claimer {
  let after = FIRST;
  let aside = 0;
  let leftSome = true;
  return {
    get leftSome() {
      return leftSome;
    },
    claim: async (limit) => {
      // Every lane is looked at once, whatever others hold of it, before this says that there is nothing.
      for (let again = after !== FIRST; ; ) {
        const { rows } = await db.query<Seen>(CLAIM, [kinds, limit, worker, leaseMs, after, aside, service ?? null]);
        const touched = rows.filter((row) => row.id !== null);
        const claimed = touched.flatMap((row) => (row.state === 'leased' ? [taskOf(row)] : []));
        aside = claimed.length < touched.length ? ASIDE : 0;
        const more = rows[0]?.moreLanes === true;
        leftSome = more || after !== FIRST || touched.length > claimed.length || rows[0]?.laneFull === true;
        // The lanes that had only blocked tasks have others: their turn is not over.
        if (claimed.length > 0 || touched.length === 0) after = more ? (rows[0]?.lastLane ?? FIRST) : FIRST;
        if (claimed.length > 0) return claimed.sort((a, b) => a.id - b.id);
        if (touched.length > 0 || more) continue;
        if (!again) return [];
        again = false;
      }
    },
  };
}

function taskOf({ id, kind, subject, attempts, fence }: Task): Task {
  return { id, kind, subject, attempts, fence };
}

const WAKE = `
  with due as (
    select id from task where state = 'waiting' and run_at <= now() order by run_at limit $1 for update skip locked),
  lapsed as (
    select id from task where state = 'leased' and (leased_until is null or leased_until < now()) limit $1
    for update skip locked)
  update task set state = 'ready' where id in (select id from due union all select id from lapsed)`;
const WOKEN_AT_A_TIME = 1_000;

/** Makes ready what has become due, and what a lease that ran out left. Returns how many. */
export async function wakeTasks(db: Db): Promise<number> {
  for (let woken = 0; ; ) {
    const { rowCount } = await db.query(WAKE, [WOKEN_AT_A_TIME]);
    woken += rowCount ?? 0;
    if ((rowCount ?? 0) < WOKEN_AT_A_TIME) return woken;
  }
}
