import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STAMPER } from '../../test/support/fake-services.ts';
import { found, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { documentTaskHandler } from '../feed/process-document.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { dmpRules } from '../rules/dmp.ts';
import { matchingRules } from '../rules/matching.ts';
import { listPairs } from '../store/candidate-pairs.ts';
import { transaction } from '../store/db.ts';
import { documentById } from '../store/documents.ts';
import { identifiersOf, identityById } from '../store/identities.ts';
import { historyOf } from '../store/identity-history.ts';
import { mergesOf } from '../store/merges.ts';
import { misfiledDocuments } from '../store/misfiled.ts';
import { listStays } from '../store/stays.ts';
import { mergeRecords } from './merge.ts';
import { undoMerge } from './unmerge.ts';

const CELL = { name: 'user:cellule', settles: true };
const MERGE = { event: 'A40', patient: { ipp: 'P1' }, retiredIpp: 'P2' } as const;
const CHECKED = { proof: { deviceType: 'CN' } } as const;

/** P1 qualified; P2 provisional, with the same names, and a stay. */
async function twoRecords(bench: UseCaseBench): Promise<{ survivor: string; loser: string }> {
  await bench.admit({ patient: { ipp: 'P1' }, ...CHECKED });
  await bench.run('insi');
  await bench.admit({ patient: { ipp: 'P2', status: 'PROV' }, visit: { patientClass: 'I', number: 'V2' } });
  return { survivor: (await bench.identity('P1')).id, loser: (await bench.identity('P2')).id };
}

async function stateOf({ context }: UseCaseBench, id: string) {
  const document = await documentById(context.pool, id);
  return [document?.state, document?.identityId, document?.ipp];
}

test('a merge undone gives each record its numbers, its stays and its documents; the history says so', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  const { survivor, loser } = await twoRecords(bench);
  await bench.file({ patient: { ipp: 'P2' }, controlId: 'AVANT' });
  await bench.settle();
  const waiting = (await bench.document()).id;
  bench.dmp.existenceAnswer = () => ({ kind: 'answered', value: { state: 'absent' } });
  await bench.admit(MERGE);
  await bench.settle();
  const undone = await undoMerge(bench.context, loser, 'deux jumelles', CELL);
  assert.ok(undone.ok, undone.ok ? '' : undone.refusal.rule.id);
  assert.deepEqual([undone.value.identityId, undone.value.keptId], [loser, survivor]);
  const [one, other] = [await bench.identity('P1'), await bench.identity('P2')];
  assert.deepEqual(
    [one.id, one.status, other.id, other.active, other.mergedInto],
    [survivor, 'QUAL', loser, true, null],
  );
  const numbers = (await identifiersOf(pool, loser)).map(({ value, retired }) => [value, retired]);
  assert.deepEqual(numbers, [['P2', false]]);
  const stays = { eg: null, number: 'V2', identityId: loser, state: null, limit: 2, offset: 0 };
  assert.equal((await listStays(pool, stays)).length, 1);
  assert.equal((await documentById(pool, waiting))?.state, 'withdrawn', 'the DMP of the survivor is absent');
  for (const id of [survivor, loser])
    assert.match((await historyOf(pool, id)).at(-1)?.event ?? '', /fusion annulée.*deux jumelles/);
  const [pair] = await listPairs(pool, { state: 'different', kind: null, identityId: loser, limit: 5, offset: 0 });
  assert.equal(pair?.decidedBy, CELL.name);
  const [trace] = await mergesOf(pool, loser);
  assert.deepEqual([trace?.undoneBy, trace?.reason], [CELL.name, 'deux jumelles']);
});

test('what has not left follows under its own number; what left under the survivor is listed for a recall', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  const { survivor, loser } = await twoRecords(bench);
  await bench.admit(MERGE);
  await bench.file({ patient: { ipp: 'P2' }, controlId: 'PARTI' });
  await bench.settle();
  const left = await bench.document();
  assert.equal(left.state, 'accepted');
  await bench.file({ patient: { ipp: 'P2' }, controlId: 'RESTE', number: 'L-2' });
  await bench.run('document');
  const here = await bench.document();
  assert.deepEqual([here.state, here.identityId], ['ready', survivor]);
  const undone = await undoMerge(bench.context, loser, 'erreur', CELL);
  assert.deepEqual(undone.ok && [undone.value.moved, undone.value.misfiled], [1, 1]);
  await bench.settle();
  assert.deepEqual(await stateOf(bench, here.id), ['waiting', loser, 'P2']);
  assert.equal(bench.dmp.submitted.length, 1, 'nothing more left under the survivor');
  const [misfiled, ...more] = await misfiledDocuments(pool, survivor, { eg: null, limit: 10 });
  assert.deepEqual([misfiled?.documentId, misfiled?.sentFor, misfiled?.belongsTo], [left.id, survivor, loser]);
  assert.equal(more.length, 0);
  const elsewhere = await misfiledDocuments(pool, survivor, { eg: '000000000', limit: 10 });
  assert.deepEqual(elsewhere, [], 'another establishment does not see its title');
});

test('a sending without an outcome that turns out lost is not sent again for the wrong person', async (t) => {
  const bench = await openBench(t);
  const { loser } = await twoRecords(bench);
  await bench.admit(MERGE);
  bench.dmp.submitAnswer = () => ({
    kind: 'ambiguous',
    class: 'ambiguous',
    refusal: { rule: dmpRules.outcomeUnknown },
  });
  await bench.file({ patient: { ipp: 'P2' } });
  await bench.settle();
  const { id, state } = await bench.document();
  assert.equal(state, 'unknown');
  assert.ok((await undoMerge(bench.context, loser, 'erreur', CELL)).ok);
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: [] });
  for (let ask = 0; ask < 4; ask++) await bench.run('reconcile', 'deliver', 'document');
  assert.equal(bench.dmp.submitted.length, 1);
  assert.deepEqual((await stateOf(bench, id)).slice(0, 2), ['waiting', loser]);
});

test('merges in a chain: each is undone by itself, and whoever was merged below follows its record', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  for (const ipp of ['P1', 'P2', 'P3']) await bench.admit({ patient: { ipp, status: 'PROV' } });
  const [first, second, third] = [
    (await bench.identity('P1')).id,
    (await bench.identity('P2')).id,
    (await bench.identity('P3')).id,
  ];
  await bench.admit({ ...MERGE, patient: { ipp: 'P2', status: 'PROV' }, retiredIpp: 'P1' });
  await bench.admit({ ...MERGE, patient: { ipp: 'P3', status: 'PROV' }, retiredIpp: 'P2' });
  assert.ok((await undoMerge(bench.context, second, 'erreur', CELL)).ok);
  assert.equal((await identityById(pool, first))?.mergedInto, second);
  assert.deepEqual(
    (await identifiersOf(pool, second)).map(({ value }) => value),
    ['P2', 'P1'],
  );
  assert.deepEqual(
    (await identifiersOf(pool, third)).map(({ value }) => value),
    ['P3'],
  );
  assert.ok((await undoMerge(bench.context, first, 'erreur', CELL)).ok);
  assert.equal((await bench.identity('P1')).active, true);
  const again = await undoMerge(bench.context, first, 'erreur', CELL);
  assert.equal(!again.ok && again.refusal.rule, matchingRules.notMerged);
});

test('an opposition goes with the one who expressed it; an INS that the other bears by now does not come back', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P2' }, ...CHECKED, consent: { feeding: 'IO', consultation: 'NA' } });
  await bench.run('insi');
  await bench.admit({ patient: { ipp: 'P1' }, ...CHECKED });
  const loser = (await bench.identity('P2')).id;
  await bench.admit(MERGE);
  assert.equal((await bench.identity('P1')).feedOpposition, true);
  await bench.run('insi');
  assert.equal((await bench.identity('P1')).status, 'QUAL');
  bench.insi.answer = () => found();
  assert.ok((await undoMerge(bench.context, loser, 'erreur', CELL)).ok);
  const [kept, back] = [await bench.identity('P1'), await bench.identity('P2')];
  assert.deepEqual([kept.feedOpposition, kept.status], [false, 'QUAL']);
  assert.deepEqual([back.feedOpposition, back.status, back.matricule], [true, 'VALI', null]);
});

test('a merge by hand keeps the numbers of another domain in use', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  const { survivor, loser } = await twoRecords(bench);
  await context.pool.query(
    `insert into identity_identifier (domain, value, identity_id, kind) values ('1.2.3.4', 'B7', $1, 'PI')`,
    [loser],
  );
  const cause = { at: context.now(), actor: CELL.name, source: 'console' };
  const merged = await transaction(context.pool, (tx) =>
    mergeRecords(tx, context, { survivorId: survivor, loserId: loser }, cause),
  );
  assert.ok(merged.ok);
  const numbers = (await identifiersOf(context.pool, survivor)).map(({ value, retired }) => [value, retired]);
  assert.deepEqual(numbers.toSorted(), [
    ['B7', false],
    ['P1', false],
    ['P2', true],
  ]);
});

/** The same gateway, where this happens once, just before its first transaction. */
function before({ context }: UseCaseBench, happens: () => Promise<unknown>): UseCaseBench['context'] {
  const { pool } = context;
  let happened: Promise<unknown> | undefined;
  const connect = async () => {
    happened ??= happens();
    await happened;
    return pool.connect();
  };
  const late = Object.create(pool, { connect: { value: connect }, query: { value: pool.query.bind(pool) } });
  return { ...context, pool: late };
}

test('a document that is being looked at while its merge is undone does not go back to the other record', async (t) => {
  const bench = await openBench(t);
  const { loser } = await twoRecords(bench);
  await bench.admit(MERGE);
  bench.leaveToDocumentTask();
  await bench.file({ patient: { ipp: 'P2' } });
  const [task] = await claimTasks(bench.context.pool, { kinds: ['document'], worker: 1, limit: 1, leaseMs: 60_000 });
  assert.ok(task);
  const context = before(bench, () => undoMerge(bench.context, loser, 'erreur', CELL));
  await documentTaskHandler(context, STAMPER)(task);
  await bench.settle();
  const { state, identityId } = await bench.document();
  assert.deepEqual([state, identityId, bench.dmp.submitted.length], ['waiting', loser, 0]);
});

test('a document known to be of the other record follows, even while it is being prepared', async (t) => {
  const bench = await openBench(t);
  const { survivor, loser } = await twoRecords(bench);
  await bench.admit(MERGE);
  bench.leaveToDocumentTask();
  await bench.file({ patient: { ipp: 'P2' } });
  await bench.context.pool.query('update document set identity_id = $1', [survivor]);
  const [task] = await claimTasks(bench.context.pool, { kinds: ['document'], worker: 1, limit: 1, leaseMs: 60_000 });
  assert.ok(task);
  const context = before(bench, () => undoMerge(bench.context, loser, 'erreur', CELL));
  await documentTaskHandler(context, STAMPER)(task);
  await bench.settle();
  const { state, identityId } = await bench.document();
  assert.deepEqual([state, identityId, bench.dmp.submitted.length], ['waiting', loser, 0]);
});
