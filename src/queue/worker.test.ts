import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { one, type Pool, transaction } from '../store/db.ts';
import { type TestPlace, testPool } from '../store/store.fixture.ts';
import { claimTasks } from './claims.testing.ts';
import { addTask, completeTask, type NewTask, type Task, WORK_CHANNEL, WORKER_LOCK_CLASS } from './tasks.ts';
import { startWorker, type TaskHandler, type Worker, type WorkerOptions } from './worker.ts';

/** Longer than any test: what happens before was announced, freed or awaited, never a matter of time. */
const LONG_MS = 600_000;

async function worker(
  { pool, url, beforeClose }: TestPlace,
  handler: TaskHandler,
  options: Partial<WorkerOptions> = {},
): Promise<Worker> {
  const started = await startWorker({
    pool,
    databaseUrl: url,
    handlers: { document: handler },
    concurrency: 2,
    leaseMs: LONG_MS,
    pollMs: LONG_MS,
    onError: (error) => assert.fail(String(error)),
    ...options,
  });
  beforeClose.push(() => started.stop());
  return started;
}

async function add(pool: Pool, ...tasks: (Partial<NewTask> & { subject: string })[]): Promise<void> {
  await transaction(pool, async (tx) => {
    for (const task of tasks) await addTask(tx, { kind: 'document', ...task });
  });
}

const tasksLeft = async (pool: Pool): Promise<number> =>
  (await one<{ count: number }>(pool, 'select count(*) as count from task')).count;

/** Calls of a handler, to be awaited one by one. */
function calls(): { push(task: Task): void; next(): Promise<Task> } {
  const made: Task[] = [];
  const waiting: ((task: Task) => void)[] = [];
  return {
    push(task) {
      const taker = waiting.shift();
      if (taker === undefined) made.push(task);
      else taker(task);
    },
    next: () =>
      new Promise((resolve) => {
        const task = made.shift();
        if (task === undefined) waiting.push(resolve);
        else resolve(task);
      }),
  };
}

test('work is taken up when it is announced, in the order of its key', async (t) => {
  const place = await testPool(t);
  const done = calls();
  await worker(place, async (task) => {
    // When it is taken up: what its end lets go may be over before this process hears of that end.
    done.push(task);
    await completeTask(place.pool, task);
  });
  await add(
    place.pool,
    { subject: 'a', orderKey: 'k' },
    { subject: 'b', orderKey: 'k' },
    { subject: 'c', orderKey: 'k' },
  );
  const order = [await done.next(), await done.next(), await done.next()];
  assert.deepEqual(
    order.map((task) => task.subject),
    ['a', 'b', 'c'],
  );
});

test('work that a program one version older announces, without its kind, is taken up as well', async (t) => {
  const place = await testPool(t);
  const { pool } = place;
  const taken = calls();
  await worker(place, async (task) => {
    await transaction(pool, (tx) => completeTask(tx, task));
    taken.push(task);
  });
  await transaction(pool, async (tx) => {
    await tx.query(`insert into task (kind, subject) values ('document', 'older')`);
    await tx.query(`select pg_notify('${WORK_CHANNEL}', '')`);
  });
  assert.equal((await taken.next()).subject, 'older');
});

test('no more runs at once than allowed', async (t) => {
  const place = await testPool(t);
  const started = calls();
  const gates = new Map<string, PromiseWithResolvers<void>>();
  let running = 0;
  let most = 0;
  await worker(place, async (task) => {
    running += 1;
    most = Math.max(most, running);
    const gate = Promise.withResolvers<void>();
    gates.set(task.subject, gate);
    started.push(task);
    await gate.promise;
    await completeTask(place.pool, task);
    running -= 1;
  });
  await add(place.pool, ...['a', 'b', 'c', 'd', 'e'].map((subject) => ({ subject })));
  for (let i = 0; i < 5; i++) gates.get((await started.next()).subject)?.resolve();
  assert.equal(most, 2);
});

test('what a killed process held is taken up as soon as the next one starts', async (t) => {
  const place = await testPool(t);
  await add(place.pool, { subject: 'a' });
  const killed = new pg.Client({ connectionString: place.url });
  killed.on('error', () => undefined);
  await killed.connect();
  await killed.query('select pg_advisory_lock($1, 99)', [WORKER_LOCK_CLASS]);
  await claimTasks(place.pool, { kinds: ['document'], worker: 99, limit: 1, leaseMs: LONG_MS });
  await endSessions(place.pool);
  const done = calls();
  await worker(place, async (task) => {
    await completeTask(place.pool, task);
    done.push(task);
  });
  assert.equal((await done.next()).attempts, 2);
});

/** Ends the session of every worker, and waits until it is gone: a living worker may already have opened another one. */
async function endSessions(pool: Pool): Promise<void> {
  const held = `from pg_locks where classid = ${WORKER_LOCK_CLASS} and locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())`;
  const ended = await pool.query<{ gone: boolean }>(`select pg_terminate_backend(pid, 10000) as gone ${held}`);
  assert.ok(ended.rows.length > 0 && ended.rows.every((row) => row.gone));
}

test('a frozen worker that wakes commits nothing, and its task has one effect', async (t) => {
  const place = await testPool(t);
  const { pool } = place;
  await pool.query('create table effect (worker text)');
  const frozen = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<unknown>();
  const started = calls();
  const effect = (name: string, task: Task) =>
    transaction(pool, async (tx) => {
      await tx.query('insert into effect values ($1)', [name]);
      await completeTask(tx, task);
    });
  const first = await worker(place, async (task) => {
    started.push(task);
    await frozen.promise;
    await effect('frozen', task).catch((error: unknown) => {
      woken.resolve(error);
      throw error;
    });
  });
  await add(pool, { subject: 'a' });
  await started.next();
  await pool.query(`update task set leased_until = now() - interval '1 second'`);
  const done = calls();
  await worker(place, async (task) => {
    await effect('other', task);
    done.push(task);
  });
  await done.next();
  frozen.resolve();
  assert.match(String(await woken.promise), /belongs to another worker/);
  // Not reported either: `onError` of this test fails on any error.
  await first.stop();
  assert.deepEqual((await pool.query('select worker from effect')).rows, [{ worker: 'other' }]);
});

test('an unexpected error is reported, the task is kept, the others go on', async (t) => {
  const place = await testPool(t);
  const reported = calls();
  const done = calls();
  await worker(
    place,
    async (task) => {
      if (task.subject === 'bad') throw new Error('boom');
      await completeTask(place.pool, task);
      done.push(task);
    },
    {
      onError: (error, task) => {
        assert.match(String(error), /boom/);
        if (task !== undefined) reported.push(task);
      },
    },
  );
  await add(place.pool, { subject: 'bad' }, { subject: 'good' });
  assert.equal((await reported.next()).subject, 'bad');
  assert.equal((await done.next()).subject, 'good');
  assert.equal(await tasksLeft(place.pool), 1);
});

test('a worker whose session is cut opens another one and goes on', async (t) => {
  const place = await testPool(t);
  const done = calls();
  const running = await worker(
    place,
    async (task) => {
      await completeTask(place.pool, task);
      done.push(task);
    },
    { pollMs: 20 },
  );
  const before = running.number;
  await endSessions(place.pool);
  await add(place.pool, { subject: 'a' });
  await done.next();
  while (running.number === before) {
    await add(place.pool, { subject: 'again' });
    await done.next();
  }
  const held = 'select 1 from pg_locks where classid = $1 and objid = $2 and granted';
  assert.equal((await place.pool.query(held, [WORKER_LOCK_CLASS, running.number])).rowCount, 1);
});

test('a stop lets what is in progress end, takes nothing more, and frees the session', async (t) => {
  const place = await testPool(t);
  const started = calls();
  const gate = Promise.withResolvers<void>();
  const running = await worker(
    place,
    async (task) => {
      started.push(task);
      await gate.promise;
      await completeTask(place.pool, task);
    },
    { concurrency: 1 },
  );
  await add(place.pool, { subject: 'a' }, { subject: 'b' });
  await started.next();
  let stopped = false;
  const stopping = running.stop().then(() => {
    stopped = true;
  });
  await one(place.pool, 'select 1 as turn');
  assert.equal(stopped, false);
  gate.resolve();
  await stopping;
  assert.equal(await tasksLeft(place.pool), 1);
});

/** Adds a task in a transaction and gives what it is there. */
async function added(
  pool: Pool,
  subject: string,
  orderKey?: string,
): Promise<{ state: string; worker: number | null }> {
  return transaction(pool, async (tx) => {
    await addTask(tx, { kind: 'document', subject, ...(orderKey === undefined ? {} : { orderKey }) });
    return one(tx, 'select state, worker from task where subject = $1', [subject]);
  });
}

/** Until the worker has looked and found nothing: from then on it takes what is handed over. */
async function untilHandedOver(pool: Pool): Promise<void> {
  for (let tries = 0; ; tries++) {
    assert.ok(tries < 10_000, 'nothing is handed over');
    let state = '';
    const undone = transaction(pool, async (tx) => {
      await addTask(tx, { kind: 'document', subject: 'undone' });
      ({ state } = await one<{ state: string }>(tx, `select state from task where subject = 'undone'`));
      throw new Error('undone');
    });
    await assert.rejects(undone, /undone/);
    if (state === 'leased') return;
  }
}

test('work that is added where a worker is idle is handed to it: leased from the start, run after the commit', async (t) => {
  const place = await testPool(t);
  const done = calls();
  const { number } = await worker(place, async (task) => {
    await completeTask(place.pool, task);
    done.push(task);
  });
  await untilHandedOver(place.pool);
  assert.deepEqual(await added(place.pool, 'a'), { state: 'leased', worker: number });
  assert.deepEqual([(await done.next()).subject, await tasksLeft(place.pool)], ['a', 0]);
});

test('what is handed over in a transaction that is rolled back is not run, and leaves its place', async (t) => {
  const place = await testPool(t);
  const done = calls();
  await worker(place, async (task) => {
    await completeTask(place.pool, task);
    done.push(task);
  });
  // Each try is handed over and undone: without its place back, the second would not be.
  for (let i = 0; i < 5; i++) await untilHandedOver(place.pool);
  await added(place.pool, 'kept');
  assert.equal((await done.next()).subject, 'kept');
});

test('handed over or not, a task waits behind an older one of its key, and no more run at once than allowed', async (t) => {
  const place = await testPool(t);
  const started = calls();
  const gate = Promise.withResolvers<void>();
  await worker(place, async (task) => {
    started.push(task);
    await gate.promise;
    await completeTask(place.pool, task);
  });
  await untilHandedOver(place.pool);
  assert.equal((await added(place.pool, 'first', 'k')).state, 'leased');
  assert.deepEqual(await added(place.pool, 'second', 'k'), { state: 'ready', worker: null });
  assert.equal((await started.next()).subject, 'first');
  await added(place.pool, 'other');
  assert.equal((await started.next()).subject, 'other');
  assert.equal((await added(place.pool, 'too many')).state, 'ready');
  gate.resolve();
  const later = [(await started.next()).subject, (await started.next()).subject];
  assert.deepEqual(later.toSorted(), ['second', 'too many']);
});

test('what was handed to a worker that stopped is free for the next one', async (t) => {
  const place = await testPool(t);
  const stopped = await worker(place, () => assert.fail('a stopped worker runs nothing'));
  await untilHandedOver(place.pool);
  await transaction(place.pool, async (tx) => {
    await addTask(tx, { kind: 'document', subject: 'left' });
    await stopped.stop();
  });
  const done = calls();
  await worker(place, async (task) => {
    await completeTask(place.pool, task);
    done.push(task);
  });
  assert.deepEqual((await done.next()).subject, 'left');
});

test('what a worker holds ahead is leased to it, begins when a place is free, and is freed by its stop', async (t) => {
  const place = await testPool(t);
  const started = calls();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let runs = 0;
  const busy = await worker(
    place,
    async (task) => {
      started.push(task);
      await gates[runs++]?.promise;
      await completeTask(place.pool, task);
    },
    { concurrency: 1, ahead: 2 },
  );
  await untilHandedOver(place.pool);
  for (const subject of ['a', 'b', 'c']) assert.equal((await added(place.pool, subject)).state, 'leased', subject);
  assert.equal((await added(place.pool, 'd')).state, 'ready', 'and no more than that');
  assert.equal((await started.next()).subject, 'a');
  assert.equal(runs, 1, 'one at a time');
  gates[0]?.resolve();
  assert.equal((await started.next()).subject, 'b');
  const stopped = busy.stop();
  gates[1]?.resolve();
  await stopped;
  assert.equal(await tasksLeft(place.pool), 2);
  const next = calls();
  await worker(place, async (task) => {
    await completeTask(place.pool, task);
    next.push(task);
  });
  assert.deepEqual([(await next.next()).subject, (await next.next()).subject].toSorted(), ['c', 'd']);
});

test('a claim takes what can be held ahead once the one before it left some', async (t) => {
  const place = await testPool(t);
  await add(place.pool, ...['a', 'b', 'c', 'd'].map((subject) => ({ subject })));
  const started = calls();
  const gate = Promise.withResolvers<void>();
  const leased = () => one<{ count: number }>(place.pool, `select count(*) as count from task where state = 'leased'`);
  await worker(
    place,
    async (task) => {
      started.push(task);
      if (task.subject === 'b') await gate.promise;
      await completeTask(place.pool, task);
    },
    { concurrency: 1, ahead: 2 },
  );
  assert.equal((await started.next()).subject, 'a');
  assert.equal((await started.next()).subject, 'b');
  const held = await leased();
  gate.resolve();
  assert.equal(held.count, 3, 'b runs; c and d are held');
  assert.deepEqual([(await started.next()).subject, (await started.next()).subject].toSorted(), ['c', 'd']);
});
