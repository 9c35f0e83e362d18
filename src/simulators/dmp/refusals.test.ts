import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { openTestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { OTHER_EG } from './certificates.fixture.ts';
import { fed } from './feeder.fixture.ts';
import { feedRequest } from './message.fixture.ts';
import { askPatient, patientQuery } from './patient.fixture.ts';
import { find, listed, packageOf, registry, retrieve } from './query.fixture.ts';
import { changeStatus } from './update.fixture.ts';

const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });
const SUCCESS = /ResponseStatusType:Success/;

test('a refusal on demand strikes the next calls of its transaction, which do nothing', async (t) => {
  const dmp = await openTestDmp(t);
  const order = (body: object) => dmp.control('POST /refusals', body);
  const { uniqueId, entryUUID } = await fed(dmp);
  await order({ transaction: 'TD2.1', code: 'XDSRegistryBusy', reason: 'Occupé.', times: 2 });
  for (let i = 0; i < 2; i += 1) {
    const { status, body } = await dmp.send(feedRequest());
    assert.equal(status, 200);
    assert.match(body, /errorCode="XDSRegistryBusy" codeContext="Occupé\."/);
  }
  assert.match((await dmp.send(feedRequest())).body, SUCCESS);
  await order({ transaction: 'TD3.1a', code: 'XDSRegistryOutOfResources' });
  assert.match((await registry(dmp, find(), AIR)).body, /AdhocQueryResponse .*XDSRegistryOutOfResources/);
  assert.equal((await listed(dmp, AIR)).length, 2);
  await order({ transaction: 'TD3.2', code: 'XDSRepositoryBusy' });
  assert.match(
    packageOf(await retrieve(dmp, [uniqueId], AIR)).envelope,
    /RetrieveDocumentSetResponse.*XDSRepositoryBusy/,
  );
  await order({ transaction: 'TD3.3c', code: 'XDSMetadataUpdateError' });
  assert.match((await changeStatus(dmp, entryUUID)).body, /XDSMetadataUpdateError/);
  assert.match((await changeStatus(dmp, entryUUID)).body, SUCCESS);
  assert.equal(dmp.stats().byOutcome.XDSRegistryBusy, 2);
});

test('without a code, or where none can be said, it is a SOAP fault in the words ordered', async (t) => {
  const dmp = await openTestDmp(t);
  const reason = 'PS et structure non liés';
  await dmp.control('POST /refusals', { transaction: 'TD2.1', reason });
  await dmp.control('POST /refusals', { transaction: 'TD0.2', code: 'XDSRegistryError', reason });
  for (const { status, body } of [await dmp.send(feedRequest()), await askPatient(dmp, patientQuery())]) {
    assert.equal(status, 500);
    assert.ok(body.includes(reason), body);
  }
});

test('a retrieved document may come altered, once', async (t) => {
  const dmp = await openTestDmp(t);
  const { uniqueId, hash } = await fed(dmp);
  await dmp.control('POST /refusals', { transaction: 'TD3.2', altered: true });
  const read = async () => {
    const [part] = packageOf(await retrieve(dmp, [uniqueId], AIR)).parts.values();
    return createHash('sha1')
      .update(part?.body ?? '')
      .digest('hex');
  };
  assert.notEqual(await read(), hash);
  assert.equal(await read(), hash);
});

test('orders are listed, cleared, and checked', async (t) => {
  const dmp = await openTestDmp(t);
  await dmp.control('POST /refusals', { transaction: 'TD2.1' });
  assert.match(JSON.stringify(await dmp.control('GET /refusals')), /"transaction":"TD2\.1".*"times":1/);
  assert.deepEqual(await dmp.control('DELETE /refusals'), { refusals: [] });
  assert.match((await dmp.send(feedRequest())).body, SUCCESS);
  for (const wrong of [
    { transaction: 'TD9' },
    { transaction: 'TD2.1', code: 'X' },
    { transaction: 'TD2.1', altered: true },
  ]) {
    await assert.rejects(dmp.control('POST /refusals', wrong));
  }
});

test('the algorithms admitted are the operator’s choice, for the token and for the submission set', async (t) => {
  const strict = await openTestDmp(t, { vihfHashes: ['sha256'] });
  assert.match((await strict.send(feedRequest({ hash: 'sha1' }))).body, /signature du jeton : sha256 attendu/);
  assert.match((await strict.send(feedRequest())).body, SUCCESS);
  const strictLot = await openTestDmp(t, { lotHashes: ['sha256'] });
  assert.match((await strictLot.send(feedRequest())).body, /Signature du lot : sha256 attendu/);
});

test('documents of a former site are still those of the entity: its sites delete them', async (t) => {
  const structures = (formerEgs: string[]) => [
    { ej: '750000001', egs: ['750000019'], formerEgs },
    { ej: '130000007', egs: [OTHER_EG] },
  ];
  const dmp = await openTestDmp(t, { structures: structures([OTHER_EG]) });
  const { entryUUID } = await fed(dmp, { otherStructure: true });
  assert.match((await changeStatus(dmp, entryUUID)).body, SUCCESS);
  const without = await openTestDmp(t, { structures: structures([]) });
  const other = await fed(without, { otherStructure: true });
  assert.match((await changeStatus(without, other.entryUUID)).body, /de la structure/);
});
