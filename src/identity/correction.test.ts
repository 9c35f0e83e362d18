import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { identityRules } from '../rules/identity.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { correctTraits, type TraitCorrection } from './correction.ts';
import { changeStatus } from './desk.ts';

const CELL = { name: 'user:cellule', settles: true };
const DESK = { name: 'user:admissions', settles: false };
const CARD = { documentType: 'CN', checkedAt: '2026-11-23T08:00:00Z' };

async function corrected(bench: UseCaseBench, parts: Partial<TraitCorrection>, editor = CELL): Promise<string> {
  const { id } = await bench.identity();
  const result = await correctTraits(bench.context, id, { reason: 'essai', ...parts }, editor);
  if (!result.ok) return `${result.refusal.rule.id} ${result.refusal.detail ?? ''}`.trim();
  return `${result.value.status} ${result.value.insiState} ${result.value.matricule === null ? '-' : 'INS'}`;
}

async function qualified(bench: UseCaseBench): Promise<void> {
  await bench.admit({ proof: { deviceType: 'CN' } });
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'QUAL');
}

test('before any proof a trait is simply corrected, whoever works on identities', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  assert.equal(await corrected(bench, { birthName: 'Pat-Quatre' }, DESK), 'PROV none -');
  assert.equal((await bench.identity()).birthName, 'PAT-QUATRE');
  const entry = (await bench.history()).at(-1);
  assert.deepEqual(
    [entry?.actor, entry?.event, entry?.requirement, entry?.before, entry?.after],
    [
      'user:admissions',
      'traits corrigés : nom de naissance (essai)',
      'EXI REC 07',
      { birthName: 'PAT-TROIS' },
      { birthName: 'PAT-QUATRE' },
    ],
  );
  assert.equal(await corrected(bench, { birthName: 'PAT-QUATRE' }), identityLifecycleRules.nothingToCorrect.id);
});

test('the strict traits of a qualified identity are locked: only the cell unlocks them, and the INS goes', async (t) => {
  const bench = await openBench(t);
  await qualified(bench);
  const name = { birthName: 'PAT-QUATRE' };
  assert.equal(await corrected(bench, name), `${identityLifecycleRules.traitsLocked.id} nom de naissance`);
  assert.equal(
    await corrected(bench, { ...name, unlock: true }, DESK),
    `${identityLifecycleRules.unlockNotAllowed.id} nom de naissance`,
  );
  assert.equal((await bench.identity()).status, 'QUAL');
  assert.equal(await corrected(bench, { ...name, unlock: true }), 'PROV none -');
  const lost = await bench.identity();
  assert.deepEqual([lost.birthName, lost.deviceCheckedAt], ['PAT-QUATRE', null]);
});

test('a device that shows the new value keeps the validation, and INSi is asked again', async (t) => {
  const bench = await openBench(t);
  await qualified(bench);
  const unlocked = { birthName: 'PAT-QUATRE', unlock: true };
  const driving = { ...CARD, documentType: 'PC' };
  assert.match(
    await corrected(bench, { ...unlocked, device: driving }),
    new RegExp(identityRules.deviceNotHighTrust.id),
  );
  assert.equal((await bench.identity()).status, 'QUAL', 'a refused device changes nothing');
  const extract = { ...CARD, documentType: 'AN' };
  assert.match(
    await corrected(bench, { ...unlocked, device: extract }),
    new RegExp(identityLifecycleRules.deviceConditionToConfirm.id),
  );
  assert.equal(await corrected(bench, { ...unlocked, device: CARD }), 'VALI queued -');
  bench.insi.answer = () => found({ birthName: 'PAT-QUATRE' });
  await bench.run('insi');
  const again = await bench.identity();
  assert.deepEqual([again.status, again.birthName], ['QUAL', 'PAT-QUATRE']);
});

test('a checked identity is locked too; used names are not strict traits', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ proof: { deviceType: 'CN' } });
  assert.equal(await corrected(bench, { sex: 'M' }), `${identityLifecycleRules.traitsLocked.id} sexe`);
  assert.equal(await corrected(bench, { usedName: 'DURAND' }, DESK), 'VALI queued -');
  assert.equal((await bench.identity()).usedName, 'DURAND');
});

test('a compound first given name is extended by a person without losing the INS', async (t) => {
  const bench = await openBench(t);
  await qualified(bench);
  assert.equal(await corrected(bench, { firstGivenName: 'DOMINIQUE MARIE' }, DESK), 'QUAL settled INS');
  assert.equal((await bench.identity()).firstGivenName, 'DOMINIQUE MARIE');
  assert.equal(await corrected(bench, { firstGivenName: 'MARIE' }), identityRules.firstGivenNameInconsistent.id);
});

test('an estimated year is marked, a date given again keeps its mark, a date read on a document has none', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  const dated = async (parts: Partial<TraitCorrection>) => {
    await corrected(bench, parts);
    const { birthDate, birthDateInterpreted } = await bench.identity();
    return `${birthDate} ${birthDateInterpreted}`;
  };
  assert.equal(await dated({ birthDate: '1970-01-01', dateInterpreted: true }), '1970-01-01 true');
  assert.equal(await dated({ birthDate: '1970-01-01', usedName: 'X' }), '1970-01-01 true');
  assert.equal(await dated({ birthDate: '1971-00-00' }), '1971-12-31 true');
  assert.equal(await dated({ birthDate: '1971-05-04' }), '1971-05-04 false');
});

test('a copy of an upstream repository is corrected upstream', async (t) => {
  const bench = await openBench(t, (config) => ({
    ...config,
    context: 2,
    sources: config.sources.map((source) => ({ ...source, upstreamIdentities: true })),
  }));
  await bench.admit();
  assert.equal(await corrected(bench, { usedName: 'DURAND' }), identityRules.mirrorReadOnly.id);
});

test('the desk sets a doubt, the cell alone lifts it', async (t) => {
  const bench = await openBench(t);
  await qualified(bench);
  const { id } = await bench.identity();
  const act = async (
    action: 'set-attribute' | 'clear-attribute',
    attribute: 'douteuse' | 'homonyme',
    editor: typeof CELL,
  ) => {
    const result = await changeStatus(bench.context, id, { action, attribute, reason: 'essai' }, editor);
    return result.ok ? 'done' : result.refusal.rule.id;
  };
  assert.equal(await act('set-attribute', 'homonyme', DESK), 'done');
  assert.equal(await act('clear-attribute', 'homonyme', DESK), 'done');
  assert.equal(await act('set-attribute', 'douteuse', DESK), 'done');
  assert.equal(await act('clear-attribute', 'douteuse', DESK), identityLifecycleRules.unlockNotAllowed.id);
  assert.equal(await act('clear-attribute', 'douteuse', CELL), 'done');
});

test("the site's own table decides which devices prove an identity, in messages and at the desk", async (t) => {
  const bench = await openBench(t, (config) => ({
    ...config,
    identityDevices: [
      { code: 'IN', trust: 'low' },
      { code: 'CRA', label: 'Carte de réfugié', trust: 'high' },
    ],
  }));
  await bench.admit({ proof: { deviceType: 'CRA' } });
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).deviceType], ['VALI', 'CRA']);
  await bench.admit({ patient: { ipp: 'P2' }, proof: { deviceType: 'IN' } });
  assert.equal((await bench.identity('P2')).status, 'PROV');
});
