import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bulkRules } from '../rules/bulk.ts';
import { feedRules } from '../rules/feed.ts';
import { one, transaction } from '../store/db.ts';
import { hold, verifyAtDmp, withdrawDocument } from './desk.ts';
import { type Bench, del, held, open, states, V1, V2 } from './versions.fixture.ts';

/** The database as a backup taken while the DMP was away had it: this document is ready, the DMP has got it since. */
async function restoreAsReady(bench: Bench, number: string): Promise<void> {
  const { pool, now } = bench.context;
  const { id } = await one<{ id: string }>(pool, `select id from document where notice->>'number' = $1`, [number]);
  await pool.query(`update document set state = 'ready' where id = $1`, [id]);
  await pool.query(`update document set state = 'accepted' where state = 'replaced'`);
  const delivery = await one<{ id: string }>(
    pool,
    `update delivery set state = 'ready', first_sent_at = null, sent_matricule = null, sent_oid = null, entry_uuid = null,
       original_id = null, original_unique_id = null, original_entry_uuid = null, settled_at = null
     where document_id = $1 returning id`,
    [id],
  );
  await pool.query('insert into restored_delivery (delivery_id, restored_at) values ($1, $2)', [delivery.id, now()]);
  await pool.query(`insert into task (kind, subject, run_at) values ('deliver', $1, now())`, [delivery.id]);
}

test('a replacement that left after the backup is found, and its original is replaced, without a second sending', async (t) => {
  const bench = await open(t);
  for (const document of [V1, V2]) {
    await bench.file(document);
    await bench.settle();
  }
  await restoreAsReady(bench, 'L-2');
  await bench.run('deliver');
  bench.advance(3_600_000);
  await bench.run('reconcile');
  assert.deepEqual(await states(bench), ['create replaced', 'replace accepted']);
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Approved']);
  assert.deepEqual(bench.strict.refused, []);
});

test('what may have left after the backup is not said to be withdrawn before the DMP was asked', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  await restoreAsReady(bench, 'L-1');
  const { id } = await bench.document();
  const withdrawn = await withdrawDocument(bench.context, id, { actor: 'user:a', reason: 'doublon' });
  assert.ok(!withdrawn.ok);
  assert.equal(withdrawn.refusal.rule.id, feedRules.restored.id);
});

test('a version that may have left after the backup is asked for before a later one takes its place', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  await restoreAsReady(bench, 'L-1');
  await bench.file(V2);
  await bench.run('document', 'deliver');
  assert.deepEqual(await states(bench), ['create unknown TDU-FEED-061', 'replace ready TDU-VER-001']);
  bench.advance(3_600_000);
  await bench.run('reconcile');
  await bench.settle();
  assert.deepEqual(await states(bench), ['create replaced', 'replace accepted']);
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Approved']);
});

test('a document whose deletion is on its way is not verified: what the DMP says of it is about to change', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const { id } = await bench.document();
  bench.strict.line = () => 'down';
  await bench.file(del('L-1'));
  await bench.settle();
  assert.deepEqual(await states(bench), ['create accepted', 'delete ready TDU-DMP-001']);
  const { pool } = bench.context;
  const verified = await transaction(pool, async (tx) => {
    const document = await hold(tx, id);
    assert.ok(document);
    return verifyAtDmp(tx, bench.context, document, 'user:a');
  });
  assert.ok(!verified.ok);
  assert.equal(verified.refusal.rule.id, bulkRules.versionOnItsWay.id);
});
