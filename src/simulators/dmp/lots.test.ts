import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { feedRequest, freshUniqueId, swap } from './message.fixture.ts';
import {
  FIND_SETS,
  found,
  GET_ASSOCIATIONS,
  listed,
  packageOf,
  query,
  registry,
  retrieve,
  setParameters,
} from './query.fixture.ts';

const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });
const SUCCESS = /ResponseStatusType:Success/;

test('several documents in one set: all are held, each found and read by its own id', async (t) => {
  const dmp = await openTestDmp(t);
  const [uniqueId, ...others] = [freshUniqueId(), freshUniqueId(), freshUniqueId()];
  const { body } = await dmp.send(feedRequest({ uniqueId, others: others.map((id) => ({ uniqueId: id })) }));
  assert.match(body, SUCCESS, body);
  assert.deepEqual(await listed(dmp, AIR), [uniqueId, ...others]);
  assert.equal(packageOf(await retrieve(dmp, [uniqueId, ...others], AIR)).parts.size, 3);
  const [set = ''] = found((await registry(dmp, query(FIND_SETS, setParameters()), AIR)).body, 'RegistryPackage');
  const links = await registry(dmp, query(GET_ASSOCIATIONS, { $uuid: `('${set}')` }), AIR);
  // Three documents, the signature, and what it signs.
  assert.equal(found(links.body, 'Association').length, 5);
});

test('one wrong document, and nothing of the set is held', async (t) => {
  const dmp = await openTestDmp(t);
  const uniqueId = freshUniqueId();
  const wrong = [
    [{ uniqueId: freshUniqueId(), cda: swap('<languageCode code="fr-FR"/>', '') }, /languageCode absent/],
    [{ uniqueId: freshUniqueId(), setId: `${uniqueId}.9` }, /même setId et la même version/],
    [{ uniqueId }, /uniqueId répété dans le lot/],
  ] as const;
  for (const [other, reason] of wrong) {
    const { body } = await dmp.send(feedRequest({ uniqueId, others: [other] }));
    assert.match(body, reason);
    assert.equal(dmp.holdings.documents().length, 0);
  }
  const other = { uniqueId: freshUniqueId() };
  assert.match((await dmp.send(feedRequest({ uniqueId, others: [other] }))).body, SUCCESS);
  const again = await dmp.send(feedRequest({ others: [other] }));
  assert.match(again.body, /XDSDuplicateUniqueIdInRegistry[^>]*location="Document02"/);
});

test('a set may be larger than the operator admits though none of its documents is', async (t) => {
  const dmp = await openTestDmp(t, { maxDocumentBytes: 5_000, maxLotBytes: 9_000 });
  assert.match((await dmp.send(feedRequest())).body, SUCCESS);
  const { body } = await dmp.send(feedRequest({ others: [{ uniqueId: freshUniqueId() }] }));
  assert.match(body, /XDSRepositoryError[^>]*Lot de plus de 9000 octets/);
});
