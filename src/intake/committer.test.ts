import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import pg from 'pg';
import { completeTasks, offerPlaces, type Task, WORK_CHANNEL } from '../queue/tasks.ts';
import { many, openPool, type Pool } from '../store/db.ts';
import type { QueuedMessage } from '../store/messages.ts';
import { AT, type TestPlace, testPool } from '../store/store.fixture.ts';
import { type Committer, createCommitter } from './committer.ts';

function arrival(controlId: string, parts: { text?: string; orderKey?: string } = {}): QueuedMessage {
  const body = Buffer.from(parts.text ?? controlId);
  const digest = createHash('sha256').update(body).digest();
  const from = { transport: 'mllp', peer: '127.0.0.1', sender: 'GAM|CH' } as const;
  return {
    message: { receivedAt: AT, ...from, controlId, digest, kind: 'ADT^A01', body },
    orderKey: parts.orderKey ?? `patient:${controlId}`,
  };
}

interface Stored {
  readonly controlId: string;
  readonly body: Buffer;
  readonly state: string;
  readonly orderKey: string | null;
}

/** Messages with their task, in the order of the tasks. */
function stored(pool: Pool): Promise<Stored[]> {
  return many<Stored & Record<string, unknown>>(
    pool,
    `select control_id as "controlId", body, inbound_message.state, order_key as "orderKey" from inbound_message
     left join task on task.kind = 'message' and subject = inbound_message.id::text order by task.id`,
  );
}

/** A committer whose statements are counted. */
async function open(t: TestContext): Promise<{ place: TestPlace; committer: Committer; statements: () => number }> {
  const place = await testPool(t);
  const query = t.mock.method(place.pool, 'query');
  const committer = createCommitter(place.pool);
  place.beforeClose.push(() => committer.stop());
  const isBatch = (argument: unknown) => typeof argument === 'object';
  return {
    place,
    committer,
    statements: () => query.mock.calls.filter((call) => isBatch(call.arguments[0])).length,
  };
}

test('concurrent senders share commits; each message has its row, its bytes and its task, in order', async (t) => {
  const { place, committer, statements } = await open(t);
  const sent = Array.from({ length: 300 }, (_, index) => arrival(`M${index}`, { text: `\0\xff corps ${index}` }));
  const outcomes = await Promise.all(sent.map((one) => committer.commit(one)));
  assert.ok(outcomes.every((outcome) => outcome === 'stored'));
  assert.ok(statements() <= 8, `${statements()} statements for 300 messages`);
  const rows = await stored(place.pool);
  assert.deepEqual(
    new Map(rows.map(({ controlId, body, orderKey }) => [controlId, [body.toString(), orderKey]])),
    new Map(sent.map(({ message, orderKey }) => [message.controlId, [Buffer.from(message.body).toString(), orderKey]])),
  );
  const first = rows.map(({ controlId }) => Number(controlId.slice(1))).filter((number) => number < 128);
  assert.deepEqual(
    first,
    Array.from({ length: 128 }, (_, index) => index),
    'inside a batch tasks follow arrival',
  );
});

test('a message twice in a batch, and one that is already here: acknowledged, one task', async (t) => {
  const { place, committer } = await open(t);
  await committer.commit(arrival('OLD'));
  const outcomes = await Promise.all(
    ['A', 'OLD', 'A', 'B']
      .map((controlId) => committer.commit(arrival(controlId)))
      .concat(committer.commit(arrival('A', { text: 'autre contenu' }))),
  );
  assert.deepEqual(outcomes, ['stored', 'known', 'known', 'stored', 'stored']);
  assert.deepEqual(
    (await stored(place.pool)).map(({ controlId, state }) => [controlId, state]),
    [
      ['OLD', 'accepted'],
      ['A', 'accepted'],
      ['B', 'accepted'],
      ['A', 'accepted'],
    ],
  );
});

test('two processes that are brought the same messages at once: one row each, and both senders are acknowledged', async (t) => {
  const { place, committer } = await open(t);
  const other = createCommitter(place.pool);
  place.beforeClose.push(() => other.stop());
  const ids = Array.from({ length: 40 }, (_, index) => `M${index}`);
  const outcomes = await Promise.all(
    ids.map((id) => Promise.all([committer.commit(arrival(id)), other.commit(arrival(id))])),
  );
  assert.deepEqual(
    outcomes.map((pair) => pair.sort()),
    ids.map(() => ['known', 'stored']),
  );
  assert.equal((await stored(place.pool)).length, ids.length);
});

test('a refused message does not stand for the corrected one', async (t) => {
  const { place, committer } = await open(t);
  assert.equal(await committer.commit(arrival('A')), 'stored');
  await place.pool.query(`update inbound_message set state = 'refused'`);
  await place.pool.query('delete from task');
  assert.equal(await committer.commit(arrival('A')), 'stored');
});

test('what PostgreSQL refuses of one message is refused alone', async (t) => {
  const { place, committer } = await open(t);
  const outcomes = await Promise.allSettled(
    ['A', 'B', 'C\0', 'D'].map((controlId) => committer.commit(arrival(controlId))),
  );
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(
    (await stored(place.pool)).map(({ controlId }) => controlId),
    ['A', 'B', 'D'],
  );
  await assert.rejects(committer.commit(arrival('C\0')), /0x00/, 'and again when it comes again');
});

test('a large message goes alone, whatever its size', async (t) => {
  const { place, committer, statements } = await open(t);
  const large = 'x'.repeat(9 * 1024 * 1024);
  await Promise.all([arrival('A'), arrival('B', { text: large }), arrival('C')].map(committer.commit));
  assert.equal(statements(), 3);
  assert.deepEqual(
    (await stored(place.pool)).map(({ body }) => body.length).toSorted((a, b) => a - b),
    [1, 1, large.length],
  );
});

/** Every commit waits, once its statement has run, until `release`; `waiting` resolves when one does. */
async function holdCommits(place: TestPlace) {
  const { pool, url } = place;
  await pool.query(
    `create function hold() returns trigger language plpgsql as
       $$ begin perform pg_advisory_xact_lock_shared(42); return null; end $$;
     create constraint trigger hold after insert on task deferrable initially deferred for each row execute function hold()`,
  );
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  place.beforeClose.unshift(() => holder.end());
  await holder.query('select pg_advisory_lock(42)');
  const held = `select pid from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`;
  return {
    waiting: async () => {
      while ((await holder.query(held)).rowCount === 0);
    },
    kill: () => holder.query(`select pg_terminate_backend(pid) from (${held}) waiting`),
    release: () => holder.query('select pg_advisory_unlock(42)'),
  };
}

test('nothing is acknowledged before its commit; a server that dies in it leaves nothing', async (t) => {
  const { place, committer } = await open(t);
  const commits = await holdCommits(place);
  let settled = 0;
  const commit = (controlId: string) =>
    committer.commit(arrival(controlId)).finally(() => {
      settled += 1;
    });
  const lost = assert.rejects(commit('A'), /terminat/);
  await commits.waiting();
  await turn();
  assert.equal(settled, 0);
  await commits.kill();
  await lost;
  assert.deepEqual(await stored(place.pool), []);

  const again = commit('A');
  await commits.waiting();
  assert.deepEqual([settled, await stored(place.pool)], [1, []], 'not visible to anybody yet');
  await commits.release();
  assert.equal(await again, 'stored');
  assert.equal((await stored(place.pool)).length, 1);
});

test('a commit that fails at its very end refuses its messages', async (t) => {
  const { place, committer } = await open(t);
  await place.pool.query(
    `create function deny() returns trigger language plpgsql as $$ begin raise 'no space left'; end $$;
     create constraint trigger deny after insert on task deferrable initially deferred for each row execute function deny()`,
  );
  await assert.rejects(committer.commit(arrival('A')), /no space left/);
  assert.deepEqual(await stored(place.pool), []);
});

test('without a database every sender is told at once to come again', async (t) => {
  const pool = openPool('postgres://127.0.0.1:1/nowhere', 2, () => undefined);
  t.after(() => pool.end());
  const query = t.mock.method(pool, 'query');
  const committer = createCommitter(pool);
  const outcomes = await Promise.allSettled(
    ['A', 'B', 'C', 'D'].map((controlId) => committer.commit(arrival(controlId))),
  );
  assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  assert.equal(query.mock.callCount(), 1);
});

test('stopping settles what was taken, and takes nothing more', async (t) => {
  const { place, committer } = await open(t);
  const taken = Array.from({ length: 21 }, (_, index) => committer.commit(arrival(`M${index}`)));
  await committer.stop();
  assert.equal((await stored(place.pool)).length, 21);
  await Promise.all(taken);
  await assert.rejects(committer.commit(arrival('LATE')), /stopped/);
});

test('workers hear of new work, and of none when there is none', async (t) => {
  const { place, committer } = await open(t);
  const listener = new pg.Client({ connectionString: place.url });
  await listener.connect();
  place.beforeClose.push(() => listener.end());
  let heard = 0;
  listener.on('notification', () => {
    heard += 1;
  });
  await listener.query(`listen ${WORK_CHANNEL}`);
  await Promise.all(['A', 'B', 'C', 'D'].map((controlId) => committer.commit(arrival(controlId))));
  assert.equal(await committer.commit(arrival('A')), 'known');
  await committer.stop();
  await listener.query('select 1');
  assert.equal(heard, 1);
});

test('a batch is handed to the worker of this process that has a place for each; not what waits behind its patient', async (t) => {
  const { place, committer } = await open(t);
  const taken: (readonly Task[])[] = [];
  const asked: number[] = [];
  const take = (tasks: readonly Task[]) => taken.push(tasks);
  const leave = () => assert.fail('its places are taken');
  const withdraw = offerPlaces(place.pool, ['message'], (count) => {
    asked.push(count);
    return { worker: 7, leaseMs: 60_000, take, leave };
  });
  await Promise.all(
    ['A', 'B', 'C'].map((id) => committer.commit(arrival(id, id === 'C' ? { orderKey: 'patient:A' } : {}))),
  );
  withdraw();
  const rows = await many<{ controlId: string; state: string; worker: number | null; fence: number }>(
    place.pool,
    `select control_id as "controlId", task.state, worker, fence from inbound_message
     join task on subject = inbound_message.id::text order by task.id`,
  );
  assert.deepEqual(rows, [
    { controlId: 'A', state: 'leased', worker: 7, fence: 1 },
    { controlId: 'B', state: 'leased', worker: 7, fence: 1 },
    { controlId: 'C', state: 'ready', worker: null, fence: 0 },
  ]);
  assert.deepEqual([asked, taken.map((tasks) => tasks.length)], [[3], [2]]);
  await completeTasks(place.pool, taken.flat());
  await committer.commit(arrival('D'));
  assert.equal((await many(place.pool, `select 1 from task where state = 'ready'`)).length, 2);
});

test('places are left when nothing of a batch is new, or it fails', async (t) => {
  const { place, committer } = await open(t);
  await committer.commit(arrival('A'));
  let left = 0;
  const leave = () => {
    left += 1;
  };
  offerPlaces(place.pool, ['message'], () => ({ worker: 7, leaseMs: 60_000, take: () => assert.fail(), leave }));
  assert.equal(await committer.commit(arrival('A')), 'known');
  await assert.rejects(committer.commit(arrival('B', { text: 'x', orderKey: '\0' })));
  assert.equal(left, 2);
});
