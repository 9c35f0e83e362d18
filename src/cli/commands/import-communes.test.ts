import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../../test/support/database.ts';
import { followedOneAnother } from '../../store/communes.ts';
import { one, openPool } from '../../store/db.ts';
import { migrateUrl } from '../../store/migrate.testing.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';

const folder = scratch();

/** Made-up communes of department 63, in the layout of the INSEE file. */
const HEADER =
  'MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,NCC_AV,NCCENR_AV,LIBELLE_AV,TYPECOM_AP,COM_AP,TNCC_AP,NCC_AP,NCCENR_AP,LIBELLE_AP';
const EVENTS = [
  '32,2016-01-01,COM,63901,0,A,A,A,COM,63902,0,B,B,B',
  '41,1990-01-01,COM,63902,0,B,B,B,COM,15902,0,B,B,B',
  '21,1985-01-01,COM,63903,0,C,C,C,COM,63904,0,D,D,D',
  '31,1973-01-01,COM,63904,0,D,D,D,COM,63903,0,C,C,C',
  '21,1990-01-01,COM,63903,0,C,C,C,COM,63905,0,E,E,E',
  '10,1999-01-01,COM,63906,0,F,F,F,COM,63906,0,G,G,G',
  '31,hier,COM,63907,0,F,F,F,COM,63908,0,G,G,G',
];

test('the events of communes are loaded, replaced by a later file, and say which codes are one commune', async (t) => {
  const database = await createTestDatabase(migrateUrl);
  const pool = openPool(database.url, 2, () => undefined);
  t.after(async () => {
    await pool.end();
    await database.drop();
  });
  const env = { DATABASE_URL: database.url };
  const file = await folder.file('mvt.csv', `\ufeff${[HEADER, ...EVENTS].join('\r\n')}\r\n`);
  const run = await cli(['import', 'communes', file, '--data', folder.path, '--json'], env);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(lastLine(run), { ok: true, kept: 5, unreadable: [8] });
  const cases = [
    ['63901', '63902', true, 'a merger'],
    ['63902', '63901', true, 'whichever is recorded here'],
    ['63901', '15902', true, 'a merger, then another department'],
    ['63903', '63904', true, 'merged, then re-established'],
    ['63904', '63905', false, 'neighbours that shared a town hall for a time'],
    ['63901', '63903', false, 'nothing to do with each other'],
  ] as const;
  for (const [a, b, expected, why] of cases) assert.equal(await followedOneAnother(pool, a, b), expected, why);
  const count = async () => (await one<{ count: number }>(pool, 'select count(*) as count from commune_change')).count;
  const later = await folder.file('mvt-2.csv', [HEADER, EVENTS[0]].join('\n'));
  assert.equal((await cli(['import', 'communes', later, '--data', folder.path], env)).code, 0);
  assert.equal(await count(), 1);
  const other = await folder.file('autre.csv', 'code;libelle\n63901;A\n');
  assert.equal((await cli(['import', 'communes', other, '--data', folder.path], env)).code, 2);
  assert.equal(await count(), 1, 'a file that is not that one changes nothing');
});
