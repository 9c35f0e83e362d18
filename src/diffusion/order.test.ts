import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffusionRules } from '../rules/diffusion.ts';
import { acknowledged, type DiffusionBench, openDiffusion, subscriber } from './subscriber.fixture.ts';

const DPI = [subscriber('DPI')];
const DOWN = { kind: 'not-sent', reason: 'ECONNREFUSED' } as const;
const MERGE = { event: 'A40', patient: { ipp: 'P1' }, retiredIpp: 'P2' } as const;
const HOUR = 3_600_000;

async function twoKnown(bench: DiffusionBench): Promise<void> {
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' } });
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P1', 'A28 P2']);
}

async function downDuring(bench: DiffusionBench, work: () => Promise<void>): Promise<void> {
  bench.answer = () => DOWN;
  await work();
  await bench.tell();
  bench.told();
  bench.answer = (_, frame) => acknowledged(frame);
  bench.advance(HOUR);
  await bench.tell();
}

test('a merge names who remains and the number given up, and the closed record is spoken of no more', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await twoKnown(bench);
  await bench.admit(MERGE);
  await bench.tell();
  assert.deepEqual(bench.told(), ['A40 P1 < P2']);
});

test('a merge precedes the INS that passes to who remains: it never stands on two records there', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await twoKnown(bench);
  await downDuring(bench, async () => {
    await bench.admit(MERGE);
    await bench.run('insi');
  });
  assert.deepEqual(bench.told(), ['A40 P1+INS < P2']);
});

test('both records and their merge, all while it was away: only who remains is told', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await downDuring(bench, async () => {
    await bench.admit({ patient: { ipp: 'P1' } });
    await bench.admit({ patient: { ipp: 'P2', status: 'PROV' } });
    await bench.admit(MERGE);
  });
  assert.deepEqual(bench.told(), ['A28 P1']);
  assert.deepEqual(
    (await bench.entries()).flatMap(({ ruleId }) => ruleId ?? []),
    [diffusionRules.closedBeforeTold.id],
  );
});

test('who remains is created before it is merged, where only the closed record was known', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' } });
  await bench.tell();
  bench.told();
  await downDuring(bench, async () => {
    await bench.admit({ patient: { ipp: 'P1' } });
    await bench.admit(MERGE);
  });
  assert.deepEqual(bench.told(), ['A28 P1', 'A40 P1 < P2']);
});

test('a merge waits for a person as long as the creation of who remains is refused', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' } });
  await bench.tell();
  bench.answer = ({ event, patient }, frame) =>
    acknowledged(frame, event === 'A28' && patient.ipps[0]?.value === 'P1' ? 'AE' : 'AA');
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.admit(MERGE);
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P2', 'A28 P1']);
  bench.answer = (_, frame) => acknowledged(frame);
  await bench.admit({ event: 'A31', patient: { ipp: 'P1', usedName: 'AUTRE' } });
  await bench.tell();
  assert.deepEqual(bench.told(), ['A28 P1', 'A40 P1 < P2']);
});

test('a chain of merges is told in its order, each into who remains in the end', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await twoKnown(bench);
  await bench.admit({ patient: { ipp: 'P3' } });
  await bench.tell();
  bench.told();
  await downDuring(bench, async () => {
    await bench.admit({ event: 'A40', patient: { ipp: 'P2', status: 'PROV' }, retiredIpp: 'P1' });
    await bench.admit({ event: 'A40', patient: { ipp: 'P3' }, retiredIpp: 'P2' });
  });
  assert.deepEqual(bench.told(), ['A40 P3 < P1', 'A40 P3 < P2']);
});

test('a change of number goes before all that speaks of the new number', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  bench.told();
  await downDuring(bench, async () => {
    await bench.admit({ event: 'A31', patient: { ipp: 'P1', usedName: 'AUTRE' } });
    await bench.admit({ event: 'A47', patient: { ipp: 'P9', usedName: 'AUTRE' }, retiredIpp: 'P1' });
  });
  assert.deepEqual(bench.told(), ['A47 P9 < P1']);
  await bench.admit({ event: 'A31', patient: { ipp: 'P9', usedName: 'TROISIEME' } });
  await bench.tell();
  assert.deepEqual(bench.told(), ['A31 P9']);
});

test('two changes of number while it was away are one for it: from the number that it knows to the last one', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.tell();
  bench.told();
  await downDuring(bench, async () => {
    await bench.admit({ event: 'A47', patient: { ipp: 'P8' }, retiredIpp: 'P1' });
    await bench.admit({ event: 'A47', patient: { ipp: 'P9' }, retiredIpp: 'P8' });
  });
  assert.deepEqual(bench.told(), ['A47 P9 < P1']);
});

test('a merge that is refused holds the next one of the same patients, not the rest', async (t) => {
  const bench = await openDiffusion(t, DPI);
  await twoKnown(bench);
  await bench.admit({ patient: { ipp: 'P3' } });
  await bench.tell();
  bench.told();
  bench.answer = ({ event }, frame) => acknowledged(frame, event === 'A40' ? 'AR' : 'AA');
  await bench.admit(MERGE);
  await bench.admit({ event: 'A40', patient: { ipp: 'P3' }, retiredIpp: 'P1' });
  await bench.admit({ patient: { ipp: 'P4', birthName: 'AUTRE' } });
  await bench.tell();
  assert.deepEqual(bench.told(), ['A40 P3 < P2', 'A28 P4']);
  assert.deepEqual(
    (await bench.entries()).filter(({ kind }) => kind === 'merge').map(({ state }) => state),
    ['refused', 'waiting'],
  );
});

test('a subscriber that takes no merges hears of who remains only; one that takes no A28 learns of patients by A31', async (t) => {
  const bench = await openDiffusion(t, [subscriber('DPI', { events: ['A31'] })]);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' } });
  await bench.admit({ ...MERGE, patient: { ipp: 'P1', usedName: 'AUTRE' } });
  await bench.tell();
  assert.deepEqual(bench.told(), ['A31 P1']);
});

test('a subscriber that had the patients before it was declared is not told to create them', async (t) => {
  const bench = await openDiffusion(t, [subscriber('DPI', { alreadyHolds: true })]);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' } });
  await bench.context.pool.query(`delete from diffusion_entry`);
  await bench.context.pool.query(`update diffusion_subscriber set since = now() + interval '10 years'`);
  await bench.admit(MERGE);
  await bench.tell();
  await bench.admit({ event: 'A31', patient: { ipp: 'P1', usedName: 'AUTRE' } });
  await bench.tell();
  assert.deepEqual(bench.told(), ['A40 P1 < P2', 'A31 P1']);
});
