import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { commitLater, many, one, transaction, write } from './db.ts';
import { AT, testPool } from './store.fixture.ts';

test('what a transaction wrote is there when it resolves and gone when it throws', async (t) => {
  const { pool } = await testPool(t);
  await pool.query('create table kept (name text)');
  const insert = (name: string, fails: boolean) =>
    transaction(pool, async (tx) => {
      await tx.query('insert into kept values ($1)', [name]);
      if (fails) throw new Error('no');
      return name;
    });
  assert.equal(await insert('a', false), 'a');
  await assert.rejects(insert('b', true), /^Error: no$/);
  assert.deepEqual((await pool.query('select name from kept')).rows, [{ name: 'a' }]);
});

test('large values arrive as they are, among others of every kind, prepared or not', async (t) => {
  const { pool } = await testPool(t);
  await pool.query('create table kept (n int, at timestamptz, name text, small bytea, large bytea, other bytea)');
  const insert = 'insert into kept values ($1, $2, $3, $4, $5, $6)';
  const row = (n: number) => ({
    n,
    at: AT,
    name: n % 2 === 0 ? null : 'Hélène \u{1f3e5}',
    small: randomBytes(20),
    large: randomBytes(16_384 + 100_000 * n),
    other: n % 3 === 0 ? null : randomBytes(70_000),
  });
  const rows = Array.from({ length: 9 }, (_, index) => row(index));
  await transaction(pool, async (tx) => {
    // More often than a statement is asked before it is prepared, and all on one connection, one behind the other.
    for (const values of rows) await write(tx, insert, Object.values(values));
  });
  assert.deepEqual(await many(pool, 'select * from kept order by n'), rows);
});

test('a statement with a large value that PostgreSQL refuses fails alone', async (t) => {
  const { pool } = await testPool(t);
  await assert.rejects(pool.query('select $1::bytea, $2::int', [randomBytes(20_000), 'un']), /invalid input syntax/);
  assert.deepEqual(await one(pool, 'select length($1::bytea) as length', [randomBytes(20_000)]), { length: 20_000 });
});

test('a connection that breaks inside a transaction fails it, and neither the process nor the pool', async (t) => {
  const { pool } = await testPool(t);
  const cut = transaction(pool, async (tx) => {
    const { pid } = await one<{ pid: number }>(tx, 'select pg_backend_pid() as pid');
    // From another connection, and only when the server process is gone.
    await pool.query('select pg_terminate_backend($1, 10000)', [pid]);
    await tx.query('select 1');
  });
  await assert.rejects(cut, /connection/);
  assert.deepEqual(await one(pool, 'select 1 as alive'), { alive: 1 });
});

test('counts and sequences come as numbers', async (t) => {
  const { pool } = await testPool(t);
  assert.deepEqual(await one(pool, 'select count(*) as n, 9007199254740991::bigint as most from task'), {
    n: 0,
    most: Number.MAX_SAFE_INTEGER,
  });
});

test('the failure of a statement that nobody waited for is that of its transaction, and nothing of it stays', async (t) => {
  const { pool } = await testPool(t);
  await pool.query('create table kept (name text primary key)');
  const insert = (name: string) => [`insert into kept values ($1)`, [name]] as const;
  await write(pool, ...insert('a'));
  const again = transaction(pool, async (tx) => {
    await write(tx, ...insert('b'));
    await write(tx, ...insert('a'));
    // Behind the failure this one only hears that the transaction is aborted.
    return one(tx, 'select 1 as one');
  });
  await assert.rejects(again, { code: '23505' });
  const last = transaction(pool, (tx) => write(tx, ...insert('a')));
  await assert.rejects(last, { code: '23505' });
  assert.deepEqual(await many(pool, 'select name from kept'), [{ name: 'a' }]);
});

test('a failure that the caller swallows does not pass for a commit', async (t) => {
  const { pool } = await testPool(t);
  const swallowed = transaction(pool, async (tx) => {
    await tx.query('select 1 / $1::int', [0]).catch(() => undefined);
  });
  await assert.rejects(swallowed, /rolled back/);
});

test('a commit that need not wait for the disk is one of its transaction alone', async (t) => {
  const { pool } = await testPool(t);
  const mode = 'select current_setting($1) as mode';
  const inside = await transaction(pool, async (tx) => {
    await commitLater(tx);
    return one(tx, mode, ['synchronous_commit']);
  });
  assert.deepEqual(inside, { mode: 'off' });
  for (let turn = 0; turn < 3; turn++) assert.deepEqual(await one(pool, mode, ['synchronous_commit']), { mode: 'on' });
});
