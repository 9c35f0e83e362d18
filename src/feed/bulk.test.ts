import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { bulkRules } from '../rules/bulk.ts';
import { feedRules } from '../rules/feed.ts';
import { mappingRules } from '../rules/mapping.ts';
import type { Result } from '../rules/rule.ts';
import {
  type BulkOperation,
  type BulkSelection,
  bulkItemCounts,
  bulkOperationById,
  listBulkItems,
} from '../store/bulk-operations.ts';
import { many } from '../store/db.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity } from '../wire/cda/cda.fixture.ts';
import { approveBulk, type BulkRequest, cancelBulk, pauseBulk, prepareBulk, resumeBulk, submitBulk } from './bulk.ts';
import { withdrawDocument } from './desk.ts';

const CLAIRE = { name: 'user:claire', eg: null };
const PAUL = { name: 'user:paul', eg: null };
const WAITING: BulkSelection = { state: 'waiting' };

function ruleOf(result: Result<unknown>): string | undefined {
  return result.ok ? undefined : result.refusal.rule.id;
}

function outcomeOf<T>(result: Result<T>): T {
  assert.ok(result.ok, ruleOf(result));
  return result.value;
}

function limits(bulk: NonNullable<ConfigInput['bulk']>): (config: ConfigInput) => ConfigInput {
  return (config) => ({ ...config, bulk });
}

const takeUp = (parts: Partial<BulkRequest> = {}): BulkRequest => ({
  action: 'take-up',
  selection: WAITING,
  reason: 'panne corrigée',
  ...parts,
});

/** Documents that wait because their patient is provisional. */
async function waitingDocuments(bench: UseCaseBench, count: number): Promise<void> {
  await bench.admit({ patient: { status: 'PROV' } });
  for (let i = 0; i < count; i++) await bench.file({ title: `Lettre ${i}` });
  await bench.settle();
}

async function open(t: TestContext, count: number, bulk: NonNullable<ConfigInput['bulk']> = {}): Promise<UseCaseBench> {
  const bench = await openBench(t, limits(bulk));
  await waitingDocuments(bench, count);
  return bench;
}

async function counts(bench: UseCaseBench, { id }: BulkOperation): Promise<string[]> {
  return (await bulkItemCounts(bench.context.pool, id)).map(
    ({ state, ruleId, items }) => `${state} ${ruleId ?? ''} ${items}`,
  );
}

async function states(bench: UseCaseBench): Promise<string[]> {
  return (
    await many<{ state: string; n: number }>(
      bench.context.pool,
      'select state, count(*)::integer as n from document group by state order by state',
    )
  ).map(({ state, n }) => `${state} ${n}`);
}

/** The careless operator of T-R19. */
test('nothing is replayed without criterion, count, fresh rehearsal and second person; beyond the ceiling, never', async (t) => {
  const bench = await open(t, 4, { aloneUpTo: 2, ceiling: 5, rehearsalHours: 1 });
  const { context } = bench;
  assert.equal(
    ruleOf(await prepareBulk(context, CLAIRE, takeUp({ selection: {} }))),
    bulkRules.selectionWithoutCriterion.id,
  );
  assert.equal(
    ruleOf(await prepareBulk(context, CLAIRE, takeUp({ selection: { state: 'refused' } }))),
    bulkRules.selectionEmpty.id,
  );
  const { id, count } = outcomeOf(await prepareBulk(context, CLAIRE, takeUp()));
  assert.equal(count, 4);
  assert.equal(ruleOf(await approveBulk(context, PAUL, id, 4)), bulkRules.wrongMoment.id);
  assert.equal(ruleOf(await submitBulk(context, CLAIRE, id, 3)), bulkRules.countDiffers.id);
  assert.equal(outcomeOf(await submitBulk(context, CLAIRE, id, 4)).state, 'proposed');
  assert.equal(ruleOf(await approveBulk(context, CLAIRE, id, 4)), bulkRules.secondPerson.id);
  assert.equal(ruleOf(await approveBulk(context, PAUL, id, 40)), bulkRules.countDiffers.id);
  bench.advance(2 * 3_600_000);
  assert.equal(ruleOf(await approveBulk(context, PAUL, id, 4)), bulkRules.rehearsalTooOld.id);
  assert.deepEqual(
    (await bench.tasks()).filter(({ kind }) => kind === 'bulk'),
    [],
    'nothing has started',
  );
  for (const title of ['5', '6']) await bench.file({ title });
  await bench.settle();
  assert.equal(ruleOf(await prepareBulk(context, CLAIRE, takeUp())), bulkRules.selectionTooWide.id);
});

test('an approved operation takes up the frozen list, once, and every document says who asked and who approved', async (t) => {
  const bench = await open(t, 30, { aloneUpTo: 2 });
  const { context } = bench;
  const { id } = outcomeOf(await prepareBulk(context, CLAIRE, takeUp()));
  await bench.file({ title: 'Arrivée après la répétition' });
  outcomeOf(await submitBulk(context, CLAIRE, id, 30));
  const running = outcomeOf(await approveBulk(context, PAUL, id, 30));
  assert.deepEqual([running.state, running.approvedBy], ['running', PAUL.name]);
  await bench.run('bulk');
  assert.deepEqual(await counts(bench, running), ['done  25', 'pending  5']);
  const [bulk] = (await bench.tasks()).filter(({ kind }) => kind === 'bulk');
  assert.ok(bulk && bulk.inMs > 1_000, 'the next batch waits for its share of the minute');
  await bench.run('bulk');
  assert.deepEqual(await counts(bench, running), ['done  30']);
  const again = await many<{ detail: string }>(
    context.pool,
    `select detail from document_event where step = 'asked-again'`,
  );
  assert.equal(again.length, 30);
  assert.match(again[0]?.detail ?? '', /^user:claire, approuvé par user:paul \(opération /);
  assert.equal((await bulkOperationById(context.pool, id))?.state, 'done');
  assert.equal(ruleOf(await approveBulk(context, PAUL, id, 30)), bulkRules.wrongMoment.id);
  await bench.settle();
  assert.deepEqual(await states(bench), ['waiting 31']);
});

test('executed twice, by two operations on the same documents: one sending each', async (t) => {
  const bench = await openBench(t, limits({ aloneUpTo: 50 }));
  const { context } = bench;
  await bench.admit({ patient: { status: 'PROV' } });
  for (const title of ['1', '2', '3']) {
    await bench.file({ title });
    const { id } = await bench.document();
    assert.ok((await withdrawDocument(context, id, { actor: CLAIRE.name, reason: 'en double' })).ok);
  }
  await bench.admit({ event: 'A31' });
  await bench.settle();
  assert.deepEqual(await states(bench), ['withdrawn 3']);
  const request = takeUp({ selection: { rule: feedRules.withdrawnByPerson.id } });
  const first = outcomeOf(await prepareBulk(context, CLAIRE, request));
  const second = outcomeOf(await prepareBulk(context, CLAIRE, request));
  for (const { id } of [first, second])
    assert.equal(outcomeOf(await submitBulk(context, CLAIRE, id, 3)).state, 'running');
  await bench.settle();
  assert.deepEqual(await states(bench), ['accepted 3']);
  assert.equal(bench.dmp.submitted.length, 3);
  assert.deepEqual(await counts(bench, first), ['done  3']);
  const late = await counts(bench, second);
  assert.ok(
    late.length === 1 && (late[0] === 'done  3' || late[0] === `skipped ${feedRules.notWaiting.id} 3`),
    late[0],
  );
});

test('a paused operation stops after the item in progress, goes on when told; a cancelled one leaves the rest', async (t) => {
  const bench = await open(t, 30, { aloneUpTo: 50 });
  const { context } = bench;
  const { id } = outcomeOf(await prepareBulk(context, CLAIRE, takeUp()));
  const running = outcomeOf(await submitBulk(context, CLAIRE, id, 30));
  await bench.run('bulk');
  outcomeOf(await pauseBulk(context, CLAIRE, id));
  await bench.run('bulk');
  assert.deepEqual(await counts(bench, running), ['done  25', 'pending  5']);
  outcomeOf(await resumeBulk(context, CLAIRE, id));
  outcomeOf(await cancelBulk(context, PAUL, id));
  await bench.run('bulk');
  assert.deepEqual(await counts(bench, running), ['done  25', 'pending  5']);
  assert.equal(ruleOf(await resumeBulk(context, CLAIRE, id)), bulkRules.wrongMoment.id);
});

test('corrected and taken up: a document of ours that waits for its type leaves with the new one; a received CDA is left alone', async (t) => {
  const bench = await openBench(t, limits({ aloneUpTo: 50 }));
  const { context } = bench;
  await bench.admit();
  await bench.file({ type: { code: '00000-0', label: 'Inconnu' } });
  await bench.settle();
  assert.deepEqual(await states(bench), ['waiting 1']);
  const selection = { rule: mappingRules.typeUnmapped.id };
  const correct = (correction: BulkRequest['correction']) =>
    prepareBulk(context, CLAIRE, { action: 'correct', selection, correction, reason: 'code local' });
  assert.equal(ruleOf(await correct(undefined)), bulkRules.correctionMissing.id);
  assert.equal(ruleOf(await correct({ typeCode: '1' })), bulkRules.correctionMissing.id);
  const author = { id: '12', family: 'MARTIN', given: 'CLAIRE', specialty: 'G15_10/SM26', specialtyLabel: 'Médecine' };
  assert.equal(ruleOf(await correct({ author })), bulkRules.correctionMissing.id);
  const { id } = outcomeOf(await correct({ typeCode: '11490-0', title: 'Lettre de liaison corrigée' }));
  outcomeOf(await submitBulk(context, CLAIRE, id, 1));
  await bench.settle();
  const sent = await bench.document();
  assert.deepEqual([sent.state, sent.typeCode, sent.title], ['accepted', '11490-0', 'Lettre de liaison corrigée']);
  assert.ok(sent.steps.includes('corrected'));
  const [document] = bench.dmp.submitted[0]?.documents ?? [];
  assert.match(Buffer.from(document?.bytes ?? []).toString('utf8'), /Lettre de liaison corrigée/);
});

test('a CDA of its creator is never corrected', async (t) => {
  const bench = await openBench(t);
  const content = buildLevelOneCda(levelOneDocument({ patient: qualifiedIdentity() }));
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.file({ content, mime: ['text', 'XML'] });
  await bench.settle();
  const request: BulkRequest = {
    action: 'correct',
    selection: WAITING,
    correction: { title: 'Autre' },
    reason: 'essai',
  };
  assert.equal(ruleOf(await prepareBulk(bench.context, CLAIRE, request)), bulkRules.selectionEmpty.id);
});

test('verified in the DMP: what it holds stays accepted and is proven and answered once; what it lost goes again, after asking', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  await bench.admit();
  await bench.file({ title: 'Gardé' });
  await bench.settle();
  const answered = (await bench.answers()).length;
  const verify = async () => {
    const request: BulkRequest = { action: 'verify', selection: { state: 'accepted' }, reason: 'incident DMP' };
    const { id } = outcomeOf(await prepareBulk(context, CLAIRE, request));
    assert.equal(outcomeOf(await submitBulk(context, CLAIRE, id, 1)).state, 'proposed', 'one person is never enough');
    outcomeOf(await approveBulk(context, PAUL, id, 1));
    await bench.run('bulk');
  };
  await verify();
  assert.equal((await bench.document()).state, 'unknown');
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: [{ entryUuid: 'a', status: 'Approved' }] });
  await bench.run('reconcile');
  assert.deepEqual([await states(bench), bench.dmp.submitted.length], [['accepted 1'], 1]);
  await verify();
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: [] });
  for (let asked = 0; asked < 2; asked++) await bench.run('reconcile');
  await bench.settle();
  assert.deepEqual([await states(bench), bench.dmp.submitted.length], [['accepted 1'], 2]);
  assert.equal(
    bench.dmp.submitted[1]?.documents[0]?.entry.uniqueId,
    bench.dmp.submitted[0]?.documents[0]?.entry.uniqueId,
  );
  const { rowCount } = await context.pool.query('select 1 from ledger');
  assert.deepEqual([rowCount, (await bench.answers()).length], [1, answered]);
});

test('withdrawn in bulk: what waits does not leave, its sender is told', async (t) => {
  const bench = await open(t, 3);
  const { id } = outcomeOf(
    await prepareBulk(bench.context, CLAIRE, takeUp({ action: 'withdraw', reason: 'doublons' })),
  );
  outcomeOf(await submitBulk(bench.context, CLAIRE, id, 3));
  await bench.run('bulk');
  assert.deepEqual(await states(bench), ['withdrawn 3']);
  assert.equal((await bench.answers()).length, 3);
});

test('a message refused because its sender was unknown is read again once declared; an admission is not', async (t) => {
  const declaredOnly = (config: ConfigInput) => ({
    ...config,
    sources: config.sources.flatMap((source) => ['GAM', 'DPI'].map((application) => ({ ...source, application }))),
  });
  const bench = await openBench(t, declaredOnly);
  const { context } = bench;
  await bench.admit();
  const unknown = (text: string) => text.replace(/\|DPI\|CH-DEMO\|/, '|DPI-NOUVEAU|AILLEURS|');
  await assert.rejects(bench.file({}, unknown));
  await assert.rejects(bench.admit({}, (text) => text.replace('|GAM|CH-DEMO|', '|GAM-NOUVELLE|AILLEURS|')));
  const request: BulkRequest = { action: 're-read', selection: { rule: 'TDU-SYS-003' }, reason: 'source déclarée' };
  const prepared = outcomeOf(await prepareBulk(context, CLAIRE, request));
  assert.deepEqual([prepared.selected, prepared.count], [2, 1]);
  const [first] = context.config.sources;
  assert.ok(first);
  const declared = { ...first, application: 'DPI-NOUVEAU', facility: 'AILLEURS' };
  Object.assign(context.config, { sources: [...context.config.sources, declared] });
  outcomeOf(await submitBulk(context, CLAIRE, prepared.id, 1));
  await bench.settle();
  assert.deepEqual(await states(bench), ['accepted 1']);
  const items = await listBulkItems(context.pool, prepared.id, { after: 0, limit: 10 });
  assert.deepEqual(items.map(({ state, ruleId }) => [state, ruleId]).toSorted(), [
    ['done', null],
    ['skipped', bulkRules.notToReRead.id],
  ]);
});

test('somebody bound to one establishment neither sees nor touches what is prepared for the installation', async (t) => {
  const bench = await open(t, 1);
  const { id } = outcomeOf(await prepareBulk(bench.context, CLAIRE, takeUp()));
  const bound = { name: 'user:jeanne', eg: '990000333' };
  assert.equal(ruleOf(await submitBulk(bench.context, bound, id, 1)), 'TDU-API-003');
  assert.equal(ruleOf(await prepareBulk(bench.context, bound, takeUp())), bulkRules.selectionEmpty.id);
});
