import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { openTestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { fed } from './feeder.fixture.ts';
import { freshUniqueId, soapRequest, swap } from './message.fixture.ts';
import { packageOf, RETRIEVE, retrieve, retrieveBody } from './query.fixture.ts';

const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });

test('documents come back byte for byte, each in its part', async (t) => {
  const dmp = await openTestDmp(t);
  const documents = [await fed(dmp), await fed(dmp)];
  const answer = await retrieve(
    dmp,
    documents.map(({ uniqueId }) => uniqueId),
    AIR,
  );
  assert.equal(answer.status, 200);
  const { envelope, parts } = packageOf(answer);
  assert.match(envelope, /ResponseStatusType:Success/);
  const responses = [...envelope.matchAll(/<xdsb:DocumentUniqueId>(.*?)<.*?href="cid:(.*?)"/g)];
  assert.deepEqual(
    responses.map(([, uniqueId]) => uniqueId),
    documents.map(({ uniqueId }) => uniqueId),
  );
  for (const [i, { hash, size }] of documents.entries()) {
    const part = parts.get(decodeURIComponent(responses[i]?.[2] ?? ''));
    assert.ok(part);
    assert.equal(part.contentType, 'text/xml');
    assert.equal(part.body.length, size);
    assert.equal(createHash('sha1').update(part.body).digest('hex'), hash);
  }
  assert.equal(dmp.stats().byTransaction['TD3.2'], 1);
});

test('an unknown id, an entryUUID or another repository is an error; the rest is answered', async (t) => {
  const dmp = await openTestDmp(t);
  const { uniqueId, entryUUID } = await fed(dmp);
  const partial = packageOf(await retrieve(dmp, [uniqueId, '1.2.3'], AIR));
  assert.match(partial.envelope, /urn:ihe:iti:2007:ResponseStatusType:PartialSuccess/);
  assert.match(partial.envelope, /errorCode="XDSDocumentUniqueIdError"[^>]*location="1.2.3"/);
  assert.equal(partial.parts.size, 1);
  const none = packageOf(await retrieve(dmp, [entryUUID], AIR));
  assert.match(none.envelope, /ResponseStatusType:Failure.*XDSDocumentUniqueIdError/);
  assert.equal(none.parts.size, 0);
  const elsewhere = await dmp.send(soapRequest('repository', RETRIEVE, retrieveBody([uniqueId], '1.2.3'), AIR));
  assert.match(packageOf(elsewhere).envelope, /XDSRepositoryError/);
  const otherPatient = {
    ...AIR,
    assertion: (xml: string) => swap('279035121518989', '180032B02040123')(AIR.assertion?.(xml) ?? xml),
  };
  assert.match(packageOf(await retrieve(dmp, [uniqueId], otherPatient)).envelope, /XDSDocumentUniqueIdError/);
});

test('its faults are multipart too; those of the other transactions are not', async (t) => {
  const dmp = await openTestDmp(t);
  const refused = await retrieve(dmp, [freshUniqueId()]);
  assert.equal(refused.status, 500);
  assert.match(packageOf(refused).envelope, /<s:Fault>.*TD3\.2 non ouverte au mode d’authentification INDIRECTE/);
  const forged = await retrieve(dmp, [freshUniqueId()], { ...AIR, token: swap('Gateway', 'Other') });
  assert.match(packageOf(forged).envelope, /<s:Fault>.*Empreinte/);
  const empty = await dmp.send(soapRequest('repository', RETRIEVE, retrieveBody([]), AIR));
  assert.match(packageOf(empty).envelope, /<s:Fault>/);
  const feeding = await dmp.send(
    soapRequest('repository', 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b', '<x/>', AIR),
  );
  assert.match(feeding.contentType, /^application\/soap\+xml/);
  assert.match(feeding.body, /multipart\/related \(MTOM\) attendu/);
});
