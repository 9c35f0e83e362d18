/** The one mechanism for every kind of work: a narrow table, leases of seconds, fencing, order where it matters. */
import { asTransaction, type Db, type Pool, write } from '../store/db.ts';

/** `message`: read an accepted message. `insi`: ask INSi for an identity. `release`: an identity changed, look at its
 *  documents. `document`: prepare and gate. `deliver`: send to the destination. `reconcile`: ask what became of an
 *  ambiguous sending. `dmp-state`: ask again for a DMP that was absent or closed.
 *  `resume`: the end of a suspended sending. `answer`: tell the sender. `notice`: tell people of an alert. `bulk`: go on with an approved
 *  operation on many items. `mapping`: a local value was mapped, look at what waits for it. `match`: an identity changed,
 *  look for its duplicates. `match-run`: go on comparing a whole base. `recall`: go on with an approved
 *  recall. `recall-notice`: tell somebody whom a recall concerns. `patient-import`: go on with a file of patients. `mail`: gate, send and settle a mail of MSSanté.
 *  `incoming-mail`: open a received mail. `mail-handover`: give one of its documents to the DPI. `mail-reply`: answer its sender, or pass it on.
 *  `rehearsal`: go on trying a coming rule pack on past documents. `lane`: a flow changed lane, its waiting documents are decided again.
 *  `relay`: hand a message on to the old platform. */
export type TaskKind =
  | 'message'
  | 'insi'
  | 'release'
  | 'document'
  | 'deliver'
  | 'dmp-state'
  | 'resume'
  | 'reconcile'
  | 'answer'
  | 'notice'
  | 'bulk'
  | 'mapping'
  | 'match'
  | 'match-run'
  | 'verify'
  | 'recall'
  | 'recall-notice'
  | 'patient-import'
  | 'mail'
  | 'incoming-mail'
  | 'mail-handover'
  | 'mail-reply'
  | 'rehearsal'
  | 'lane'
  | 'relay';

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
  /**
   * FINESS of the geographic entity that it is done for: establishments take turns, and so does a mountain of work that has a
   * name of its own. Absent: of none in particular.
   */
  readonly eg?: string | undefined;
  /** From now, milliseconds; 0 by default. */
  readonly delayMs?: number;
}

/** Places kept for tasks until their transaction ends: then they are taken, together, or left. */
export interface FreePlaces {
  readonly worker: number;
  readonly leaseMs: number;
  take(tasks: readonly Task[]): void;
  leave(): void;
}

interface Seat extends FreePlaces {
  readonly tx: NonNullable<ReturnType<typeof asTransaction>>;
}

/** Gives so many places, when there are as many and nobody else waits for them. */
type Offer = (count: number) => FreePlaces | undefined;

const offers = new WeakMap<Pool, Map<TaskKind, Offer>>();

/** From now on tasks of these kinds, added through this pool, may be handed to the worker that offers; until the returned call. */
export function offerPlaces(pool: Pool, kinds: readonly TaskKind[], offer: Offer): () => void {
  const ofPool = offers.get(pool) ?? new Map<TaskKind, Offer>();
  offers.set(pool, ofPool);
  for (const kind of kinds) ofPool.set(kind, offer);
  return () => {
    for (const kind of kinds) if (ofPool.get(kind) === offer) ofPool.delete(kind);
  };
}

/** Places for so many tasks of this kind that are about to be added; undefined when they have to be claimed like any other. */
export function placesFor(pool: Pool, kind: TaskKind, count: number): FreePlaces | undefined {
  return offers.get(pool)?.get(kind)?.(count);
}

function seatFor(db: Db, kind: TaskKind): Seat | undefined {
  const tx = asTransaction(db);
  const place = tx && placesFor(tx.pool, kind, 1);
  return place && { ...place, tx };
}

/** PostgreSQL channel on which the arrival of work is announced, with its kind: the other workers sleep on. */
export const WORK_CHANNEL = 'traitdunion_work';

/** Lane of what belongs to no establishment. */
const NO_LANE = '-';

/** Adds work in the caller's transaction: it exists if and only if the business row does. */
export async function addTask(tx: Db, task: NewTask): Promise<void> {
  const seat = (task.delayMs ?? 0) > 0 ? undefined : seatFor(tx, task.kind);
  if (seat !== undefined) return handOver(seat, task);
  // The notification is delivered at commit, once per transaction however many tasks of a kind it adds.
  await write(
    tx,
    `with added as (
       insert into task (kind, subject, order_key, run_at, lane, state)
       values ($1, $2, $3, now() + $4 * interval '1 millisecond', $5, case when $4 > 0 then 'waiting' else 'ready' end))
     select pg_notify('${WORK_CHANNEL}', $1)`,
    [task.kind, task.subject, task.orderKey ?? null, task.delayMs ?? 0, task.eg ?? NO_LANE],
  );
}

/**
 * Adds work that a worker of this process has a place for: leased to it from the start, and run when the transaction has
 * been committed. The claim, its notice and its update are spared (decision 0031). Behind an older task of its key it waits
 * as any other; a process that dies after the commit leaves a lease of a dead worker, which is freed at once.
 */
async function handOver({ tx, worker, leaseMs, take, leave }: Seat, task: NewTask): Promise<void> {
  const added = tx.send<{ id: number; leased: boolean }>(
    `with added as (
       insert into task (kind, subject, order_key, run_at, lane, state, worker, leased_until, fence, attempts)
       select $1, $2, $3, now(), $4, case when older then 'ready' else 'leased' end, case when not older then $5::integer end,
         case when not older then clock_timestamp() + $6 * interval '1 millisecond' end, (not older)::integer, (not older)::integer
       from (select exists (select 1 from task where order_key = $3) as older) of_key
       returning id, state = 'leased' as leased)
     select id, leased, case when not leased then pg_notify('${WORK_CHANNEL}', $1) end from added`,
    [task.kind, task.subject, task.orderKey ?? null, task.eg ?? NO_LANE, worker, leaseMs],
  );
  tx.whenEnded(async (committed) => {
    const [row] = committed ? (await added).rows : [];
    if (row?.leased !== true) return leave();
    take([{ id: row.id, kind: task.kind, subject: task.subject, attempts: 1, fence: 1 }]);
  });
}

/** The lease was taken over by another worker: what this one was about to commit must be rolled back. */
export class Fenced extends Error {
  constructor(task: Task) {
    super(`task ${task.id} (${task.kind}) belongs to another worker now`);
  }
}

/** Ends a task, in the transaction of its effect. Throws Fenced when the lease was lost. */
export async function completeTask(tx: Db, task: Task): Promise<void> {
  // Not by way of a list: PostgreSQL plans that anew each time, 0.1 ms for each of the four tasks of a document.
  const { rowCount } = await tx.query('delete from task where id = $1 and fence = $2', [task.id, task.fence]);
  if (rowCount !== 1) throw new Fenced(task);
}

/** Ends tasks together: all, or none when the lease of one was lost (Fenced). */
export async function completeTasks(tx: Db, tasks: readonly Task[]): Promise<void> {
  const [first, second] = tasks;
  if (first !== undefined && second === undefined) return completeTask(tx, first);
  const { rows } = await tx.query<{ id: number }>(
    `delete from task using unnest($1::bigint[], $2::integer[]) as held (id, fence)
      where task.id = held.id and task.fence = held.fence returning task.id`,
    [tasks.map(({ id }) => id), tasks.map(({ fence }) => fence)],
  );
  const lost = tasks.find((task) => !rows.some(({ id }) => id === task.id));
  if (lost !== undefined) throw new Fenced(lost);
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
       attempts = attempts - $4, state = case when $3 > 0 then 'waiting' else 'ready' end
     where id = $1 and fence = $2`,
    [task.id, task.fence, delayMs, uncounted],
  );
  if (rowCount !== 1) throw new Fenced(task);
  if (delayMs <= 0) await write(tx, `select pg_notify('${WORK_CHANNEL}', $1)`, [task.kind]);
}

/** Makes the task of a subject due now, if it waits for its time. */
export async function hastenTask(tx: Db, kind: TaskKind, subject: string): Promise<void> {
  await tx.query(
    `update task set run_at = now(), state = 'ready' where kind = $1 and subject = $2 and state = 'waiting'`,
    [kind, subject],
  );
  await tx.query(`select pg_notify('${WORK_CHANNEL}', $1)`, [kind]);
}

/** Proves that the lease is still held and keeps other workers away until the transaction ends. */
export async function holdTask(tx: Db, task: Task): Promise<void> {
  const { rowCount } = await tx.query('select 1 from task where id = $1 and fence = $2 for no key update', [
    task.id,
    task.fence,
  ]);
  if (rowCount !== 1) throw new Fenced(task);
}

/** Lengthens the leases of tasks in progress. */
export async function renewLeases(db: Db, worker: number, ids: readonly number[], leaseMs: number): Promise<void> {
  if (ids.length === 0) return;
  await db.query(
    `update task set leased_until = now() + $3 * interval '1 millisecond', state = 'leased' where worker = $1 and id = any($2)`,
    [worker, ids, leaseMs],
  );
}

/** Advisory lock class under which each living worker holds its own number. */
export const WORKER_LOCK_CLASS = 7_031;

/** Frees at once the leases of workers whose session lock is gone: dead processes need not run out their lease. */
export async function freeDeadWorkers(db: Db): Promise<number> {
  const { rowCount } = await db.query(
    `update task set worker = null, leased_until = null, state = 'ready'
     where state = 'leased' and worker is not null and not exists (
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
