import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { type Pool, transaction } from '../store/db.ts';
import { type TestPlace, testPool } from '../store/store.fixture.ts';
import { claimTasks } from './claims.testing.ts';
import {
  addTask,
  completeTask,
  Fenced,
  freeDeadWorkers,
  hastenTask,
  holdTask,
  type NewTask,
  postponeTask,
  renewLeases,
  retryDelayMs,
  type Task,
  WORKER_LOCK_CLASS,
} from './tasks.ts';

const LEASE_MS = 60_000;

async function add(pool: Pool, ...tasks: (Partial<NewTask> & { subject: string })[]): Promise<void> {
  await transaction(pool, async (tx) => {
    for (const task of tasks) await addTask(tx, { kind: 'document', ...task });
  });
}

function claim(pool: Pool, worker: number, limit = 10): Promise<Task[]> {
  return claimTasks(pool, { kinds: ['document', 'deliver'], worker, limit, leaseMs: LEASE_MS });
}

const subjects = (tasks: readonly Task[]): string[] => tasks.map((task) => task.subject);

async function claimOne(pool: Pool, worker: number): Promise<Task> {
  const [task] = await claim(pool, worker, 1);
  assert.ok(task !== undefined);
  return task;
}

/** As if the time of the lease had passed: tests do not wait for it. */
async function expireLeases(pool: Pool): Promise<void> {
  await pool.query(`update task set leased_until = now() - interval '1 second'`);
}

test('a task exists if and only if the transaction that added it does', async (t) => {
  const { pool } = await testPool(t);
  const failed = transaction(pool, async (tx) => {
    await addTask(tx, { kind: 'document', subject: 'a' });
    throw new Error('the business row is refused');
  });
  await assert.rejects(failed, /refused/);
  assert.deepEqual(await claim(pool, 1), []);
});

test('claims take the oldest due tasks of the asked kinds, up to the limit', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, { subject: 'a' }, { subject: 'b', kind: 'deliver' }, { subject: 'c', kind: 'answer' });
  await add(pool, { subject: 'later', delayMs: 60_000 }, { subject: 'd' });
  assert.deepEqual(subjects(await claim(pool, 1, 2)), ['a', 'b']);
  assert.deepEqual(subjects(await claim(pool, 1)), ['d']);
});

test('a leased task is for nobody else until its lease ends, and each claim counts', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, { subject: 'a' });
  const first = await claimOne(pool, 1);
  assert.deepEqual(await claim(pool, 2), []);
  await expireLeases(pool);
  const second = await claimOne(pool, 2);
  assert.deepEqual([first.attempts, second.attempts], [1, 2]);
  assert.ok(second.fence > first.fence);
});

test('who lost the lease can commit nothing any more', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, { subject: 'a' });
  const frozen = await claimOne(pool, 1);
  await expireLeases(pool);
  const taken = await claimOne(pool, 2);
  await pool.query('create table effect (worker integer)');
  const effect = (worker: number, task: Task) =>
    transaction(pool, async (tx) => {
      await tx.query('insert into effect values ($1)', [worker]);
      await completeTask(tx, task);
    });
  await assert.rejects(effect(1, frozen), Fenced);
  await assert.rejects(postponeTask(pool, frozen, 0), Fenced);
  await assert.rejects(holdTask(pool, frozen), Fenced);
  await effect(2, taken);
  await assert.rejects(effect(2, taken), Fenced, 'a task ends once');
  assert.deepEqual((await pool.query('select worker from effect')).rows, [{ worker: 2 }]);
});

test('a task that is held is passed over, even when its lease has ended', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, { subject: 'a' }, { subject: 'b' });
  const task = await claimOne(pool, 1);
  await expireLeases(pool);
  await transaction(pool, async (tx) => {
    await holdTask(tx, task);
    assert.deepEqual(subjects(await claim(pool, 2)), ['b']);
    await completeTask(tx, task);
  });
});

test('inside an order key the oldest goes first and the others wait until it is done', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, { subject: 'first', orderKey: 'k' }, { subject: 'second', orderKey: 'k' });
  await add(pool, { subject: 'other', orderKey: 'l' }, { subject: 'free' }, { subject: 'free too' });
  const claimed = await claim(pool, 1);
  assert.deepEqual(subjects(claimed), ['first', 'other', 'free', 'free too']);
  const [first] = claimed;
  assert.ok(first !== undefined);
  await postponeTask(pool, first, 60_000);
  assert.deepEqual(await claim(pool, 1), [], 'a first that waits still comes first');
  await hastenTask(pool, 'document', 'first');
  const again = await claimOne(pool, 1);
  assert.equal(again.subject, 'first');
  await completeTask(pool, again);
  assert.deepEqual(subjects(await claim(pool, 1)), ['second']);
});

test('two workers that claim together share the tasks', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, ...Array.from({ length: 20 }, (_, i) => ({ subject: String(i) })));
  const [one, two] = await Promise.all([claim(pool, 1, 20), claim(pool, 2, 20)]);
  const all = [...subjects(one), ...subjects(two)];
  assert.equal(new Set(all).size, all.length);
  assert.equal(all.length + (await claim(pool, 3, 20)).length, 20);
});

test('a lease is lengthened by the worker that has it and by nobody else', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, { subject: 'a' });
  const task = await claimOne(pool, 1);
  await expireLeases(pool);
  await renewLeases(pool, 2, [task.id], LEASE_MS);
  assert.equal((await pool.query('select 1 from task where leased_until > now()')).rowCount, 0);
  await renewLeases(pool, 1, [task.id], LEASE_MS);
  assert.deepEqual(await claim(pool, 2), []);
});

/** A session that holds the lock of a worker, as a living process does. */
async function livingSession({ url, beforeClose }: TestPlace, worker: number): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  beforeClose.push(() => client.end());
  await client.connect();
  await client.query('select pg_advisory_lock($1, $2)', [WORKER_LOCK_CLASS, worker]);
  return client;
}

test('what a dead worker held is free at once, what a living one holds is not', async (t) => {
  const place = await testPool(t);
  const { pool } = place;
  await add(pool, { subject: 'dead' }, { subject: 'alive' });
  const dead = await livingSession(place, 1);
  await livingSession(place, 2);
  await claimOne(pool, 1);
  await claimOne(pool, 2);
  assert.equal(await freeDeadWorkers(pool), 0);
  await dead.end();
  // The server drops the locks of an ended session a moment after it has answered.
  while ((await pool.query('select 1 from pg_locks where classid = $1 and objid = 1', [WORKER_LOCK_CLASS])).rowCount);
  assert.equal(await freeDeadWorkers(pool), 1);
  assert.deepEqual(subjects(await claim(pool, 3)), ['dead']);
});

test('the worker of another database with the same number keeps no task here', async (t) => {
  const [here, there] = [await testPool(t), await testPool(t)];
  await livingSession(there, 1);
  await add(here.pool, { subject: 'a' });
  await claimOne(here.pool, 1);
  assert.equal(await freeDeadWorkers(here.pool), 1);
});

test('retries are spread, longer each time up to a ceiling, and the same for the same task', () => {
  const limits = { firstMs: 1_000, maxMs: 60_000 };
  const delay = (id: number, attempts: number): number =>
    retryDelayMs({ id, kind: 'deliver', subject: 'a', attempts, fence: attempts }, limits);
  assert.equal(delay(7, 3), delay(7, 3));
  for (const id of [1, 2, 3, 500, 999]) {
    for (const attempts of [1, 2, 3, 4, 5, 6]) {
      const whole = 1_000 * 2 ** (attempts - 1);
      assert.ok(delay(id, attempts) >= whole * 0.75 && delay(id, attempts) <= whole * 1.25);
    }
    for (const attempts of [7, 30, 10_000]) assert.ok(delay(id, attempts) <= 75_000 && delay(id, attempts) >= 45_000);
  }
  assert.ok(new Set([1, 2, 3, 4, 5].map((id) => delay(id, 1))).size === 5);
});
