import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, foundUnder, openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { INS_OIDS } from '../ins/oids.ts';
import { identityRules } from '../rules/identity.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { insHistoryOf } from '../store/known-ins.ts';
import { correctTraits } from './correction.ts';
import { changeStatus, requestInsiSearch } from './desk.ts';

const CELL = { name: 'user:cellule', settles: true };
const NIR = '2790351215189';
const NIA = '2790399999001';

async function numbers(bench: UseCaseBench): Promise<string[]> {
  const known = await insHistoryOf(bench.context.pool, (await bench.identity()).id);
  return known.map(({ matricule, standing }) => `${matricule.slice(0, 13)} ${standing}`);
}

async function askAgain(bench: UseCaseBench): Promise<void> {
  assert.ok((await requestInsiSearch(bench.context, (await bench.identity()).id, CELL.name)).ok);
  await bench.run('insi');
}

test('a NIA replaced by a NIR: same person, new INS, nothing lost, the former number kept', async (t) => {
  const bench = await openBench(t, (config) => ({
    ...config,
    acceptedInsOids: [...config.acceptedInsOids, INS_OIDS.nia],
  }));
  bench.insi.answer = () => found({}, NIA, INS_OIDS.nia);
  await bench.admit({ proof: { deviceType: 'CN' } });
  await bench.run('insi');
  const before = await bench.identity();
  assert.deepEqual([before.status, before.oid], ['QUAL', INS_OIDS.nia]);
  const key = before.matricule?.slice(13) ?? '';
  bench.insi.answer = () => found({}, NIR, PAT_TROIS_INS.oid, [{ number: NIA, key, oid: INS_OIDS.nia }]);
  await askAgain(bench);
  const after = await bench.identity();
  assert.deepEqual([after.status, after.matricule], ['QUAL', PAT_TROIS_INS.matricule]);
  assert.deepEqual(await numbers(bench), [`${NIR} active`, `${NIA} former`]);
});

test('another number that knows nothing of ours is not taken: it may be another person', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ proof: { deviceType: 'CN' } });
  await bench.run('insi');
  bench.insi.answer = () => found({}, '2790351215190');
  await askAgain(bench);
  const identity = await bench.identity();
  assert.deepEqual(
    [identity.status, identity.matricule, identity.insiState, identity.insiRuleId],
    ['QUAL', PAT_TROIS_INS.matricule, 'discrepancy', identityLifecycleRules.otherInsReturned.id],
  );
});

test('civil sex changed: the cell unlocks, INSi gives a new INS that follows the former one', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ proof: { deviceType: 'CN' } });
  await bench.run('insi');
  const { id } = await bench.identity();
  const device = { documentType: 'CN', checkedAt: '2026-11-23T08:00:00Z' };
  const changed = { sex: 'M', unlock: true, device, reason: 'changement de sexe à l’état civil' };
  assert.ok((await correctTraits(bench.context, id, changed, CELL)).ok);
  assert.deepEqual(await numbers(bench), [`${NIR} withdrawn`]);
  bench.insi.answer = () => foundUnder('1790351215189', { sex: 'M' });
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'QUAL');
  assert.deepEqual(await numbers(bench), ['1790351215189 active', `${NIR} former`]);
});

test('an INS taken away is not said to be this person’s until INSi says so', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  const { id } = await bench.identity();
  await changeStatus(bench.context, id, { action: 'set-attribute', attribute: 'douteuse', reason: 'essai' }, CELL);
  assert.deepEqual(await numbers(bench), [`${NIR} withdrawn`]);
  await changeStatus(bench.context, id, { action: 'clear-attribute', attribute: 'douteuse', reason: 'essai' }, CELL);
  await askAgain(bench);
  assert.deepEqual(await numbers(bench), [`${NIR} active`]);
});

test('a second record whose INS follows, or is followed by, that of another active record is a duplicate', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  const other = { birthName: 'PAT-QUATRE' };
  bench.insi.answer = () => foundUnder('1790351215189', other);
  await bench.admit({ patient: { ipp: 'P2', ...other } });
  await bench.run('insi');
  const second = await bench.identity('P2');
  assert.deepEqual([second.status, second.insiRuleId], ['VALI', identityRules.duplicateActiveIns.id]);
});

test('a document under a former INS of its patient is stopped and told so; by that number alone it only waits', async (t) => {
  const bench = await openBench(t);
  const former = { number: '2790351215300', key: '75', oid: PAT_TROIS_INS.oid };
  bench.insi.answer = () => found({}, NIR, PAT_TROIS_INS.oid, [former]);
  await bench.admit();
  await bench.run('insi');
  const ins = { matricule: `${former.number}${former.key}`, oid: former.oid };
  await bench.file({ patient: { ins } });
  await bench.run('document');
  assert.equal((await bench.document()).ruleId, identityLifecycleRules.documentFormerIns.id);
  await bench.file({ number: 'L-2', patient: { ipp: '', ins } });
  await bench.run('document');
  const alone = await bench.document();
  assert.deepEqual([alone.state, alone.ruleId], ['waiting', identityLifecycleRules.formerInsAlone.id]);
});

test('a lunar date is kept as given: INSi is asked with it, compared with it, and the record holds the completed one', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { birthDate: '19790000' } });
  const { birthDate, birthDateAsGiven, birthDateInterpreted } = await bench.identity();
  assert.deepEqual([birthDate, birthDateAsGiven, birthDateInterpreted], ['1979-12-31', '1979-00-00', true]);
  bench.insi.answer = () => found({ birthDate: '1979-00-00' });
  await bench.run('insi');
  assert.equal(bench.insi.asked[0]?.birthDate, '1979-00-00');
  const after = await bench.identity();
  assert.deepEqual([after.status, after.birthDate, after.birthDateAsGiven], ['QUAL', '1979-12-31', '1979-00-00']);
});

test('a date that the sender completed in its own way still meets the lunar one of INSi', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { birthDate: '19790101' }, proof: { deviceType: 'CN' } }, (text) =>
    text.replace(/\rZFD\|[^\r]*/, '\rZFD|00^00^1979||||||CN'),
  );
  assert.equal((await bench.identity()).birthDateAsGiven, '1979-00-00');
  bench.insi.answer = () => found({ birthDate: '1979-00-00' });
  await bench.run('insi');
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).birthDate], ['QUAL', '1979-12-31']);
});
