/**
 * Group commit at the door: whatever arrived during the last commit goes in one statement, so that 16 senders pay for one
 * fsync and not for 16 (design 5, promise 1 of design 6). A message is acknowledged by its own promise, after its commit.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { placesFor, type Task, WORK_CHANNEL } from '../queue/tasks.ts';
import type { Pool } from '../store/db.ts';
import { messageKey, type NewMessage, type QueuedMessage, storeMessages } from '../store/messages.ts';

/** `known`: the same message (sender, MSH-10 and content) is already in our care, and is not processed twice. */
export type Committed = 'stored' | 'known';

export interface Committer {
  /** Resolves once the message and its task are durable; rejects when they are not, and the sender must bring it again. */
  commit(queued: QueuedMessage): Promise<Committed>;
  /** Takes no more, and resolves once everything that was taken is settled. */
  stop(): Promise<void>;
}

/** One statement waits for the disk while the next is carried to the server; a third lane only makes batches smaller. */
const LANES = 2;
/**
 * Bytes that are worth the second lane. A statement costs PostgreSQL 0.17 ms before its first admission and 0.024 for each: what
 * is small had better wait for the commit that is under way, and go in one statement.
 */
const WORTH_A_LANE = 131_072;
/** A power of two, as every batch beyond `ANY_SIZE`: 19 statements to prepare on a connection. */
const MAX_BATCH_ROWS = 128;
/** Up to here all that waits goes: with 16 senders a power of two leaves half of it for another commit. */
const ANY_SIZE = 16;
/** A message that is larger alone goes alone. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

interface Entry extends QueuedMessage {
  readonly key: string;
  readonly settled: PromiseWithResolvers<Committed>;
}

/** What waits is bounded by the doors: one message per connection. */
export function createCommitter(pool: Pool): Committer {
  const waiting: Entry[] = [];
  let waitingBytes = 0;
  const inCare = new Map<string, Entry>();
  const lanes = new Set<Promise<void>>();
  let open = 0;
  const announce = createAnnouncer(pool);
  let stopped = false;

  const lane = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      for (const { message } of batch) waitingBytes -= message.body.length;
      if (await commitBatch(pool, batch)) announce.work();
    }
    // In the turn that found nothing left: what comes next finds the lane closed, and opens another.
    open -= 1;
  };
  const wantsLane = (): boolean => waiting.length > 0 && (open === 0 || (open < LANES && waitingBytes >= WORTH_A_LANE));
  const openLanes = (): void => {
    while (wantsLane()) {
      open += 1;
      const running = lane().finally(() => lanes.delete(running));
      lanes.add(running);
    }
  };
  return {
    commit: async (queued) => {
      if (stopped) throw new Error('intake is stopped');
      const key = messageKey(queued.message);
      const same = inCare.get(key);
      // Also keeps two lanes from waiting for each other on the unique index.
      if (same !== undefined) return same.settled.promise.then(() => 'known');
      const entry: Entry = { ...queued, key, settled: Promise.withResolvers() };
      inCare.set(key, entry);
      const forget = () => inCare.delete(key);
      entry.settled.promise.then(forget, forget);
      waiting.push(entry);
      waitingBytes += queued.message.body.length;
      // What the same turn of the event loop brings goes together.
      if (wantsLane()) setImmediate(openLanes);
      return entry.settled.promise;
    },
    stop: async () => {
      stopped = true;
      openLanes();
      await Promise.all(lanes);
      await announce.done();
    },
  };
}

/** The oldest, as many as the bounds and the sizes of the prepared statements let through. */
function takeBatch(waiting: Entry[]): Entry[] {
  let bytes = 0;
  let rows = 0;
  for (const { message } of waiting.slice(0, MAX_BATCH_ROWS)) {
    bytes += message.body.length;
    if (rows > 0 && bytes > MAX_BATCH_BYTES) break;
    rows += 1;
  }
  return waiting.splice(0, rows <= ANY_SIZE ? rows : 2 ** Math.floor(Math.log2(rows)));
}

/** Settles every message of the batch, hands over what this process has places for, and tells whether there is other work. */
async function commitBatch(pool: Pool, batch: readonly Entry[]): Promise<boolean> {
  const places = placesFor(pool, 'message', batch.length);
  try {
    const { stored, known } = await storeMessages(pool, batch, places);
    for (const { settled } of known) settled.resolve('known');
    for (const { settled } of batch) settled.resolve('stored');
    const handed = stored.filter(({ leased }) => leased);
    if (handed.length > 0) places?.take(handed.map(taskOf));
    else places?.leave();
    return handed.length < stored.length;
  } catch (error) {
    places?.leave();
    // What PostgreSQL refuses of one message is not its neighbours' fault. A server that does not answer refuses them all:
    // asking again for each would keep every sender waiting for its connection to time out.
    if (batch.length > 1 && error instanceof pg.DatabaseError) return commitOneByOne(pool, batch);
    for (const { settled } of batch) settled.reject(error);
    return false;
  }
}

function taskOf({ id, task }: NewMessage): Task {
  return { id: task, kind: 'message', subject: String(id), attempts: 1, fence: 1 };
}

async function commitOneByOne(pool: Pool, batch: readonly Entry[]): Promise<boolean> {
  let work = false;
  for (const entry of batch) work = (await commitBatch(pool, [entry])) || work;
  return work;
}

/** Nothing is lost with it, so that it does not wait for the disk. */
const ANNOUNCE = `select set_config('synchronous_commit', 'off', true), pg_notify('${WORK_CHANNEL}', 'message')`;
/** The first message after a silence is announced at once, those that follow it together. */
const ANNOUNCE_EVERY_MS = 5;

/**
 * Wakes the workers after the commit, not in it: PostgreSQL lets one notifying transaction commit at a time, and the
 * senders would wait behind the fsync of every worker. Work whose announcement is lost is found by the next poll.
 */
function createAnnouncer(pool: Pool): { work(): void; done(): Promise<void> } {
  let wanted = false;
  let running: Promise<void> | undefined;
  const hurry = new AbortController();
  const run = async (): Promise<void> => {
    while (wanted) {
      wanted = false;
      await pool.query(ANNOUNCE).catch(() => undefined);
      await sleep(ANNOUNCE_EVERY_MS, undefined, { signal: hurry.signal }).catch(() => undefined);
    }
    running = undefined;
  };
  return {
    work: () => {
      wanted = true;
      running ??= run();
    },
    done: async () => {
      hurry.abort();
      await running;
    },
  };
}
