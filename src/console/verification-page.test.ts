/** Verification campaigns, an INS in doubt, and the banner of INSi away, as people read and use them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { one } from '../store/db.ts';
import { connect, createConsoleBench, EG, OTHER_EG } from './console.fixture.ts';
import { seedConsole } from './seed.fixture.ts';

/** Text as read: without markup, spaces made plain. */
function read(body: string): string {
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/[\s\u00a0\u202f]+/g, ' ');
}

test('a campaign is opened, paused, resumed and closed from its page, which says how far it is', async (t) => {
  const bench = await createConsoleBench(t);
  await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  await bench.gateway.pool.query(
    `update identity set ins_obtained_at = '2020-01-01T00:00:00Z' where matricule is not null`,
  );
  const visitor = await connect(bench.app, await bench.user('identitovigilance'));
  const page = '/console/verifications';
  assert.match(read((await visitor.get(page)).body), /Aucune campagne en cours/);
  assert.equal((await visitor.post(page, { avant: 'hier' })).status, 400);
  const opened = await visitor.post(page, { avant: '01/01/2026' });
  assert.deepEqual([opened.status, opened.location], [303, page]);
  const { id, total } = await one<{ id: string; total: number }>(
    bench.gateway.pool,
    'select id, total from verification_campaign',
  );
  assert.ok(total > 0);
  assert.match(read((await visitor.get(page)).body), new RegExp(`En cours 0 sur ${total} 0 sur ${total}`));
  assert.equal((await visitor.post(page, { avant: '01/01/2026' })).status, 409, 'one at a time');
  for (const [action, label] of [
    ['suspendre', 'Suspendue'],
    ['reprendre', 'En cours'],
    ['clore', 'Close'],
  ] as const) {
    assert.equal((await visitor.post(`${page}/${id}/${action}`, {})).status, 303, action);
    assert.ok(read((await visitor.get(page)).body).includes(label), label);
  }
  const desk = await connect(bench.app, await bench.user('admissions'));
  assert.equal((await desk.get(page)).status, 403);
});

test('INSi away is said above every page, with since when and what goes on; nothing is said once it answers', async (t) => {
  const bench = await createConsoleBench(t);
  await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  const visitor = await connect(bench.app, await bench.user('administrator'));
  const { pool, now } = bench.gateway;
  const circuit = (state: string) =>
    pool.query(
      `insert into service_circuit (service, state, since) values ('INSi', $1, $2)
       on conflict (service) do update set state = excluded.state, since = excluded.since`,
      [state, now()],
    );
  await circuit('open');
  for (const page of ['/console/', '/console/patients', '/console/documents', '/console/regles'])
    assert.match(
      read((await visitor.get(page)).body),
      /INSi ne répond plus depuis .* Les admissions et les soins continuent/,
      page,
    );
  await circuit('closed');
  await pool.query(`update identity set insi_state = 'none' where insi_state = 'queued'`);
  const { body } = await visitor.get('/console/regles');
  assert.match(body, /<div id="direct-insi" data-live role="status"><\/div>/);
});
