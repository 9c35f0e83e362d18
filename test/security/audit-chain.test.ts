/** The audit trail and the proof ledger cannot be changed unseen once sealed (promise 8). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiBench, startApi } from '../../src/api/api.fixture.ts';
import { createDocument, createPatient } from '../../src/api/samples.fixture.ts';
import { DEMO_EG, DEMO_EJ } from '../../src/demo/structure.ts';
import { addLedgerEntry, type Chain, sealChain, verifyChain } from '../../src/store/proofs.ts';

describe('The sealed chains', () => {
  let bench: ApiBench;
  const pool = () => bench.context.pool;
  /** One per call of the API in `before`. */
  const ROWS = 7;
  before(async () => {
    bench = await startApi();
    const patient = await createPatient(bench, 'IPP-CHAINE');
    const document = await createDocument(bench);
    for (const path of [`/patients/${patient}`, `/patients/${patient}/history`, `/documents/${document}`])
      await bench.call('GET', path);
    await bench.call('GET', `/documents/${document}/content?reason=essai`);
    for (const id of [document, await createDocument(bench)])
      await addLedgerEntry(pool(), {
        at: new Date(),
        ej: DEMO_EJ,
        eg: DEMO_EG,
        documentId: id,
        destination: 'DMP',
        act: 'acceptance',
        uniqueId: '1.2.3',
        typeCode: '11490-0',
        submissionUniqueId: '1.2.4',
        documentSha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
        oid: '1.2.250.1.213.1.4.10',
      });
    assert.equal(await sealChain(pool(), 'audit'), ROWS);
    assert.equal(await sealChain(pool(), 'ledger'), 2);
  });
  after(() => bench.close());

  const brokenAt = async (chain: Chain) => (await verifyChain(pool(), chain)).brokenAt;

  test('hold when nobody touched them, whatever the session that reads', async () => {
    assert.deepEqual(await verifyChain(pool(), 'audit'), { links: ROWS });
    assert.deepEqual(await verifyChain(pool(), 'ledger'), { links: 2 });
    const { rows } = await pool().query<{ name: string }>('select current_database() as name');
    await pool().query(`alter database "${rows[0]?.name}" set timezone to 'Asia/Kolkata'`);
    await pool().query(`alter database "${rows[0]?.name}" set datestyle to 'German'`);
    assert.equal(await brokenAt('audit'), undefined);
  });

  test('every access left a link, and sealing again adds none', async () => {
    assert.equal(await sealChain(pool(), 'audit'), 0);
    const { rows } = await pool().query(
      'select 1 from audit a left join audit_seal s on s.audit_id = a.id where s.id is null',
    );
    assert.equal(rows.length, 0);
  });

  const FLIPS: readonly (readonly [Chain, string, string])[] = [
    ...['actor', 'role', 'action', 'subject', 'outcome'].map(
      (column) => ['audit', column, `overlay(${column} placing chr(ascii(${column}) # 1) from 1 for 1)`] as const,
    ),
    ['audit', 'reason', `coalesce(reason, '') || ' '`],
    ['audit', 'at', `at + interval '1 microsecond'`],
    ...['ej', 'eg', 'destination', 'unique_id', 'type_code', 'submission_unique_id', 'document_sha1', 'oid'].map(
      (column) => ['ledger', column, `overlay(${column} placing chr(ascii(${column}) # 1) from 1 for 1)`] as const,
    ),
    ['ledger', 'at', `at - interval '1 microsecond'`],
  ];
  for (const [chain, column, change] of FLIPS)
    test(`one bit of ${chain}.${column} is seen, and where`, async () => {
      const { rows } = await pool().query<{ before: unknown }>(`select ${column} as before from ${chain} where id = 2`);
      await pool().query(`update ${chain} set ${column} = ${change} where id = 2`);
      assert.equal(await brokenAt(chain), 2);
      // As text: a JavaScript date would lose the microseconds.
      const undo = column === 'at' ? `at ${change.includes('+') ? '-' : '+'} interval '1 microsecond'` : '$1';
      await pool().query(
        `update ${chain} set ${column} = ${undo} where id = 2`,
        column === 'at' ? [] : [rows[0]?.before],
      );
      assert.equal(await brokenAt(chain), undefined);
    });

  test('one bit of a seal is seen', async () => {
    for (const column of ['hash', 'previous']) {
      const flip = `update audit_seal set ${column} = set_bit(${column}, 7, 1 - get_bit(${column}, 7)) where id = 3`;
      await pool().query(flip);
      assert.equal(await brokenAt('audit'), 3, column);
      await pool().query(flip);
    }
    assert.equal(await brokenAt('audit'), undefined);
  });

  test('a row cannot be taken out of the middle, nor two rows exchanged', async () => {
    await assert.rejects(pool().query('delete from audit where id = 2'), /foreign key/);
    await pool().query('create table taken as select * from audit_seal where id = 4');
    await pool().query('delete from audit_seal where id = 4');
    assert.equal(await brokenAt('audit'), 5);
    await pool().query('insert into audit_seal select * from taken');
    assert.equal(await brokenAt('audit'), undefined);
    const swap = 'update audit_seal set audit_id = -audit_id where id in (3, 4)';
    await pool().query('alter table audit_seal drop constraint audit_seal_audit_id_fkey');
    await pool().query(swap);
    await pool().query('update audit_seal set audit_id = case id when 3 then 4 else 3 end where id in (3, 4)');
    assert.equal(await brokenAt('audit'), 3);
  });
});
