/** Rule packs of an installation from the command line, on a database of its own. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestDatabase } from '../../../test/support/database.ts';
import { nowhereConfig } from '../../../test/support/nowhere.ts';
import { migrateUrl } from '../../store/migrate.testing.ts';
import { packFolder, schemaText } from '../../wire/schematron/pack.fixture.ts';
import { cli, lastLine } from '../cli.fixture.ts';

test('a pack is listed, installed once, put in service for one application, and rehearsed', async (t) => {
  const database = await createTestDatabase(migrateUrl);
  t.after(() => database.drop());
  const packs = packFolder({ 'essai/StrucMin.sch': schemaText('<title>Essai</title>') });
  const file = join(packs, 'config.json');
  const config = { ...nowhereConfig(), databaseUrl: database.url, conformance: { packs } };
  writeFileSync(file, JSON.stringify(config));
  const call = (...args: string[]) => cli(['conformance', ...args, '--config', file]);
  assert.match((await call('list')).stdout, /Dossiers à installer : essai/);
  const installed = lastLine(await call('install', 'essai', '--json')) as { pack: { id: string; mode: string } };
  assert.equal(installed.pack.mode, 'off');
  assert.match((await call('install', 'essai')).stdout, /TDU-CONF-023/);
  const [source] = config.sources;
  const name = `${source?.application}|${source?.facility ?? '*'}`;
  const one = await call('mode', installed.pack.id, 'block', '--application', name);
  assert.match(one.stdout, /bloquant pour/);
  assert.equal((await call('mode', installed.pack.id, 'block', '--application', 'AUTRE|*')).code, 1);
  assert.equal((await call('mode', installed.pack.id, 'peut-être')).code, 2);
  assert.equal((await call('mode', 'inconnu', 'block')).code, 1);
  const rehearsal = lastLine(await call('rehearse', installed.pack.id, '--json')) as { rehearsal: { id: string } };
  assert.match((await call('show', rehearsal.rehearsal.id)).stdout, /Rien ne casserait/);
  assert.match((await call('list')).stdout, /Essai|essai/);
});

test('without a configuration the call is wrong', async () => {
  assert.equal((await cli(['conformance', 'list'])).code, 2);
});
