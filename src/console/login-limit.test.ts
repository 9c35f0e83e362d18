import assert from 'node:assert/strict';
import test from 'node:test';
import { createLoginLimit } from './login-limit.ts';

const at = (seconds: number): Date => new Date(1_000_000 + seconds * 1_000);

test('five attempts a minute for one login, from wherever they come', () => {
  const limit = createLoginLimit();
  for (let attempt = 0; attempt < 5; attempt += 1)
    assert.equal(limit.admit('claire', `10.0.0.${attempt}`, at(attempt)), true);
  assert.equal(limit.admit('claire', '10.0.0.9', at(5)), false);
  assert.equal(limit.admit('paul', '10.0.0.9', at(5)), true);
  assert.equal(limit.admit('claire', '10.0.0.9', at(61)), true);
});

test('twenty attempts a minute for one address, whatever the logins', () => {
  const limit = createLoginLimit();
  for (let attempt = 0; attempt < 20; attempt += 1)
    assert.equal(limit.admit(`login${attempt}`, '10.0.0.1', at(0)), true);
  assert.equal(limit.admit('other', '10.0.0.1', at(1)), false);
  assert.equal(limit.admit('other', '10.0.0.2', at(1)), true);
});

test('a right password clears the attempts of its login', () => {
  const limit = createLoginLimit();
  for (let attempt = 0; attempt < 5; attempt += 1) limit.admit('claire', '10.0.0.1', at(0));
  limit.succeeded('claire');
  assert.equal(limit.admit('claire', '10.0.0.1', at(1)), true);
});
