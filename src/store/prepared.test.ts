import assert from 'node:assert/strict';
import { test } from 'node:test';
import { many, one, transaction } from './db.ts';
import { testPool } from './store.fixture.ts';

const PREPARED = `select statement from pg_prepared_statements where name like 'often-%'`;

test('a statement that is asked often is prepared once per connection, and answers as before', async (t) => {
  const { pool } = await testPool(t);
  const question = 'select $1::int + 1 as next';
  await transaction(pool, async (tx) => {
    const answers: number[] = [];
    for (let value = 0; value < 8; value++) answers.push((await one<{ next: number }>(tx, question, [value])).next);
    assert.deepEqual(answers, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(await many(tx, PREPARED), [{ statement: question }]);
  });
});

test('what is asked once in a while is not prepared, nor what has no values', async (t) => {
  const { pool } = await testPool(t);
  await transaction(pool, async (tx) => {
    for (let value = 0; value < 8; value++) {
      await tx.query('select 1 as plain');
      await tx.query(`select $1::int as rare_${value}`, [value]);
    }
    assert.deepEqual(await many(tx, PREPARED), []);
  });
});
