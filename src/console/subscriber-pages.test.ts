/** What the pages of the subscribers say, and what their forms do. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { many } from '../store/db.ts';
import { listAudit } from '../store/proofs.ts';
import { listSubscribers } from '../store/subscribers.ts';
import { connect, createConsoleBench, EG, OTHER_EG } from './console.fixture.ts';
import { seedConsole } from './seed.fixture.ts';
import { SEEDED_SUBSCRIBER } from './seed-subscribers.fixture.ts';

const PAGE = `/console/abonnes/${SEEDED_SUBSCRIBER}`;

async function open(t: TestContext, role: 'interop' | 'auditor' | 'admissions' = 'interop') {
  const bench = await createConsoleBench(t);
  await seedConsole(bench.gateway, { own: EG, other: OTHER_EG });
  return { bench, visitor: await connect(bench.app, await bench.user(role)) };
}

test('the list says who does not answer, since when, and how much waits; the work page sends there', async (t) => {
  const { visitor } = await open(t);
  const { body } = await visitor.get('/console/abonnes');
  assert.match(body, /DPI-CENTRE/);
  assert.match(body, /Ne répond pas/);
  assert.match(body, /1\u00a0message refusé attend/);
  assert.ok((await visitor.get('/console/travail')).body.includes(`href="${PAGE}"`));
  assert.ok((await visitor.get('/console/flux')).body.includes('href="/console/abonnes"'));
});

test('a refusal is shown with its reason, its owner and its patient, and its reading leaves a line', async (t) => {
  const { bench, visitor } = await open(t);
  const { body } = await visitor.get(PAGE);
  assert.match(body, /unité &lt;i&gt;inconnue&lt;\/i&gt;/);
  assert.match(body, /TDU-DIF-001/);
  assert.match(body, /Fusion/);
  const [line] = await listAudit(bench.gateway.pool, { subject: null, limit: 1 });
  assert.equal(line?.subject, `subscribers:${SEEDED_SUBSCRIBER}`);
});

test('it is sent again or given up with a reason, by whoever may', async (t) => {
  const { bench, visitor } = await open(t);
  const [refused] = await many<{ id: number }>(
    bench.gateway.pool,
    `select id from diffusion_entry where state = 'refused'`,
  );
  const message = String(refused?.id);
  const without = await visitor.post(`${PAGE}/decision`, { message, action: 'abandonner', motif: '' });
  assert.match(without.body, /motif de l’abandon/);
  assert.equal((await visitor.post(`${PAGE}/decision`, { message, action: 'renvoyer' })).status, 303);
  assert.equal((await visitor.post(`${PAGE}/decision`, { message, action: 'renvoyer' })).status, 409);
  assert.deepEqual(await many(bench.gateway.pool, 'select state from diffusion_entry where id = $1', [refused?.id]), [
    { state: 'waiting' },
  ]);
});

test('it is held and released, loaded, stopped and resumed', async (t) => {
  const { bench, visitor } = await open(t);
  const state = async () => (await listSubscribers(bench.gateway.pool))[0];
  await visitor.post(`${PAGE}/envoi`, { envoi: 'suspendre' });
  assert.equal((await state())?.paused, true);
  await visitor.post(`${PAGE}/envoi`, { envoi: 'reprendre' });
  assert.equal((await state())?.paused, false);
  assert.equal((await visitor.post(`${PAGE}/chargement`, { action: 'commencer', depuis: 'hier' })).status, 400);
  await visitor.post(`${PAGE}/chargement`, { action: 'commencer', depuis: '' });
  assert.equal((await state())?.loadState, 'running');
  await visitor.post(`${PAGE}/chargement`, { action: 'arreter' });
  await visitor.post(`${PAGE}/chargement`, { action: 'reprendre' });
  assert.equal((await state())?.loadState, 'running');
});

test('an auditor reads and decides nothing; admissions do not see it', async (t) => {
  const auditor = await open(t, 'auditor');
  const { body, status } = await auditor.visitor.get(PAGE);
  assert.equal(status, 200);
  assert.doesNotMatch(body, /Renvoyer<|Suspendre l’envoi/);
  const admissions = await connect(auditor.bench.app, await auditor.bench.user('admissions'));
  assert.equal((await admissions.get('/console/abonnes')).status, 403);
});
