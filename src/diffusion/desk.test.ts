import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffusionRules } from '../rules/diffusion.ts';
import { one } from '../store/db.ts';
import { entriesOf, listSubscribers } from '../store/subscribers.ts';
import { decideRefused, holdSubscriber } from './desk.ts';
import { changeLoad, startInitialLoad } from './load.ts';
import { acknowledged, type DiffusionBench, openDiffusion, subscriber } from './subscriber.fixture.ts';

const SECOND = 1_000;

async function refusedOne(bench: DiffusionBench): Promise<number> {
  bench.answer = (_, frame) => acknowledged(frame, 'AE', 'service fermé');
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  bench.told();
  bench.answer = (_, frame) => acknowledged(frame);
  const [entry] = await entriesOf(bench.context.pool, { subscriber: 'DPI', shown: 'refused', limit: 10, offset: 0 });
  assert.deepEqual([entry?.birthName, entry?.detail], ['PAT-TROIS', 'service fermé']);
  assert.ok(entry);
  return entry.id;
}

test('what was refused goes again when a person says so, as a new message', async (t) => {
  const bench = await openDiffusion(t, [subscriber('DPI')]);
  const id = await refusedOne(bench);
  const { before } = await one<{ before: string }>(
    bench.context.pool,
    'select control_id as before from diffusion_entry',
  );
  assert.ok((await decideRefused(bench.context, id, { action: 'resend' }, 'user:essai')).ok);
  await bench.tell();
  assert.notEqual(bench.heard[0]?.controlId, before);
  assert.deepEqual(bench.told(), ['A28 P1']);
  const again = await decideRefused(bench.context, id, { action: 'resend' }, 'user:essai');
  assert.equal(!again.ok && again.refusal.rule, diffusionRules.entryNotRefused);
});

test('what is given up is not sent, and keeps who decided and why', async (t) => {
  const bench = await openDiffusion(t, [subscriber('DPI')]);
  const id = await refusedOne(bench);
  const decided = await decideRefused(bench.context, id, { action: 'abandon', reason: 'patient purgé' }, 'user:essai');
  assert.ok(decided.ok);
  await bench.tell();
  assert.deepEqual(bench.told(), []);
  const [entry] = await entriesOf(bench.context.pool, { subscriber: 'DPI', shown: 'settled', limit: 10, offset: 0 });
  assert.deepEqual(
    [entry?.state, entry?.settledBy, entry?.ruleId, entry?.detail],
    ['dropped', 'user:essai', diffusionRules.abandoned.id, 'patient purgé'],
  );
});

test('while a subscriber is held nothing goes, and everything waits', async (t) => {
  const bench = await openDiffusion(t, [subscriber('DPI')]);
  assert.ok((await holdSubscriber(bench.context, 'DPI', true)).ok);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  assert.deepEqual(bench.told(), []);
  assert.ok((await holdSubscriber(bench.context, 'DPI', false)).ok);
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P1']);
  const unknown = await holdSubscriber(bench.context, 'AILLEURS', true);
  assert.equal(!unknown.ok && unknown.refusal.rule, diffusionRules.subscriberUnknown);
});

test('an initial load tells every patient at its pace, behind what has just changed, and goes on where it was stopped', async (t) => {
  const bench = await openDiffusion(t, [subscriber('DPI', { loadPerSecond: 2 })]);
  const { pool } = bench.context;
  for (const ipp of ['P1', 'P2', 'P3', 'P4', 'P5'])
    await bench.admit({ patient: { ipp, birthName: `NOM${'A'.repeat(Number(ipp[1]))}` } });
  await pool.query('delete from diffusion_entry');
  const started = await startInitialLoad(bench.context, 'DPI', { since: null, actor: 'user:essai' });
  assert.ok(started.ok);
  assert.equal(started.value.total, 5);
  await bench.tell();
  assert.equal(bench.told().length, 2, 'two a second');
  assert.ok((await changeLoad(bench.context, 'DPI', 'stop')).ok);
  bench.advance(SECOND);
  await bench.tell();
  assert.equal(bench.told().length, 0);
  assert.ok((await changeLoad(bench.context, 'DPI', 'resume')).ok);
  await bench.admit({ patient: { ipp: 'P6', birthName: 'DERNIER' } });
  await bench.tell();
  const [first, ...others] = bench.told();
  assert.deepEqual([first, others.length], ['A28 P6', 2]);
  bench.advance(SECOND);
  await bench.tell();
  bench.advance(SECOND);
  await bench.tell();
  assert.deepEqual(bench.told().length, 1);
  const [state] = await listSubscribers(pool);
  assert.deepEqual([state?.loadState, state?.waiting], ['done', 0]);
});

test('a load since a date leaves the others out; two loads at once are refused', async (t) => {
  const bench = await openDiffusion(t, [subscriber('DPI')]);
  await bench.admit({ patient: { ipp: 'P1' } });
  bench.advance(60 * SECOND);
  const since = bench.context.now();
  await bench.admit({ patient: { ipp: 'P2', birthName: 'AUTRE' } });
  await bench.context.pool.query('delete from diffusion_entry');
  assert.ok((await startInitialLoad(bench.context, 'DPI', { since, actor: 'user:essai' })).ok);
  const second = await startInitialLoad(bench.context, 'DPI', { since: null, actor: 'user:essai' });
  assert.equal(!second.ok && second.refusal.rule, diffusionRules.loadRunning);
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P2']);
});
