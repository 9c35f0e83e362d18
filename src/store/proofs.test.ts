import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPool, type Pool, transaction } from './db.ts';
import { addAudit, addLedgerEntry, sealChain, verifyChain } from './proofs.ts';
import { AT, putDocument, testPool } from './store.fixture.ts';

async function audit(pool: Pool, ...subjects: string[]): Promise<void> {
  for (const subject of subjects)
    await addAudit(pool, {
      at: AT,
      actor: 'user:demo',
      role: 'reader',
      action: 'GET /documents/{id}',
      subject,
      reason: null,
      outcome: 'ok',
    });
}

async function ledgerEntry(pool: Pool, documentId: string, uniqueId: string): Promise<void> {
  await addLedgerEntry(pool, {
    at: AT,
    ej: '990000010',
    eg: '990000028',
    documentId,
    destination: 'DMP',
    act: 'acceptance',
    uniqueId,
    typeCode: '11490-0',
    submissionUniqueId: '1.2.3.9',
    documentSha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    oid: '1.2.250.1.213.1.4.10',
  });
}

test('sealed in several turns, the chain holds from its first row to its last', async (t) => {
  const { pool } = await testPool(t);
  assert.deepEqual(await verifyChain(pool, 'audit'), { links: 0 });
  await audit(pool, 'a', 'b', 'c');
  assert.equal(await sealChain(pool, 'audit', 2), 2);
  assert.equal(await sealChain(pool, 'audit', 2), 1);
  assert.equal(await sealChain(pool, 'audit', 2), 0);
  await audit(pool, 'd');
  assert.equal(await sealChain(pool, 'audit'), 1);
  assert.deepEqual(await verifyChain(pool, 'audit'), { links: 4 });
});

test('the first rows of a chain are sealed by a usual turn, in whatever order they were committed', async (t) => {
  const { pool } = await testPool(t);
  const late = await pool.connect();
  const insert = `insert into audit (at, actor, role, action, subject, outcome) values (now(), 'user:a', '-', 'essai', $1, '200')`;
  await late.query('begin');
  await late.query(insert, ['its number is the first, and it commits last']);
  await pool.query(insert, ['sealed before it']);
  assert.equal(await sealChain(pool, 'audit', 10, false), 1);
  await late.query('commit');
  late.release();
  assert.equal(await sealChain(pool, 'audit', 10, false), 1);
  assert.deepEqual(await verifyChain(pool, 'audit'), { links: 2 });
});

test('a usual turn looks at the recent rows; one that was committed long after those around it waits for a whole look', async (t) => {
  const { pool } = await testPool(t);
  await audit(pool, 'a');
  const late = await pool.connect();
  await late.query('begin');
  await late.query(
    `insert into audit (at, actor, role, action, subject, outcome) values (now(), 'user:a', '-', 'essai', 'late', '200')`,
  );
  await pool.query(
    `insert into audit (at, actor, role, action, subject, outcome)
     select now(), 'system', '-', 'essai', n::text, '200' from generate_series(1, 2100) n`,
  );
  assert.equal(await sealChain(pool, 'audit', 5_000, false), 2_101);
  await late.query('commit');
  late.release();
  await audit(pool, 'z');
  assert.equal(await sealChain(pool, 'audit', 5_000, false), 1);
  assert.equal(await sealChain(pool, 'audit', 5_000, true), 1);
  assert.deepEqual(await verifyChain(pool, 'audit'), { links: 2_103 });
});

test('a seal does not depend on the settings of the session that verifies it', async (t) => {
  const { pool, url } = await testPool(t);
  await audit(pool, 'a', 'b');
  await sealChain(pool, 'audit');
  const elsewhere = new URL(url);
  elsewhere.searchParams.set('options', '-c timezone=Indian/Reunion -c datestyle=SQL,DMY');
  const other = openPool(elsewhere.href, 1, () => undefined);
  try {
    const { rows } = await other.query<{ text: string }>('select at::text as text from audit limit 1');
    assert.equal(rows[0]?.text, '02/03/2026 12:00:00 +04');
    assert.deepEqual(await verifyChain(other, 'audit'), { links: 2 });
  } finally {
    await other.end();
  }
});

test('one changed row breaks the chain where it stands', async (t) => {
  const { pool } = await testPool(t);
  await audit(pool, 'a', 'b', 'c', 'd');
  await sealChain(pool, 'audit');
  await pool.query(`update audit set at = at + interval '1 microsecond' where subject = 'c'`);
  assert.deepEqual(await verifyChain(pool, 'audit'), { links: 2, brokenAt: 3 });
});

test('one changed bit of a seal, or a link taken out, breaks the chain', async (t) => {
  const { pool } = await testPool(t);
  await audit(pool, 'a', 'b', 'c', 'd');
  await sealChain(pool, 'audit');
  const flip = 'update audit_seal set hash = set_bit(hash, 0, 1 - get_bit(hash, 0)) where id = 2';
  await pool.query(flip);
  assert.deepEqual(await verifyChain(pool, 'audit'), { links: 1, brokenAt: 2 });
  await pool.query(flip);
  assert.deepEqual(await verifyChain(pool, 'audit'), { links: 4 });
  await pool.query('delete from audit_seal where id = 3');
  assert.deepEqual(await verifyChain(pool, 'audit'), { links: 2, brokenAt: 4 });
});

test('a sealed row cannot be deleted', async (t) => {
  const { pool } = await testPool(t);
  await audit(pool, 'a');
  await sealChain(pool, 'audit');
  await assert.rejects(pool.query('delete from audit'), /violates foreign key constraint/);
});

test('one sealer at a time: a second one leaves without waiting', async (t) => {
  const { pool } = await testPool(t);
  await audit(pool, 'a');
  await transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(7031002)');
    assert.equal(await sealChain(pool, 'audit'), 0);
  });
  assert.equal(await sealChain(pool, 'audit'), 1);
});

test('one acceptance is one line of the ledger, and a line cannot be rewritten unseen', async (t) => {
  const { pool } = await testPool(t);
  for (const number of [1, 2]) {
    const { document } = await putDocument(pool, `C-${number}`, `1.2.3.${number}`);
    await ledgerEntry(pool, document.id, document.uniqueId);
    await ledgerEntry(pool, document.id, document.uniqueId);
  }
  assert.equal(await sealChain(pool, 'ledger'), 2);
  assert.deepEqual(await verifyChain(pool, 'ledger'), { links: 2 });
  await pool.query(`update ledger set document_sha1 = replace(document_sha1, 'd', 'e') where unique_id = '1.2.3.2'`);
  assert.deepEqual(await verifyChain(pool, 'ledger'), { links: 1, brokenAt: 2 });
});

test('a column that a later version adds breaks no chain', async (t) => {
  const { pool } = await testPool(t);
  const { document } = await putDocument(pool, 'C-1', '1.2.3.1');
  await ledgerEntry(pool, document.id, document.uniqueId);
  await audit(pool, 'a');
  await sealChain(pool, 'ledger');
  await sealChain(pool, 'audit');
  for (const table of ['ledger', 'audit']) await pool.query(`alter table ${table} add column note text default 'x'`);
  assert.deepEqual([await verifyChain(pool, 'ledger'), await verifyChain(pool, 'audit')], [{ links: 1 }, { links: 1 }]);
  await pool.query(`update ledger set eg = '990000036'`);
  assert.deepEqual(await verifyChain(pool, 'ledger'), { links: 0, brokenAt: 1 });
});
