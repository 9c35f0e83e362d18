/** The rows of the mappings: corrected, deleted, refused, by whom, and what becomes of what was sent under them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../../test/support/use-case-bench.ts';
import { DEMO_EG, DEMO_SECOND_EG } from '../demo/structure.ts';
import { apiRules } from '../rules/api.ts';
import { mappingRules } from '../rules/mapping.ts';
import { many } from '../store/db.ts';
import { countSentUnder, mappingHistory } from '../store/mappings.ts';
import { listAudit } from '../store/proofs.ts';
import { type MappingActor, removeMapping, saveMapping, type TypedMapping } from './desk.ts';
import { AUTHOR, CLAIRE, LOCAL_TYPE, qualifiedBench, rowOf, save, stateOf } from './mapping.fixture.ts';

test('a correction leaves what was sent alone, counts it, and holds for what is not prepared yet', async (t) => {
  const bench = await qualifiedBench(t);
  const first = await save(bench, { target: { typeCode: '34112-3' } });
  await bench.file({ type: LOCAL_TYPE });
  await bench.settle();
  bench.leaveToDocumentTask();
  await bench.file({ type: LOCAL_TYPE, number: 'L-2' });
  const corrected = await save(bench, { target: { typeCode: '11488-4' } });
  assert.deepEqual([corrected.id, corrected.revision], [first.id, 2]);
  await bench.settle();
  assert.deepEqual(
    await many(bench.context.pool, 'select type_code as type from document order by received_at, message_id'),
    [{ type: '34112-3' }, { type: '11488-4' }],
  );
  assert.deepEqual(await countSentUnder(bench.context.pool, corrected, 10), { current: 1, earlier: 1 });
  assert.deepEqual(
    (await mappingHistory(bench.context.pool, first.id)).map(({ event, actor, before, after }) => [
      event,
      actor,
      before,
      after,
    ]),
    [
      ['changed', 'user:claire', { typeCode: '34112-3' }, { typeCode: '11488-4' }],
      ['created', 'user:claire', null, { typeCode: '34112-3' }],
    ],
  );
  const audited = await listAudit(bench.context.pool, { subject: `mapping:${first.id}`, limit: 10 });
  assert.deepEqual(
    audited.map(({ action }) => action),
    ['mapping changed', 'mapping created'],
  );
});

test('a deleted row makes what comes next wait again, and what was sent stays', async (t) => {
  const bench = await qualifiedBench(t);
  const row = await save(bench, { target: { typeCode: '34112-3' } });
  await bench.file({ type: LOCAL_TYPE });
  await bench.settle();
  assert.equal(await removeMapping(bench.context, row, CLAIRE), undefined);
  await bench.file({ type: LOCAL_TYPE, number: 'L-2' });
  await bench.settle();
  assert.deepEqual(await stateOf(bench), ['waiting', mappingRules.typeUnmapped.id]);
  assert.deepEqual(await many(bench.context.pool, `select count(*) as n from document where state = 'accepted'`), [
    { n: 1 },
  ]);
  assert.equal((await removeMapping(bench.context, row, CLAIRE))?.rule, apiRules.notFound);
});

test('a row that cannot be right is not recorded', async (t) => {
  const { context } = await openBench(t);
  const refused = async (parts: Partial<TypedMapping> & Pick<TypedMapping, 'target'>, actor = CLAIRE) => {
    const saved = await saveMapping(context, rowOf(parts), actor);
    return saved.ok ? undefined : saved.refusal.rule;
  };
  const wrong = mappingRules.invalidTarget;
  const authors = (parts: Partial<typeof AUTHOR>) =>
    refused({ kind: 'authors', localValue: 'DR12', target: { ...AUTHOR, ...parts } });
  assert.equal(await refused({ target: { typeCode: '00000-0' } }), wrong);
  assert.equal(await refused({ localValue: ' ', target: { typeCode: '34112-3' } }), wrong);
  assert.equal(await refused({ localValue: '11490-0', target: { typeCode: '34112-3' } }), mappingRules.nationalValue);
  assert.equal(await refused({ scope: 'eg:999999999', target: { typeCode: '34112-3' } }), wrong);
  assert.equal(await refused({ scope: 'partout', target: { typeCode: '34112-3' } }), wrong);
  assert.equal(await refused({ kind: 'units', target: { eg: '999999999' } }), wrong);
  assert.equal(await refused({ kind: 'units', target: { eg: DEMO_EG, sector: 'SA99' } }), wrong);
  assert.equal(await refused({ kind: 'units', target: { eg: DEMO_EG, practiceSetting: 'AMO' } }), wrong);
  assert.equal(await refused({ kind: 'units', scope: `eg:${DEMO_EG}`, target: { eg: DEMO_EG } }), wrong);
  assert.equal(await authors({ rpps: '01234567890' }), mappingRules.rppsKeyWrong);
  assert.equal(await authors({ rpps: '123' }), mappingRules.rppsKeyWrong);
  assert.equal(await authors({ family: '' }), wrong);
  assert.equal(await authors({ specialty: 'G15_10/SM99' }), wrong);
  assert.equal(await authors({ rpps: '0123 4567 897' }), undefined);
  assert.deepEqual(await many(context.pool, 'select count(*) as n from mapping'), [{ n: 1 }]);
});

test('two people at once: the second is told that the row changed, and overwrites nothing', async (t) => {
  const bench = await openBench(t);
  await save(bench, { target: { typeCode: '34112-3' }, revision: 0 });
  const second = await saveMapping(bench.context, rowOf({ target: { typeCode: '11488-4' }, revision: 0 }), CLAIRE);
  assert.ok(!second.ok);
  assert.equal(second.refusal.rule, mappingRules.changedMeanwhile);
  const same = await save(bench, { target: { typeCode: '34112-3' } });
  assert.equal(same.revision, 1, 'the same row again is no change');
});

test('whoever sees one establishment changes its rows only, and does not see those of another', async (t) => {
  const bench = await openBench(t);
  const own: MappingActor = { ...CLAIRE, eg: DEMO_EG };
  const other: MappingActor = { ...CLAIRE, eg: DEMO_SECOND_EG };
  const row = await save(bench, { scope: `eg:${DEMO_EG}`, target: { typeCode: '34112-3' } }, own);
  await save(bench, { target: { typeCode: '34112-3' } }, own);
  const elsewhere = await saveMapping(bench.context, rowOf({ target: { typeCode: '34112-3' } }), other);
  assert.equal(elsewhere.ok ? undefined : elsewhere.refusal.rule, apiRules.forbidden);
  const common = await saveMapping(bench.context, rowOf({ scope: '', target: { typeCode: '34112-3' } }), own);
  assert.equal(common.ok ? undefined : common.refusal.rule, apiRules.forbidden);
  assert.equal((await removeMapping(bench.context, row, other))?.rule, apiRules.notFound);
});
