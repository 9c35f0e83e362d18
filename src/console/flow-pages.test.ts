/** Lanes in the console: what blocks in words, forward and back with a reason, and who may. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { insertFlow, laneFlows, movesOf } from '../store/lanes.ts';
import { type ConsoleBench, connect, createConsoleBench, EG, OTHER_EG } from './console.fixture.ts';

async function opened(t: TestContext): Promise<{ bench: ConsoleBench; path: string; id: string }> {
  const bench = await createConsoleBench(t);
  const { pool, newUuid, now } = bench.gateway;
  const name = { eg: EG, application: 'DPI', facility: '*', way: 'hl7' } as const;
  await insertFlow(pool, name, { id: newUuid(), lane: 'observed', at: now() });
  const id = (await laneFlows(pool, null))[0]?.id ?? '';
  return { bench, id, path: `/console/flux/${id}` };
}

test('flows stand in a table of lanes; a person moves one with a reason, and the history keeps it', async (t) => {
  const { bench, id, path } = await opened(t);
  const visitor = await connect(bench.app, await bench.user('interop'));
  const list = await visitor.get('/console/flux');
  assert.match(list.body, /Bascule vers l’API V2/);
  assert.match(list.body, new RegExp(`href="${path}"`));
  const sheet = await visitor.get(path);
  assert.match(sheet.body, /Faire avancer : Essai à blanc/);
  const without = await visitor.post(`${path}/voie`, { vers: 'shadow', revision: '1', motif: '' });
  assert.equal(without.status, 422);
  const moved = await visitor.post(`${path}/voie`, { vers: 'shadow', revision: '1', motif: 'essai demandé' });
  assert.equal(moved.status, 303, moved.body);
  const after = await visitor.get(path);
  assert.match(after.body, /Observé → Essai à blanc/);
  assert.match(after.body, /essai demandé/);
  assert.equal((await movesOf(bench.gateway.pool, id, 10)).length, 1);
  assert.match((await visitor.get('/console/flux/voies.csv')).body, /;essai à blanc;/);
});

test('what stands against the next lane is said in words, and stops the move', async (t) => {
  const { bench, path } = await opened(t);
  const visitor = await connect(bench.app, await bench.user('interop'));
  await visitor.post(`${path}/voie`, { vers: 'shadow', revision: '1', motif: 'essai' });
  const sheet = await visitor.get(path);
  assert.match(sheet.body, /Essai à blanc trop court/);
  assert.match(sheet.body, /Le flux ne peut pas encore avancer/);
  const forced = { vers: 'canary', revision: '2', motif: 'pilote', regle: 'part', part: '10' };
  assert.equal((await visitor.post(`${path}/voie`, forced)).status, 409);
  assert.equal((await visitor.post(`${path}/voie`, { ...forced, outre: 'oui' })).status, 403);
  const back = await visitor.post(`${path}/voie`, { vers: 'observed', revision: '2', motif: 'retour' });
  assert.equal(back.status, 303);
});

test('another establishment does not see the flow; an auditor reads it and moves nothing', async (t) => {
  const { bench, path } = await opened(t);
  const other = await connect(bench.app, await bench.user('interop', OTHER_EG));
  assert.equal((await other.get(path)).status, 404);
  assert.equal((await other.post(`${path}/voie`, { vers: 'shadow', revision: '1', motif: 'x' })).status, 404);
  assert.doesNotMatch((await other.get('/console/flux')).body, /Bascule vers l’API V2/);
  const auditor = await connect(bench.app, await bench.user('auditor'));
  const sheet = await auditor.get(path);
  assert.equal(sheet.status, 200);
  assert.doesNotMatch(sheet.body, /Changer de voie/);
  assert.equal((await auditor.post(`${path}/voie`, { vers: 'shadow', revision: '1', motif: 'x' })).status, 403);
});
