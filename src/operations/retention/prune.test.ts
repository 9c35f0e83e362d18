import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openBench, type UseCaseBench } from '../../../test/support/use-case-bench.ts';
import { formOf } from '../../documents/index.ts';
import { hold, verifyAtDmp } from '../../feed/desk.ts';
import { askAgain } from '../../feed/index.ts';
import { one, transaction } from '../../store/db.ts';
import { unknownSince } from '../../store/observations.ts';
import { verifyChain } from '../../store/proofs.ts';
import { legalHoldOf, setLegalHold } from '../../store/retention.ts';
import { prune } from './prune.ts';

const DAY = 86_400_000;

function pruneContext({ context: { pool, now, config } }: UseCaseBench) {
  return { pool, now, retention: { ...config.retention, load: 1, batch: 2 } };
}

async function run(bench: UseCaseBench, dryRun = false): Promise<Record<string, number>> {
  const totals = await prune(pruneContext(bench), { dryRun });
  return Object.fromEntries(Object.entries(totals).map(([rule, { rows }]) => [rule, rows]));
}

/** One admission, one accepted document of a qualified patient. */
async function accepted(t: TestContext): Promise<UseCaseBench> {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file();
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
  return bench;
}

async function contents(bench: UseCaseBench) {
  return one<{ messages: number; built: number; documents: number; events: number; ledger: number }>(
    bench.context.pool,
    `select (select count(*) from inbound_message where length(body) > 0) as messages,
       (select count(*) from document_cda) as built, (select count(*) from document) as documents,
       (select count(*) from document_event) as events, (select count(*) from ledger) as ledger`,
  );
}

test('a content goes when its time has come, the rest stays, and a rehearsal changes nothing', async (t) => {
  const bench = await accepted(t);
  const before = await contents(bench);
  assert.deepEqual(await run(bench), {});
  bench.advance(100 * DAY);
  assert.deepEqual(await run(bench), { 'TDU-RET-004': 1 }, 'the admission after 90 days');
  bench.advance(100 * DAY);
  assert.deepEqual(await run(bench, true), { 'TDU-RET-001': 1 });
  assert.equal((await contents(bench)).built, before.built);
  assert.deepEqual(await run(bench), { 'TDU-RET-001': 1 });
  assert.deepEqual(await contents(bench), { ...before, messages: 0, built: 0 });
  assert.deepEqual(await run(bench), {}, 'once');
  const total = await one<object>(
    bench.context.pool,
    `select rows, bytes > 500 as large from pruned_total where rule_id = 'TDU-RET-001'`,
  );
  assert.deepEqual(total, { rows: 1, large: true });
  assert.equal((await verifyChain(bench.context.pool, 'ledger')).brokenAt, undefined);
});

test('what was pruned says when and by which rule, in every form', async (t) => {
  const bench = await accepted(t);
  bench.advance(200 * DAY);
  await run(bench);
  const document = await bench.document();
  for (const form of ['original', 'prepared', 'cda'] as const) {
    const read = await formOf(bench.context.pool, document, form);
    assert.ok(!read.ok);
    assert.equal(read.refusal.rule.id, 'TDU-RET-020');
    assert.equal(read.refusal.detail, 'purgé le 11/06/2027 par la règle TDU-RET-001');
  }
});

test('what waits is never pruned, what was refused is kept longer', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.file();
  await bench.settle();
  assert.equal((await bench.document()).state, 'waiting');
  bench.advance(5_000 * DAY);
  await run(bench);
  assert.equal(
    (await one<{ n: number }>(bench.context.pool, `select count(*) as n from document where pruned_at is not null`)).n,
    0,
  );
  const document = await bench.document();
  await bench.context.pool.query(`update document set state = 'refused', updated_at = $1`, [bench.context.now()]);
  bench.advance(300 * DAY);
  assert.deepEqual(await run(bench), {});
  bench.advance(100 * DAY);
  assert.deepEqual(await run(bench), { 'TDU-RET-003': 1 });
  assert.equal((await formOf(bench.context.pool, document, 'original')).ok, false);
});

test('a legal hold keeps a content until it is lifted', async (t) => {
  const bench = await accepted(t);
  const { pool, now } = bench.context;
  const { id } = await bench.document();
  const hold = { at: now(), by: 'user:juriste', reason: 'contentieux' };
  await transaction(pool, (tx) => setLegalHold(tx, id, hold));
  bench.advance(4_000 * DAY);
  assert.equal((await run(bench))['TDU-RET-001'], undefined);
  assert.deepEqual(await legalHoldOf(pool, id), hold);
  await transaction(pool, (tx) => setLegalHold(tx, id, undefined));
  assert.equal((await run(bench))['TDU-RET-001'], 1);
});

test('a document whose content is gone, taken up again, is to be sent again by the DPI', async (t) => {
  const bench = await openBench(t);
  bench.dmp.existenceAnswer = () => ({ kind: 'answered', value: { state: 'absent' } });
  await bench.admit();
  await bench.file();
  await bench.settle();
  const { id, state } = await bench.document();
  assert.equal(state, 'withdrawn');
  bench.advance(400 * DAY);
  assert.equal((await run(bench))['TDU-RET-002'], 1);
  bench.dmp.existenceAnswer = () => ({
    kind: 'answered',
    value: { state: 'active', authorisation: 'valid', treatingPhysician: false },
  });
  assert.ok((await askAgain(bench.context, id, 'user:a')).ok);
  await bench.settle();
  assert.equal((await bench.document()).ruleId, 'TDU-FEED-006', 'so late, a person confirms first');
  assert.ok((await askAgain(bench.context, id, 'user:a')).ok);
  await bench.settle();
  const { state: now, ruleId } = await bench.document();
  assert.deepEqual([now, ruleId], ['refused', 'TDU-RET-020']);
});

test('a document whose content is gone is verified by its proof; lost by the DMP, it is to be sent again by the DPI', async (t) => {
  const bench = await accepted(t);
  const { pool } = bench.context;
  bench.advance(200 * DAY);
  assert.equal((await run(bench))['TDU-RET-001'], 1);
  const { id } = await bench.document();
  const verify = () =>
    transaction(pool, async (tx) => {
      const held = await hold(tx, id);
      assert.ok(held);
      assert.ok((await verifyAtDmp(tx, bench.context, held, 'user:a')).ok);
    });
  const sent = await one<{ sha1: string }>(pool, 'select document_sha1 as sha1 from ledger');
  const holds = [{ entryUuid: 'a', status: 'Approved' as const, hash: sent.sha1 }];
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: [] });
  await verify();
  await bench.run('reconcile');
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: holds });
  await bench.run('reconcile');
  assert.equal((await bench.document()).state, 'accepted');
  bench.dmp.findAnswer = () => ({ kind: 'answered', value: [] });
  await verify();
  await bench.run('reconcile');
  assert.equal((await bench.document()).state, 'unknown', 'absent once: what it said before does not count');
  const aMinuteAgo = new Date(bench.context.now().getTime() - 60_000);
  assert.deepEqual(await unknownSince(pool, aMinuteAgo), [], 'sent long ago, unknown since now');
  assert.equal((await unknownSince(pool, new Date(aMinuteAgo.getTime() + 120_000))).length, 1);
  await bench.run('reconcile');
  await bench.run('deliver');
  const { state, ruleId } = await bench.document();
  assert.deepEqual([state, ruleId], ['refused', 'TDU-RET-020']);
  assert.equal(bench.dmp.submitted.length, 1);
  assert.ok(!(await askAgain(bench.context, id, 'user:a')).ok, 'looking again brings nothing back');
});

test('texts of old answers, expired sessions and calls of long ago', async (t) => {
  const bench = await accepted(t);
  const { pool } = bench.context;
  await pool.query(`update answer set state = 'delivered'`);
  bench.advance(2_000 * DAY);
  const done = await run(bench);
  assert.equal(done['TDU-RET-006'], 1);
  assert.ok((done['TDU-RET-007'] ?? 0) >= 1);
  assert.equal((await one<{ n: number }>(pool, 'select count(*) as n from insi_call')).n, 0);
  assert.equal(
    (await one<{ n: number }>(pool, 'select count(*) as n from answer')).n,
    1,
    'that an answer was given stays',
  );
});

test('two processes that prune at once do the work once', async (t) => {
  const bench = await accepted(t);
  for (let i = 0; i < 6; i++) await bench.admit();
  bench.advance(100 * DAY);
  const both = await Promise.all([run(bench), run(bench)]);
  const rows = both.reduce((sum, done) => sum + (done['TDU-RET-004'] ?? 0), 0);
  assert.equal(rows, 7);
});
