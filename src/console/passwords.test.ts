import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import test from 'node:test';
import { hashPassword, verifyPassword } from './passwords.ts';

test('a password is kept as Argon2id, salted, and recognised', async () => {
  const stored = await hashPassword('une phrase de passe');
  assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(stored, await hashPassword('une phrase de passe'));
  assert.equal(await verifyPassword(stored, 'une phrase de passe'), true);
  assert.equal(await verifyPassword(stored, 'une phrase de passe '), false);
  assert.equal(await verifyPassword(stored, ''), false);
});

test('without an account, and for a text that is too long, the answer is no', async () => {
  assert.equal(await verifyPassword(undefined, ''), false);
  const long = 'x'.repeat(200);
  const stored = await hashPassword(long);
  assert.equal(await verifyPassword(stored, long), true);
  assert.equal(await verifyPassword(stored, `${long}y`), false);
});

test('a Node without Argon2 makes and verifies the same texts', async () => {
  const native = Object.getOwnPropertyDescriptor(crypto, 'argon2');
  assert.ok(native);
  Object.defineProperty(crypto, 'argon2', { value: undefined, configurable: true });
  const older: typeof import('./passwords.ts') = await import(
    `${import.meta.resolve('./passwords.ts')}?without-argon2`
  );
  Object.defineProperty(crypto, 'argon2', native);
  assert.equal(await older.verifyPassword(await hashPassword('Été à Évian'), 'Été à Évian'), true);
  assert.equal(await verifyPassword(await older.hashPassword('Été à Évian'), 'Été à Évian'), true);
  assert.equal(await older.verifyPassword(await hashPassword('Été à Évian'), 'été à Évian'), false);
});
