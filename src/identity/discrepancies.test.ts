import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { discrepanciesOf, discrepancyWork, type TraitDiscrepancy } from '../store/discrepancies.ts';
import { settleReceivedTraits } from './discrepancies.ts';

const CELL = { name: 'user:cellule', settles: true };
const OTHER = { birthName: 'PAT-QUATRE' };
const CARD = { documentType: 'CN', checkedAt: '2026-11-23T08:00:00Z' };

async function contradicted(t: Parameters<typeof openBench>[0]): Promise<UseCaseBench> {
  const bench = await openBench(t);
  await bench.admit({ proof: { deviceType: 'CN' } });
  await bench.run('insi');
  await bench.admit({ event: 'A31', patient: OTHER });
  assert.equal((await bench.identity()).status, 'QUAL');
  return bench;
}

async function known(bench: UseCaseBench): Promise<TraitDiscrepancy[]> {
  return discrepanciesOf(bench.context.pool, (await bench.identity()).id);
}

async function first(bench: UseCaseBench): Promise<TraitDiscrepancy> {
  const [discrepancy] = await known(bench);
  assert.ok(discrepancy);
  return discrepancy;
}

test('traits that contradict a locked identity are kept for the cell, once per application', async (t) => {
  const bench = await contradicted(t);
  await bench.admit({ event: 'A08', patient: OTHER });
  const { actor, state, times, comparison, traits } = await first(bench);
  assert.deepEqual([actor, state, times, traits.birthName], ['source:GAM', 'open', 2, 'PAT-QUATRE']);
  assert.deepEqual(
    comparison.map(({ trait, local, received }) => [trait, local, received]),
    [['birthName', 'PAT-TROIS', 'PAT-QUATRE']],
  );
  assert.ok((comparison[0]?.marks.local.length ?? 0) > 0);
  assert.equal((await discrepancyWork(bench.context.pool))?.discrepancies, 1);
});

test('the application corrected closes its own discrepancy', async (t) => {
  const bench = await contradicted(t);
  await bench.admit({ event: 'A31' });
  assert.deepEqual([(await first(bench)).state, (await first(bench)).reason], ['agreed', 'application corrigée']);
});

test('keeping ours answers the application for as long as it repeats itself', async (t) => {
  const bench = await contradicted(t);
  const settle = async (editor = CELL) =>
    settleReceivedTraits(bench.context, (await first(bench)).id, { decision: 'keep', reason: 'carte relue' }, editor);
  const desk = await settle({ name: 'user:admissions', settles: false });
  assert.equal(!desk.ok && desk.refusal.rule, identityLifecycleRules.unlockNotAllowed);
  assert.ok((await settle()).ok);
  assert.equal((await bench.identity()).status, 'QUAL');
  await bench.admit({ event: 'A08', patient: OTHER });
  assert.deepEqual(
    (await known(bench)).map(({ state, times }) => `${state} ${times}`),
    ['kept 2'],
  );
  const again = await settle();
  assert.equal(!again.ok && again.refusal.rule, identityLifecycleRules.discrepancySettled);
  await bench.admit({ event: 'A08', patient: { birthName: 'PAT-CINQ' } });
  assert.equal((await first(bench)).state, 'open', 'another value is another question');
  assert.equal(
    (await bench.history()).some(({ event }) =>
      event.startsWith("écart tranché : traits de l'identité gardés contre GAM"),
    ),
    true,
  );
});

test('adopting theirs is an unlocking: the INS goes, the device that shows them keeps the validation', async (t) => {
  const bench = await contradicted(t);
  bench.insi.answer = () => found(OTHER);
  const decision = { decision: 'adopt', reason: 'carte relue', device: CARD } as const;
  const settled = await settleReceivedTraits(bench.context, (await first(bench)).id, decision, CELL);
  assert.ok(settled.ok);
  assert.deepEqual(
    [settled.value.status, settled.value.birthName, settled.value.matricule],
    ['VALI', 'PAT-QUATRE', null],
  );
  assert.equal((await first(bench)).state, 'adopted');
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'QUAL');
});

test('traits corrected by a person close every discrepancy that then agrees', async (t) => {
  const bench = await contradicted(t);
  await bench.admit({ from: { application: 'LABO', facility: 'CH-DEMO' }, event: 'A08', patient: OTHER });
  assert.equal((await known(bench)).length, 2);
  const gam = (await known(bench)).find(({ actor }) => actor === 'source:GAM');
  assert.ok(gam);
  assert.ok((await settleReceivedTraits(bench.context, gam.id, { decision: 'adopt', reason: 'x' }, CELL)).ok);
  assert.deepEqual((await known(bench)).map(({ state }) => state).toSorted(), ['adopted', 'agreed']);
});
