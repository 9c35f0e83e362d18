import assert from 'node:assert/strict';
import { test } from 'node:test';
import { one, type Pool, transaction } from '../store/db.ts';
import { testPool } from '../store/store.fixture.ts';
import { claimTasks } from './claims.testing.ts';
import { createClaimer, wakeTasks } from './claims.ts';
import { addTask, completeTask, completeTasks, Fenced, type NewTask, postponeTask, type Task } from './tasks.ts';

const LEASE_MS = 60_000;

async function add(pool: Pool, ...tasks: (Partial<NewTask> & { subject: string })[]): Promise<void> {
  await transaction(pool, async (tx) => {
    for (const task of tasks) await addTask(tx, { kind: 'deliver', ...task });
  });
}

/** `count` tasks of one establishment, in one statement. */
async function flood(pool: Pool, eg: string, count: number, orderKey: string | null = null): Promise<void> {
  await pool.query(
    `insert into task (kind, subject, lane, order_key) select 'deliver', $1 || ' ' || n, $1, $3 from generate_series(1, $2::int) n`,
    [eg, count, orderKey],
  );
}

const claimerOf = (pool: Pool, worker = 1, service?: 'DMP') =>
  createClaimer({ db: pool, kinds: ['deliver', 'reconcile'], worker, leaseMs: LEASE_MS, service });

async function claimOne(pool: Pool): Promise<Task> {
  const [task] = await claimTasks(pool, { kinds: ['deliver'], worker: 1, limit: 1, leaseMs: LEASE_MS });
  assert.ok(task !== undefined);
  return task;
}

const subjects = (tasks: readonly Task[]): string[] => tasks.map(({ subject }) => subject);

async function states(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ state: string; count: number }>(
    'select state, count(*) from task group by state',
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

test('establishments take turns: a flood of one lets each other go in between', async (t) => {
  const { pool } = await testPool(t);
  await flood(pool, 'A', 100);
  await add(pool, { subject: 'b', eg: 'B' }, { subject: 'c', eg: 'C' }, { subject: 'nobody' });
  const claimer = claimerOf(pool);
  const first = [await claimer.claim(1), await claimer.claim(1), await claimer.claim(1), await claimer.claim(1)].flat();
  assert.deepEqual(subjects(first).sort(), ['A 1', 'b', 'c', 'nobody']);
  assert.deepEqual(subjects(await claimer.claim(2)), ['A 2', 'A 3'], 'alone again, it has every place');
});

test('a claim of several shares them between the establishments that have something', async (t) => {
  const { pool } = await testPool(t);
  await flood(pool, 'A', 100);
  await flood(pool, 'B', 100);
  await add(pool, { subject: 'c', eg: 'C' });
  const claimed = subjects(await claimerOf(pool).claim(9));
  assert.deepEqual(claimed.sort(), ['A 1', 'A 2', 'A 3', 'B 1', 'B 2', 'B 3', 'c']);
});

test('kinds of one establishment go by the time they came due', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, { subject: 'a' });
  await add(pool, { subject: 'b', kind: 'reconcile' });
  await add(pool, { subject: 'c' });
  assert.deepEqual(subjects(await claimerOf(pool).claim(2)), ['a', 'b']);
});

test('what waits behind a task of its key is set aside once, and comes back one by one', async (t) => {
  const { pool } = await testPool(t);
  await flood(pool, 'A', 1_000, 'k');
  await add(pool, { subject: 'other', eg: 'A' });
  const claimer = claimerOf(pool);
  const [head, ...others] = [await claimer.claim(8), await claimer.claim(8)].flat();
  assert.deepEqual([head?.subject, subjects(others)], ['A 1', ['other']]);
  assert.deepEqual(await states(pool), { behind: 999, leased: 2 });
  assert.ok(head !== undefined);
  await postponeTask(pool, head, 60_000);
  assert.deepEqual(await claimer.claim(8), [], 'a head that waits still comes first');
  await pool.query(`update task set run_at = now() where state = 'waiting'`);
  await wakeTasks(pool);
  await completeTask(pool, await claimOne(pool));
  assert.deepEqual(await states(pool), { behind: 998, leased: 1, ready: 1 });
  assert.deepEqual(subjects(await claimer.claim(8)), ['A 2']);
});

test('a task added while the one before it ends is never left behind', async (t) => {
  const { pool } = await testPool(t);
  const claimer = claimerOf(pool);
  await add(pool, { subject: 'first', orderKey: 'k' });
  const first = await claimOne(pool);
  await add(pool, { subject: 'second', orderKey: 'k' });
  await transaction(pool, async (tx) => {
    await completeTask(tx, first);
    // The end is not committed: it is neither free nor put behind a task that will not be there to wake it.
    assert.deepEqual(await claimer.claim(8), []);
    assert.deepEqual(await states(pool), { leased: 1, ready: 1 });
  });
  assert.deepEqual(subjects(await claimer.claim(8)), ['second']);
});

test('a claim goes on to the next establishment when another worker holds what is ready in the first', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, { subject: 'a', eg: 'A' }, { subject: 'b', eg: 'B' });
  await transaction(pool, async (tx) => {
    await tx.query(`select 1 from task where subject = 'a' for update`);
    assert.deepEqual(subjects(await claimerOf(pool).claim(1)), ['b']);
  });
});

test('while the circuit of its service is open nothing is claimed; when its probe is due, one', async (t) => {
  const { pool } = await testPool(t);
  await flood(pool, 'A', 10);
  const circuit = (state: string, probeIn: string) =>
    pool.query(
      `insert into service_circuit (service, state, since, probe_at) values ('DMP', $1, now(), now() + $2::interval)
       on conflict (service) do update set state = excluded.state, probe_at = excluded.probe_at`,
      [state, probeIn],
    );
  const claimer = claimerOf(pool, 1, 'DMP');
  await circuit('open', '1 minute');
  assert.deepEqual(await claimer.claim(4), []);
  await circuit('open', '-1 second');
  assert.deepEqual(subjects(await claimer.claim(4)), ['A 1']);
  await circuit('half-open', '1 minute');
  assert.deepEqual(await claimer.claim(4), []);
  await circuit('closed', '0');
  assert.equal((await claimer.claim(4)).length, 4);
});

test('what a program of the version before writes is put right when it is claimed', async (t) => {
  const { pool } = await testPool(t);
  await pool.query(`insert into task (kind, subject, run_at) values ('deliver', 'later', now() + interval '1 hour')`);
  await pool.query(
    `insert into task (kind, subject, worker, leased_until) values ('deliver', 'in its hands', 9, now() + interval '1 hour')`,
  );
  await add(pool, { subject: 'due' });
  assert.deepEqual(subjects(await claimerOf(pool).claim(5)), ['due']);
  assert.deepEqual(await states(pool), { waiting: 1, ready: 1, leased: 1 });
  // It postpones what this version had claimed and lost, and knows no states.
  await pool.query(`update task set leased_until = null, run_at = now() where subject = 'due'`);
  assert.equal(await wakeTasks(pool), 1);
});

test('tasks end together or not at all', async (t) => {
  const { pool } = await testPool(t);
  await add(pool, { subject: 'a' }, { subject: 'b' });
  const [a, b] = await claimerOf(pool).claim(2);
  assert.ok(a !== undefined && b !== undefined);
  const lost = { ...b, fence: b.fence - 1 };
  await assert.rejects(
    transaction(pool, (tx) => completeTasks(tx, [a, lost])),
    Fenced,
  );
  assert.equal((await one<{ count: number }>(pool, 'select count(*) from task')).count, 2);
  await completeTasks(pool, [a, b]);
  assert.equal((await one<{ count: number }>(pool, 'select count(*) from task')).count, 0);
});

test('two tasks of a key that ran side by side and end at once leave nobody behind', async (t) => {
  const { pool } = await testPool(t);
  const key = { orderKey: 'answers:k' };
  // Its number is taken first and it commits last: the next one finds nothing before it.
  const committed = Promise.withResolvers<void>();
  const added = Promise.withResolvers<void>();
  const slow = transaction(pool, async (tx) => {
    await addTask(tx, { kind: 'deliver', subject: 'late', ...key });
    await tx.query('select 1');
    added.resolve();
    await committed.promise;
  });
  await added.promise;
  await add(pool, { subject: 'early', ...key });
  const early = await claimOne(pool);
  committed.resolve();
  await slow;
  const late = await claimOne(pool);
  assert.deepEqual(subjects([early, late]), ['early', 'late']);
  await add(pool, { subject: 'next', ...key });
  assert.deepEqual(await claimerOf(pool).claim(5), []);
  assert.equal((await states(pool)).behind, 1);

  let ended = false;
  let other: Promise<void> | undefined;
  await transaction(pool, async (tx) => {
    await completeTask(tx, early);
    other = transaction(pool, async (second) => {
      await completeTask(second, late);
      ended = true;
    });
    const waits = `select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while (!ended && (await one<{ n: number }>(pool, waits)).n === 0);
  });
  await other;
  assert.equal((await claimOne(pool)).subject, 'next');
});

test('several workers that take, put back, fail and end the tasks of a few keys at once leave none behind', async (t) => {
  const { pool } = await testPool(t);
  const keys = ['k0', 'k1', 'k2'];
  const workers = 3;
  let left = 300;
  const adders = keys.map(async (orderKey, adder) => {
    for (let i = 0; i < 100; i++)
      await add(pool, { subject: `${adder}-${i}`, orderKey: keys[(adder + i) % 3] ?? orderKey, eg: i % 2 ? 'A' : 'B' });
  });
  /** How many ended by it: one that is put back may be over before this worker looks again. */
  const end = (task: Task): Promise<number> =>
    transaction(pool, async (tx) => {
      // By its number: each of them is put back once, and fails once, at some point of its life.
      if (task.id % 5 === 0 && task.attempts === 1) {
        await postponeTask(tx, task, 0);
        return 0;
      }
      await completeTask(tx, task);
      if (task.id % 7 === 0 && failed.delete(task.id)) throw new Error('rolled back');
      return 1;
    });
  const failed = new Set(Array.from({ length: 1_000 }, (_, id) => id));
  const work = Array.from({ length: workers }, async (_, worker) => {
    const claimer = claimerOf(pool, worker + 1);
    for (let idle = 0; left > 0 && idle < 2_000; idle++) {
      for (const task of await claimer.claim(3)) {
        idle = 0;
        left -= await end(task).catch(() => end(task));
      }
    }
  });
  await Promise.all([...adders, ...work]);
  assert.deepEqual(await states(pool), {}, 'nobody is left, and nobody was waited for');
});
