import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../../test/support/use-case-bench.ts';
import { documentType } from '../codes/document-types.ts';
import { FEEDABLE_LIST, MANDATORY_LIST } from '../codes/feeding-lists.ts';
import { feedRules } from '../rules/feed.ts';
import { policyRules } from '../rules/policy.ts';
import { versionsOfList } from '../store/document-lists.ts';
import { listsInForce, publishList } from './lists.ts';

test('the lists that come with the program name types that exist, and are two', () => {
  for (const { entries } of [MANDATORY_LIST, FEEDABLE_LIST])
    assert.deepEqual(
      entries.filter(({ code }) => documentType(code) === undefined),
      [],
    );
  const feedable = new Set(FEEDABLE_LIST.entries.map(({ code }) => code));
  assert.ok(
    MANDATORY_LIST.entries.every(({ code }) => feedable.has(code)),
    'what must be fed can be',
  );
  assert.ok(MANDATORY_LIST.entries.length < FEEDABLE_LIST.entries.length);
});

test('a published version is in force at once: a type that it leaves out is not fed any more', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  await bench.admit();
  await bench.settle();
  assert.equal((await listsInForce(context)).feedable, FEEDABLE_LIST);
  const wanted = {
    kind: 'feedable',
    version: '2026-11',
    source: 'essai',
    dated: '2026-11-01',
    entries: FEEDABLE_LIST.entries.filter(({ code }) => code !== '11490-0'),
    reason: 'essai',
  } as const;
  const published = await publishList(context, wanted, 'user:anne');
  assert.ok(published.ok);
  await bench.file();
  await bench.settle();
  const { state, ruleId } = await bench.document();
  assert.deepEqual([state, ruleId], ['withdrawn', feedRules.typeNotFeedable.id]);
  const [last] = await versionsOfList(context.pool, 'feedable', 5);
  assert.deepEqual([last?.version, last?.actor, last?.dated], ['2026-11', 'user:anne', '2026-11-01']);
  assert.equal((await listsInForce(context)).mandatory, MANDATORY_LIST);
});

test('another process hears of a version within seconds', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  await listsInForce(context);
  await context.pool.query(
    `insert into document_list (kind, version, source, dated, entries, reason, by_actor, at)
     values ('mandatory', '9', 'essai', '2026-01-01', '[{"code": "11490-0"}]', 'essai', 'user:anne', now())`,
  );
  assert.equal((await listsInForce(context)).mandatory, MANDATORY_LIST);
  bench.advance(10_000);
  assert.equal((await listsInForce(context)).mandatory.version, '9');
});

test('a list that cannot be right is refused with its fault', async (t) => {
  const bench = await openBench(t);
  const good = { kind: 'mandatory', version: '2', source: 's', dated: '2026-01-01', reason: 'r' } as const;
  const faults: readonly (readonly [object, RegExp])[] = [
    [{ entries: [] }, /aucun type/],
    [{ entries: [{ code: 'INCONNU' }] }, /INCONNU/],
    [{ entries: [{ code: '11490-0' }, { code: '11490-0' }] }, /deux fois/],
    [{ entries: [{ code: '11490-0', since: 'hier' }] }, /hier/],
    [{ entries: [{ code: '11490-0' }], dated: '' }, /date/],
    [{ entries: [{ code: '11490-0' }], reason: '' }, /motif/],
  ];
  for (const [parts, fault] of faults) {
    const done = await publishList(bench.context, { ...good, entries: [], ...parts }, 'user:anne');
    assert.equal(done.ok ? undefined : done.refusal.rule, policyRules.listInvalid);
    assert.match(done.ok ? '' : (done.refusal.detail ?? ''), fault);
  }
});
