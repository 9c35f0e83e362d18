import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../../test/support/database.ts';
import { actorOfToken } from '../../api/tokens.ts';
import { verifyPassword } from '../../console/passwords.ts';
import { one, openPool } from '../../store/db.ts';
import { migrateUrl } from '../../store/migrate.testing.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';
import { configInput, startSurroundings } from '../gateway.fixture.ts';

const folder = scratch();

test('the first account and token of an installation are made from its configuration, and are shown once', async (t) => {
  const around = await startSurroundings(folder.path);
  t.after(() => around.close());
  const database = await createTestDatabase(migrateUrl);
  const pool = openPool(database.url, 2, () => undefined);
  t.after(async () => {
    await pool.end();
    await database.drop();
  });
  const places = { insi: around.insi.url, dmp: around.dmp.url, answers: around.plain.port, databaseUrl: database.url };
  const file = await folder.file('access.json', JSON.stringify(configInput(around.pki, folder.path, places)));

  const account = await cli(['account', 'add', 'c.martin', '--role', 'identitovigilance', '--config', file, '--json']);
  assert.equal(account.code, 0, account.stderr);
  const { password } = lastLine(account) as { password: string };
  const user = await one<{ password: string; role: string }>(
    pool,
    "select password, role from console_user where login = 'c.martin'",
  );
  assert.equal(user.role, 'identitovigilance');
  assert.equal(await verifyPassword(user.password, password), true);

  const issued = await cli([
    'token',
    'add',
    'dpi',
    '--role',
    'interop',
    '--establishment',
    '990000028',
    '--config',
    file,
    '--json',
  ]);
  assert.equal(issued.code, 0, issued.stderr);
  const { token } = lastLine(issued) as { token: string };
  assert.deepEqual(await actorOfToken(pool, `Bearer ${token}`), {
    name: 'token:dpi',
    role: 'interop',
    eg: '990000028',
  });

  const senderOf = (sender: string) =>
    cli(['token', 'add-sender', 'suivi', '--sender', sender, '--config', file, '--json']);
  const bound = await senderOf('DPI|CH-DEMO');
  assert.equal(bound.code, 0, bound.stderr);
  assert.deepEqual(await actorOfToken(pool, `Bearer ${(lastLine(bound) as { token: string }).token}`), {
    name: 'token:suivi',
    role: 'auditor',
    eg: null,
    sender: 'DPI|CH-DEMO',
  });
  const unknown = await senderOf('DPI');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Émetteur non déclaré : DPI/);

  const wrong = await cli(['token', 'add', 'dpi', '--role', 'root', '--config', file]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Rôle inconnu : root/);
  const elsewhere = await cli([
    'token',
    'add',
    'dpi',
    '--role',
    'interop',
    '--establishment',
    '990000093',
    '--config',
    file,
  ]);
  assert.equal(elsewhere.code, 2);
  assert.match(elsewhere.stderr, /Établissement non déclaré/);
});
