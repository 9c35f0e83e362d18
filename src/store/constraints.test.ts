/** The schema itself refuses what the code must never do (design 4 and 6): each refusal names its constraint. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { freezeSending, setDeliveryState } from './deliveries.ts';
import { setDocumentState } from './documents.ts';
import { identityById, insertIdentity, updateIdentity } from './identities.ts';
import { keepRefusedMessage } from './messages.ts';
import {
  AT,
  documentRecord,
  identityRecord,
  insertDocument,
  putDocument,
  putMessage,
  testPool,
} from './store.fixture.ts';

/** The statement must be refused by this constraint and no other. */
async function refusedBy(constraint: string, statement: Promise<unknown>): Promise<void> {
  await assert.rejects(statement, (error) => {
    assert.ok(error instanceof pg.DatabaseError, String(error));
    assert.equal(error.constraint, constraint);
    return true;
  });
}

const NO_INS = { matricule: null, oid: null } as const;

test('an INS is only with an identity that INSi gave it to', async (t) => {
  const { pool } = await testPool(t);
  for (const status of ['PROV', 'VALI'] as const)
    await refusedBy('ins_comes_from_insi', insertIdentity(pool, identityRecord({ status }), []));
  for (const status of ['RECUP', 'QUAL'] as const)
    await refusedBy('ins_comes_from_insi', insertIdentity(pool, identityRecord({ status, ...NO_INS }), []));
  await refusedBy('ins_comes_from_insi', insertIdentity(pool, identityRecord({ oid: null }), []));
  await insertIdentity(pool, identityRecord({ status: 'VALI', ...NO_INS }), []);
  await insertIdentity(pool, identityRecord({ status: 'RECUP' }), []);
});

test('doubt or fiction leaves neither status nor INS, and the two never stand together', async (t) => {
  const { pool } = await testPool(t);
  for (const doubt of [{ douteuse: true }, { fictive: true }]) {
    await refusedBy('doubt_clears_the_ins', insertIdentity(pool, identityRecord(doubt), []));
    await insertIdentity(pool, identityRecord({ ...doubt, ...NO_INS, status: 'PROV' }), []);
  }
  const both = identityRecord({ douteuse: true, fictive: true, status: 'PROV', ...NO_INS });
  await refusedBy('fictive_stands_alone', insertIdentity(pool, both, []));
});

test('an identity is validated by the check of a device; a mirror was checked upstream', async (t) => {
  const { pool } = await testPool(t);
  const unchecked = { deviceType: null, deviceCheckedAt: null, deviceCheckedBy: null };
  await refusedBy('qualified_was_checked', insertIdentity(pool, identityRecord(unchecked), []));
  await refusedBy(
    'qualified_was_checked',
    insertIdentity(pool, identityRecord({ ...unchecked, ...NO_INS, status: 'VALI' }), []),
  );
  await insertIdentity(pool, identityRecord({ ...unchecked, mirror: true }), []);
});

test('one INS qualifies one active identity', async (t) => {
  const { pool } = await testPool(t);
  const first = identityRecord();
  await insertIdentity(pool, first, []);
  await refusedBy('identity_one_qualified', insertIdentity(pool, identityRecord(), []));
  // The same INS only retrieved is a collision to settle, not yet a fault; and a record made inactive gives its place.
  await insertIdentity(pool, identityRecord({ status: 'RECUP' }), []);
  await updateIdentity(pool, { ...first, active: false });
  await insertIdentity(pool, identityRecord(), []);
});

test('a change made from an outdated reading is refused', async (t) => {
  const { pool } = await testPool(t);
  const record = identityRecord();
  await insertIdentity(pool, record, []);
  await updateIdentity(pool, { ...record, usedName: 'ROCHE' });
  await assert.rejects(updateIdentity(pool, { ...record, usedName: 'AUTRE' }), { message: `identity ${record.id}` });
  const kept = await identityById(pool, record.id);
  assert.equal(kept?.usedName, 'ROCHE');
  assert.equal(kept.version, 2);
});

test('nothing is on its way, accepted or unknown without the INS under which it went', async (t) => {
  const { pool } = await testPool(t);
  const { deliveryId, document } = await putDocument(pool, 'C-1', '1.2.3.1');
  for (const state of ['sending', 'accepted', 'unknown'] as const)
    await refusedBy(
      'sent_under_an_ins',
      setDeliveryState(pool, deliveryId, { state, ruleId: null, detail: null, at: AT }),
    );
  const ins = { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' };
  await freezeSending(pool, deliveryId, { submissionUniqueId: '1.2.3.9', ...ins, at: AT }, document.id);
  await setDeliveryState(pool, deliveryId, { state: 'accepted', ruleId: null, detail: null, at: AT });
});

test('a uniqueId lives once; a document that ended badly gives it back', async (t) => {
  const { pool } = await testPool(t);
  const { document } = await putDocument(pool, 'C-1', '1.2.3.1');
  const messageId = await putMessage(pool, 'C-2');
  assert.ok(messageId !== undefined);
  const second = documentRecord({ messageId, uniqueId: '1.2.3.1' });
  assert.equal(await insertDocument(pool, second), false);
  assert.equal(await insertDocument(pool, { ...second, state: 'refused', ruleId: 'TDU-FEED-001' }), true);
  await setDocumentState(pool, document.id, { state: 'withdrawn', ruleId: null, detail: null, at: AT });
  assert.equal(await insertDocument(pool, documentRecord({ messageId, uniqueId: '1.2.3.1' })), true);
});

test('the same message is sender, MSH-10 and content; refused ones are all kept', async (t) => {
  const { pool } = await testPool(t);
  assert.ok((await putMessage(pool, 'C-1', 'corps')) !== undefined);
  assert.equal(await putMessage(pool, 'C-1', 'corps'), undefined);
  assert.ok((await putMessage(pool, 'C-1', 'autre corps')) !== undefined, 'MSH-10 used again for another content');
  const refused = {
    receivedAt: AT,
    transport: 'mllp',
    peer: '127.0.0.1',
    sender: 'DPI|CH',
    controlId: 'C-3',
    digest: Buffer.alloc(32),
    kind: '',
    body: Buffer.from('illisible'),
  } as const;
  const why = { ruleId: 'TDU-HL7-001', detail: undefined, location: undefined };
  assert.notEqual(await keepRefusedMessage(pool, refused, why), await keepRefusedMessage(pool, refused, why));
});
