import assert from 'node:assert/strict';
import { request as httpsRequest } from 'node:https';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import type { SimRequest } from '../common/service.ts';
import { optionsIn, temporaryDirectory } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { certificates } from './certificates.fixture.ts';
import { feedRequest, freshUniqueId, soapRequest } from './message.fixture.ts';
import { RETRIEVE, retrieveBody } from './query.fixture.ts';
import { createDmpSimulator, type DmpSimulator } from './simulator.ts';

async function start(t: TestContext): Promise<DmpSimulator> {
  const simulator = await createDmpSimulator(optionsIn(await temporaryDirectory(t)));
  t.after(() => simulator.close());
  return simulator;
}

function post(
  url: string,
  { headers, body }: SimRequest,
  client?: { cert: string; key: string },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      `${url}/repository`,
      { method: 'POST', headers, ca: certificates().authority.pem, agent: false, ...client },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function identity(): { cert: string; key: string } {
  const { client } = certificates();
  return { cert: client.pem, key: client.keyPem };
}

async function control(simulator: DmpSimulator, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${simulator.control}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.equal(response.status, 200);
  return response.json();
}

test('over mutual TLS: a document is accepted, found by control and counted', async (t) => {
  const simulator = await start(t);
  const uniqueId = freshUniqueId();
  const { status, body } = await post(simulator.url, feedRequest({ uniqueId }), identity());
  assert.equal(status, 200, body);
  assert.match(body, /ResponseStatusType:Success/);
  const found = await control(simulator, 'POST', '/documents/search', { uniqueId });
  assert.match(JSON.stringify(found), new RegExp(`"uniqueId":"${uniqueId}".*"status":"Approved"`));
  const [held] = z
    .object({ items: z.array(z.object({ patient: z.object({ matricule: z.string(), oid: z.string() }) })) })
    .parse(found).items;
  assert.ok(held);
  const ofPatient = (query: object) => control(simulator, 'POST', '/documents/search', { uniqueId: null, ...query });
  assert.deepEqual(await ofPatient({ matricule: held.patient.matricule }), found);
  assert.deepEqual(await ofPatient(held.patient), found);
  assert.deepEqual(await ofPatient({ ...held.patient, oid: '1.2.250.1.213.1.4.9' }), { items: [] });
  const stats = await control(simulator, 'GET', '/stats');
  assert.match(
    JSON.stringify(stats),
    /"transaction":"TD2.1","apiVersion":"V2","identityKind":"INS-NIR-TEST","outcome":"success","count":1/,
  );
});

test('over mutual TLS: a document is read in MTOM by a professional, and a refusal ordered strikes', async (t) => {
  const simulator = await start(t);
  const uniqueId = freshUniqueId();
  await post(simulator.url, feedRequest({ uniqueId }), identity());
  const ask = () => soapRequest('repository', RETRIEVE, retrieveBody([uniqueId]), as({ mode: 'INDIRECTE_RENFORCEE' }));
  const { status, body } = await post(simulator.url, ask(), identity());
  assert.equal(status, 200, body);
  assert.match(body, /^\r\n--uuid:.*RetrieveDocumentSetResponse.*<ClinicalDocument/s);
  await control(simulator, 'POST', '/refusals', { transaction: 'TD3.2', code: 'XDSRepositoryBusy' });
  assert.match((await post(simulator.url, ask(), identity())).body, /XDSRepositoryBusy/);
});

test('without a client certificate nothing is read', async (t) => {
  const simulator = await start(t);
  await assert.rejects(post(simulator.url, feedRequest()));
  assert.match(JSON.stringify(await control(simulator, 'GET', '/stats')), /"total":0/);
});

test('a lost answer leaves the document held, and its resend is a duplicate', async (t) => {
  const simulator = await start(t);
  const uniqueId = freshUniqueId();
  await control(simulator, 'POST', '/faults', { fault: 'lost-answer', rate: 1 });
  await assert.rejects(post(simulator.url, feedRequest({ uniqueId }), identity()));
  await control(simulator, 'DELETE', '/faults');
  const again = await post(simulator.url, feedRequest({ uniqueId }), identity());
  assert.match(again.body, /XDSDuplicateUniqueIdInRegistry/);
  const found = await control(simulator, 'POST', '/documents/search', { uniqueId });
  assert.equal(JSON.stringify(found).match(/"entryUUID"/g)?.length, 1);
});

test('the SOAP fault on demand is a readable SOAP 1.2 fault', async (t) => {
  const simulator = await start(t);
  await control(simulator, 'POST', '/faults', { fault: 'soap-fault', rate: 1 });
  const { status, body } = await post(simulator.url, feedRequest(), identity());
  assert.equal(status, 500);
  assert.match(body, /<s:Value>s:Receiver<\/s:Value>/);
});
