import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeptBytes } from './kept.ts';

const bytes = (size: number): Buffer => Buffer.alloc(size, 'x');

test('what was kept is given back, the very same bytes', () => {
  const kept = createKeptBytes(100);
  const body = bytes(40);
  kept.keep('a', body);
  assert.equal(kept.get('a'), body);
  assert.equal(kept.get('b'), undefined);
});

test('the oldest leave first, and the total never passes its bound', () => {
  const kept = createKeptBytes(100);
  for (const key of ['a', 'b', 'c']) kept.keep(key, bytes(40));
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => kept.get(key)?.length),
    [undefined, 40, 40],
  );
  kept.keep('b', bytes(20));
  kept.keep('d', bytes(40));
  assert.deepEqual(
    ['b', 'c', 'd'].map((key) => kept.get(key)?.length),
    [20, 40, 40],
  );
});

test('what is larger than the bound is not kept, and its former value is forgotten', () => {
  const kept = createKeptBytes(100);
  kept.keep('a', bytes(10));
  kept.keep('a', bytes(101));
  assert.equal(kept.get('a'), undefined);
});
