import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type StrictDmp, useStrictDmp } from '../../test/support/strict-dmp.ts';
import { openBench, type UseCaseBench, withSources } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { dmpRules } from '../rules/dmp.ts';
import { many } from '../store/db.ts';

const together = (config: ConfigInput): ConfigInput => {
  const { dmp } = config;
  assert.ok(dmp);
  return withSources({ oneSetPerMessage: true })({ ...config, dmp: { ...dmp, setWaitMs: 60_000 } });
};

/** A report and its copy, in one message, ready to leave. */
async function ready(t: TestContext, change: (config: ConfigInput) => ConfigInput = together) {
  const bench = await openBench(t, change);
  const strict = await useStrictDmp(t, bench);
  await bench.admit();
  await bench.settle();
  await bench.report();
  await bench.run('release', 'document');
  return { bench, strict };
}

async function deliveries({ context }: UseCaseBench) {
  return many<{ part: number; state: string; uniqueId: string; submissionUniqueId: string | null; proofs: number }>(
    context.pool,
    `select part, delivery.state, unique_id as "uniqueId", submission_unique_id as "submissionUniqueId",
       (select count(*)::integer from ledger where ledger.document_id = document.id) as proofs
     from document join delivery on document_id = document.id order by part`,
  );
}

/** Everything that the DMP holds, in the order of arrival. */
function held({ holdings }: StrictDmp): string[] {
  return holdings.documents().map(({ uniqueId }) => uniqueId);
}

test('two documents of one message leave in one set, in their order, each with its own proof', async (t) => {
  const { bench, strict } = await ready(t);
  await bench.runTogether('deliver');
  const found = await deliveries(bench);
  assert.deepEqual(
    found.map(({ part, state, proofs }) => [part, state, proofs]),
    [
      [1, 'accepted', 1],
      [2, 'accepted', 1],
    ],
  );
  assert.equal(new Set(found.map(({ submissionUniqueId }) => submissionUniqueId)).size, 1);
  assert.equal(strict.calls.filter(({ service }) => service === '/repository').length, 1);
  const feeds = held(strict);
  const own = found.map(({ uniqueId }) => uniqueId);
  assert.deepEqual(
    feeds.filter((each) => own.includes(each)),
    own,
  );
  assert.deepEqual(strict.refused, []);
  assert.deepEqual(await bench.tasks().then((tasks) => tasks.filter(({ kind }) => kind === 'deliver')), []);
});

test('by default each leaves in a set of its own', async (t) => {
  const { bench, strict } = await ready(t, (config) => config);
  await bench.runTogether('deliver');
  const found = await deliveries(bench);
  assert.deepEqual(
    found.map(({ state }) => state),
    ['accepted', 'accepted'],
  );
  assert.equal(new Set(found.map(({ submissionUniqueId }) => submissionUniqueId)).size, 2);
  assert.equal(strict.calls.filter(({ service }) => service === '/repository').length, 2);
});

test('a document whose companion does not come leaves alone once its time is over', async (t) => {
  const { bench } = await ready(t, (config) => {
    const set = together(config);
    assert.ok(set.dmp);
    return { ...set, dmp: { ...set.dmp, setWaitMs: 0 } };
  });
  await bench.run('deliver');
  const found = await deliveries(bench);
  assert.deepEqual(
    found.map(({ state }) => state),
    ['accepted', 'accepted'],
  );
  assert.equal(new Set(found.map(({ submissionUniqueId }) => submissionUniqueId)).size, 2);
});

for (const line of ['lost', 'cut'] as const) {
  test(`when the answer is ${line}, each is asked for by itself and is in the DMP once`, async (t) => {
    const { bench, strict } = await ready(t);
    strict.line = (service) => (service === '/repository' ? line : 'up');
    await bench.runTogether('deliver');
    assert.deepEqual(
      (await deliveries(bench)).map(({ state }) => state),
      ['unknown', 'unknown'],
    );
    strict.line = () => 'up';
    for (let round = 0; round < 4; round++) {
      await bench.run('reconcile');
      await bench.context.pool.query('update task set run_at = now()');
      await bench.runTogether('deliver');
    }
    const found = await deliveries(bench);
    assert.deepEqual(
      found.map(({ state, proofs }) => [state, proofs]),
      [
        ['accepted', 1],
        ['accepted', 1],
      ],
    );
    const feeds = held(strict);
    for (const { uniqueId } of found) assert.equal(feeds.filter((each) => each === uniqueId).length, 1);
  });
}

test('a refused set is taken apart: the document at fault is refused, the other gets there', async (t) => {
  const { bench, strict } = await ready(t);
  const { compose } = bench.dmp;
  const [, culprit] = await deliveries(bench);
  const refused = {
    kind: 'refused',
    class: 'permanent',
    refusal: { rule: dmpRules.InvalidDocumentContent },
    errors: [],
  } as const;
  bench.dmp.compose = async (submission, acting) => {
    const composed = await compose(submission, acting);
    const holdsIt = submission.documents.some(({ entry }) => entry.uniqueId === culprit?.uniqueId);
    return composed.ok && holdsIt ? { ok: true, value: { ...composed.value, send: async () => refused } } : composed;
  };
  await bench.runTogether('deliver');
  assert.deepEqual(
    (await deliveries(bench)).map(({ state }) => state),
    ['ready', 'ready'],
  );
  assert.equal(
    strict.calls.some(({ service }) => service === '/repository'),
    false,
  );
  await bench.runTogether('deliver');
  assert.deepEqual(
    (await deliveries(bench)).map(({ state, proofs }) => [state, proofs]),
    [
      ['accepted', 1],
      ['refused', 0],
    ],
  );
});

test('one that was withdrawn while they met does not leave, the other does', async (t) => {
  const { bench, strict } = await ready(t);
  const { compose } = bench.dmp;
  bench.dmp.compose = async (submission, acting) => {
    const composed = await compose(submission, acting);
    if (submission.documents.length === 2)
      await bench.context.pool.query(`update document set state = 'withdrawn' where part = 2`);
    return composed;
  };
  await bench.runTogether('deliver');
  const [first, second] = await deliveries(bench);
  assert.equal(first?.state, 'accepted');
  assert.notEqual(second?.state, 'accepted');
  assert.equal(held(strict).includes(second?.uniqueId ?? ''), false);
  assert.equal(held(strict).includes(first?.uniqueId ?? ''), true);
});
