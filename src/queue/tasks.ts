/** The one mechanism for every kind of work: a narrow table, leases of seconds, fencing, order where it matters. */
import type { Db } from '../store/db.ts';

/** `message`: read an accepted message. `insi`: ask INSi for an identity. `release`: an identity changed, look at its
 *  documents. `document`: prepare and gate. `deliver`: send to the destination. `reconcile`: ask what became of an
 *  ambiguous sending. `answer`: tell the sender. `notice`: tell people of an alert. `bulk`: go on with an approved
 *  operation on many items. `mapping`: a local value was mapped, look at what waits for it. */
export type TaskKind =
  | 'message'
  | 'insi'
  | 'release'
  | 'document'
  | 'deliver'
  | 'reconcile'
  | 'answer'
  | 'notice'
  | 'bulk'
  | 'mapping';

export interface Task {
  readonly id: number;
  readonly kind: TaskKind;
  /** Id of the row it serves. */
  readonly subject: string;
  readonly attempts: number;
  /** Grows at each claim: a worker that holds an older one can no longer commit. */
  readonly fence: number;
}

export interface NewTask {
  readonly kind: TaskKind;
  readonly subject: string;
  readonly orderKey?: string;
  /** From now, milliseconds; 0 by default. */
  readonly delayMs?: number;
}

/** PostgreSQL channel on which the arrival of work is announced. */
export const WORK_CHANNEL = 'traitdunion_work';

/** Adds work in the caller's transaction: it exists if and only if the business row does. */
export async function addTask(tx: Db, task: NewTask): Promise<void> {
  // The notification is delivered at commit, once per transaction however many tasks it adds.
  await tx.query(
    `with added as (
       insert into task (kind, subject, order_key, run_at) values ($1, $2, $3, now() + $4 * interval '1 millisecond'))
     select pg_notify('${WORK_CHANNEL}', '')`,
    [task.kind, task.subject, task.orderKey ?? null, task.delayMs ?? 0],
  );
}

/**
 * Claims up to `limit` due tasks for a worker. A task waits while an older one of the same order key exists; locked rows
 * are skipped, so workers never wait for each other.
 *
 * Each kind is walked along its own index, and "offset 0" keeps the planner from hashing the whole table: with 100,000
 * tasks ready a claim takes 0.13 ms, where one query over all kinds took 98.8 ms (2 cores, PostgreSQL 18, `npm run bench
 * -- queue`).
 */
export async function claimTasks(
  db: Db,
  claim: { kinds: readonly TaskKind[]; worker: number; limit: number; leaseMs: number },
): Promise<Task[]> {
  const { rows } = await db.query<Task>(
    `with due as materialized (
       select due.id from unnest($1::text[]) wanted (kind)
       cross join lateral (
         select id, run_at from task
         where kind = wanted.kind and run_at <= now() and (leased_until is null or leased_until < now())
           and not exists (
             select 1 from task older where older.order_key = task.order_key and older.id < task.id offset 0)
         order by run_at, id
         limit $2
         for update skip locked) due
       order by due.run_at, due.id
       limit $2)
     update task set worker = $3, leased_until = now() + $4 * interval '1 millisecond',
       fence = fence + 1, attempts = attempts + 1
     from due where task.id = due.id
     returning task.id, task.kind, task.subject, task.attempts, task.fence`,
    [claim.kinds, claim.limit, claim.worker, claim.leaseMs],
  );
  return rows.sort((a, b) => a.id - b.id);
}

/** The lease was taken over by another worker: what this one was about to commit must be rolled back. */
export class Fenced extends Error {
  constructor(task: Task) {
    super(`task ${task.id} (${task.kind}) belongs to another worker now`);
  }
}

/** Ends a task, in the transaction of its effect. Throws Fenced when the lease was lost. */
export async function completeTask(tx: Db, task: Task): Promise<void> {
  const { rowCount } = await tx.query('delete from task where id = $1 and fence = $2', [task.id, task.fence]);
  if (rowCount !== 1) throw new Fenced(task);
}

/** Puts a task back for later, in the transaction that records why. Throws Fenced when the lease was lost. */
export function postponeTask(tx: Db, task: Task, delayMs: number): Promise<void> {
  return putBack(tx, task, delayMs, 0);
}

/** Same, for a task that was not tried: its turn had not come. The attempt is not counted, so the back-off does not grow. */
export function deferTask(tx: Db, task: Task, delayMs: number): Promise<void> {
  return putBack(tx, task, delayMs, 1);
}

async function putBack(tx: Db, task: Task, delayMs: number, uncounted: 0 | 1): Promise<void> {
  const { rowCount } = await tx.query(
    `update task set worker = null, leased_until = null, run_at = now() + $3 * interval '1 millisecond',
       attempts = attempts - $4
     where id = $1 and fence = $2`,
    [task.id, task.fence, delayMs, uncounted],
  );
  if (rowCount !== 1) throw new Fenced(task);
}

/** Makes the task of a subject due now, if it waits for its time. */
export async function hastenTask(tx: Db, kind: TaskKind, subject: string): Promise<void> {
  await tx.query('update task set run_at = now() where kind = $1 and subject = $2 and leased_until is null', [
    kind,
    subject,
  ]);
  await tx.query(`select pg_notify('${WORK_CHANNEL}', '')`);
}

/** Proves that the lease is still held and keeps other workers away until the transaction ends. */
export async function holdTask(tx: Db, task: Task): Promise<void> {
  const { rowCount } = await tx.query('select 1 from task where id = $1 and fence = $2 for update', [
    task.id,
    task.fence,
  ]);
  if (rowCount !== 1) throw new Fenced(task);
}

/** Lengthens the leases of tasks in progress. */
export async function renewLeases(db: Db, worker: number, ids: readonly number[], leaseMs: number): Promise<void> {
  if (ids.length === 0) return;
  await db.query(
    `update task set leased_until = now() + $3 * interval '1 millisecond' where worker = $1 and id = any($2)`,
    [worker, ids, leaseMs],
  );
}

/** Advisory lock class under which each living worker holds its own number. */
export const WORKER_LOCK_CLASS = 7_031;

/** Frees at once the leases of workers whose session lock is gone: dead processes need not run out their lease. */
export async function freeDeadWorkers(db: Db): Promise<number> {
  const { rowCount } = await db.query(
    `update task set worker = null, leased_until = null
     where worker is not null and not exists (
       select 1 from pg_locks where locktype = 'advisory' and classid = $1 and objid = worker::oid and granted
         and database = (select oid from pg_database where datname = current_database()))`,
    [WORKER_LOCK_CLASS],
  );
  return rowCount ?? 0;
}

/** Exponential back-off with a ceiling, milliseconds. `jitter` is in [0, 1). */
function backoffMs(attempt: number, limits: { firstMs: number; maxMs: number }, jitter: number): number {
  const raw = Math.min(limits.maxMs, limits.firstMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(raw * (0.75 + jitter / 2));
}

/** How long before a task is tried again, milliseconds: spread without a random source, always the same for a task. */
export function retryDelayMs(task: Task, limits: { firstMs: number; maxMs: number }): number {
  return backoffMs(task.attempts, limits, ((task.id * 7_919) % 1_000) / 1_000);
}
