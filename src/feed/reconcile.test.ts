import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, sha1, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { submittedCda } from '../documents/index.ts';
import { changeStatus } from '../identity/index.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import { recallRules } from '../rules/recall.ts';
import { versionRules } from '../rules/versions.ts';
import { circuitOf } from '../store/circuits.testing.ts';
import { many, transaction } from '../store/db.ts';
import type { FoundDocument } from '../wire/xds/query.ts';
import { hold, verifyAtDmp } from './desk.ts';

/** A document whose sending was cut. */
async function unknown(t: Parameters<typeof openBench>[0]): Promise<UseCaseBench> {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file();
  bench.dmp.submitAnswer = () => ({
    kind: 'ambiguous',
    class: 'ambiguous',
    refusal: { rule: dmpRules.outcomeUnknown },
  });
  await bench.settle();
  assert.equal((await bench.document()).state, 'unknown');
  bench.dmp.submitAnswer = () => ({ kind: 'accepted', warnings: [] });
  return bench;
}

async function hash(bench: UseCaseBench): Promise<string> {
  const cda = await submittedCda(bench.context.pool, await bench.document());
  assert.ok(cda.ok);
  return sha1(cda.value.bytes);
}

function holds(bench: UseCaseBench, ...held: FoundDocument[]): void {
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: held });
}

async function stateOf(bench: UseCaseBench): Promise<string> {
  const { state, ruleId } = await bench.document();
  return `${state} ${ruleId ?? '-'}`;
}

test('found with our content: accepted, in the ledger once, answered once, never sent again', async (t) => {
  const bench = await unknown(t);
  holds(bench, { entryUuid: 'urn:uuid:1', status: 'Approved', hash: await hash(bench) });
  await bench.run('reconcile');
  await bench.settle();
  const document = await bench.document();
  assert.deepEqual(
    [document.state, document.delivery.entryUuid, document.steps.at(-1)],
    ['accepted', 'urn:uuid:1', 'reconciled'],
  );
  assert.equal((await many(bench.context.pool, 'select 1 from ledger')).length, 1);
  assert.equal((await bench.answers()).length, 1);
  assert.equal(bench.dmp.submitted.length, 1);
});

test('found without a content to compare, or archived since: it is there', async (t) => {
  for (const held of [{ entryUuid: 'a' }, { entryUuid: 'a', status: 'Archived' }]) {
    const bench = await unknown(t);
    holds(bench, held);
    await bench.run('reconcile');
    assert.equal(await stateOf(bench), 'accepted -', JSON.stringify(held));
  }
});

test('replaced or deleted by others since: it was accepted, and is what the DMP says, explained', async (t) => {
  for (const [status, expected] of [
    ['Deprecated', `replaced ${versionRules.replacedElsewhere.id}`],
    ['Deleted', `deleted ${versionRules.deletedElsewhere.id}`],
  ] as const) {
    const bench = await unknown(t);
    holds(bench, { entryUuid: 'a', status });
    await bench.run('reconcile');
    assert.equal(await stateOf(bench), expected);
    assert.equal((await many(bench.context.pool, 'select 1 from ledger')).length, 1, 'the DMP took it once');
    assert.match((await bench.answers())[0] ?? '', /\|Y\^/);
  }
});

test('an accepted document that a verification finds deleted is so here too, and a version of it is stopped', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file({ number: '1.2.3.4.5.1' });
  await bench.settle();
  const first = await bench.document();
  assert.equal(first.state, 'accepted');
  const { context } = bench;
  const asked = await transaction(context.pool, async (tx) => {
    const held = await hold(tx, first.id);
    assert.ok(held);
    return verifyAtDmp(tx, context, held, 'user:x');
  });
  assert.ok(asked.ok);
  holds(bench, { entryUuid: 'a', status: 'Deleted' });
  await bench.settle();
  assert.equal(await stateOf(bench), `deleted ${versionRules.deletedElsewhere.id}`);
  await bench.file({ kind: 'replace', number: '1.2.3.4.5.2', parent: '1.2.3.4.5.1', content: Buffer.from('Deux\n') });
  await bench.settle();
  assert.equal(await stateOf(bench), `refused ${versionRules.notTheCurrentVersion.id}`);
  assert.equal((await bench.answers()).length, 2);
});

test('behind it waits a version of ours: what became of the document is left to the outcome of that version', async (t) => {
  const bench = await unknown(t);
  const first = await bench.document();
  await bench.file({ kind: 'replace', number: 'L-2', parent: 'L-1', content: Buffer.from('Deux\n') });
  holds(bench, { entryUuid: 'a', status: 'Deprecated' });
  await bench.run('reconcile');
  const { rows } = await bench.context.pool.query('select state, rule_id as "ruleId" from document where id = $1', [
    first.id,
  ]);
  assert.deepEqual(rows, [{ state: 'accepted', ruleId: null }]);
  await bench.settle();
  assert.equal(await stateOf(bench), `refused ${versionRules.notTheCurrentVersion.id}`);
});

test('another content lives under this identifier: refused, explained, not sent again', async (t) => {
  const bench = await unknown(t);
  holds(
    bench,
    { entryUuid: 'a', status: 'Deprecated', hash: await hash(bench) },
    { entryUuid: 'b', status: 'Approved', hash: '0'.repeat(40) },
  );
  await bench.run('reconcile');
  assert.equal(await stateOf(bench), `refused ${feedRules.uniqueIdInUse.id}`);
  assert.match((await bench.answers())[0] ?? '', new RegExp(feedRules.uniqueIdInUse.id));
});

test('absent several times over, and only then, the very same submission goes again', async (t) => {
  const bench = await unknown(t);
  await bench.run('reconcile');
  const once = await bench.document();
  assert.deepEqual([once.state, once.delivery.absentAnswers], ['unknown', 1]);
  assert.equal(bench.dmp.submitted.length, 1);
  await bench.run('reconcile');
  assert.equal((await bench.document()).state, 'ready');
  await bench.settle();
  const [first, second] = bench.dmp.submitted;
  assert.ok(first && second);
  assert.deepEqual(
    [second.uniqueId, sha1(second.documents[0]?.bytes ?? Buffer.alloc(0))],
    [first.uniqueId, await hash(bench)],
  );
  assert.equal(await stateOf(bench), 'accepted -');
});

test('a qualification lost meanwhile: asked under the INS that was sent, but not sent again', async (t) => {
  const bench = await unknown(t);
  const change = { action: 'downgrade', to: 'PROV', reason: 'essai' } as const;
  await changeStatus(bench.context, (await bench.identity()).id, change, { name: 'user:x', settles: true });
  const asked: string[] = [];
  bench.dmp.find = async (_, sent) => {
    asked.push(sent.ins.matricule);
    return { kind: 'answered', value: [] };
  };
  await bench.run('reconcile', 'reconcile');
  await bench.settle();
  assert.deepEqual(asked, ['279035121518989', '279035121518989']);
  assert.equal(await stateOf(bench), `waiting ${recallRules.frozen.id}`, 'what left under it is in doubt');
  assert.equal(bench.dmp.submitted.length, 1);
});

test('a question that fails is asked again, with its reason shown once; a DMP that is away opens the circuit', async (t) => {
  const bench = await unknown(t);
  bench.dmp.findAnswer = () => ({ kind: 'failed', class: 'transient', refusal: { rule: dmpRules.queryUnanswered } });
  for (let i = 0; i < 4; i++) await bench.run('reconcile');
  const document = await bench.document();
  assert.deepEqual(
    [document.state, document.ruleId, document.steps.filter((step) => step === 'asked').length],
    ['unknown', dmpRules.queryUnanswered.id, 1],
  );
  assert.equal((await circuitOf(bench.context.pool, 'DMP'))?.state, 'open');
  bench.dmp.findAnswer = () => assert.fail('called while the circuit is open');
  await bench.run('reconcile');
  bench.advance(2_000);
  bench.dmp.findAnswer = () => ({ kind: 'failed', class: 'permanent', refusal: { rule: dmpRules.requestRefused } });
  await bench.run('reconcile');
  assert.equal(await stateOf(bench), `unknown ${dmpRules.requestRefused.id}`);
  assert.equal((await circuitOf(bench.context.pool, 'DMP'))?.state, 'closed');
});

test('the DMP says duplicate but holds nothing for this patient: refused, it does not turn in circles', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file();
  bench.dmp.submitAnswer = () => ({
    kind: 'refused',
    class: 'ambiguous',
    refusal: { rule: dmpRules.XDSDuplicateUniqueIdInRegistry },
    errors: [],
  });
  await bench.settle();
  await bench.run('reconcile', 'reconcile');
  await bench.settle();
  assert.equal(await stateOf(bench), `refused ${feedRules.uniqueIdInUse.id}`);
  assert.equal(bench.dmp.submitted.length, 1);
});

test('a task whose outcome is known meanwhile ends without a question', async (t) => {
  const bench = await unknown(t);
  await bench.context.pool.query(`update delivery set state = 'accepted'`);
  bench.dmp.findAnswer = () => assert.fail('asked');
  await bench.run('reconcile');
  assert.ok(!(await bench.tasks()).some(({ kind }) => kind === 'reconcile'));
});
