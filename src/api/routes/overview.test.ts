import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { DEMO_EG, DEMO_EJ, DEMO_SECOND_EG } from '../../demo/structure.ts';
import { addToFlows } from '../../store/flows.ts';
import { type ApiBench, detailOf, listOfAnswer, pagesOf, ruleOf, SENDERS, startApi } from '../api.fixture.ts';
import { createDocument, createPatient, refusedMessage } from '../samples.fixture.ts';

describe('Flows, indicators, establishments, messages and audit over REST', () => {
  let bench: ApiBench;
  before(async () => {
    bench = await startApi();
  });
  after(() => bench.close());

  const read = async (path: string, token?: string) =>
    listOfAnswer(await bench.call('GET', path, token === undefined ? {} : { token })).items;

  test('establishments are listed with their legal entity; a bound actor sees its own', async () => {
    assert.deepEqual(
      (await read('/establishments')).map(({ eg, ej }) => [eg, ej]),
      [
        [DEMO_EG, DEMO_EJ],
        [DEMO_SECOND_EG, DEMO_EJ],
      ],
    );
    const bound = await read('/establishments', await bench.token('regional', DEMO_SECOND_EG));
    assert.deepEqual(
      bound.map(({ eg }) => eg),
      [DEMO_SECOND_EG],
    );
  });

  test('flows say who speaks which version; a bound actor sees those of its senders', async () => {
    const flow = {
      version: '2.5',
      messageKind: 'ADT^A01',
      api: 'HL7v2',
      identityKind: 'IPP',
      facility: 'CH',
      firstSeen: new Date(),
      lastSeen: new Date(),
      messages: 1,
    };
    for (const application of [...Object.values(SENDERS), 'INCONNUE']) {
      await addToFlows(bench.context.pool, [{ ...flow, application }]);
      await addToFlows(bench.context.pool, [{ ...flow, application }]);
    }
    const all = await read('/flows');
    assert.equal(all.length, 3);
    assert.ok(all.every(({ messages, lane }) => messages === 2 && lane === null));
    const bound = await read('/flows', await bench.token('interop', DEMO_SECOND_EG));
    assert.deepEqual(
      bound.map(({ application }) => application),
      [SENDERS[DEMO_SECOND_EG]],
    );
  });

  const counters = z.object({
    establishment: z.string().nullable(),
    documentsReceived: z.number(),
    documentsByState: z.record(z.string(), z.number()),
    activeIdentities: z.number(),
    qualifiedRate: z.number().nullable(),
  });
  const indicators = async (query: string, token?: string) => {
    const answer = await bench.call('GET', `/indicators${query}`, token === undefined ? {} : { token });
    assert.equal(answer.status, 200);
    return counters.parse(answer.body);
  };

  test('indicators count a period and an establishment; a bound actor counts its own', async () => {
    assert.equal((await indicators('')).qualifiedRate, null);
    await createPatient(bench, 'IPP-1');
    await createDocument(bench);
    await createDocument(bench, { establishment: DEMO_SECOND_EG });
    assert.equal((await indicators('')).documentsReceived, 2);
    assert.deepEqual((await indicators('')).documentsByState, { received: 2 });
    assert.equal((await indicators(`?establishment=${DEMO_EG}`)).documentsReceived, 1);
    assert.equal((await indicators('?from=2020-01-01&to=2020-02-01')).documentsReceived, 0);
    const today = bench.context.now().toISOString().slice(0, 10);
    assert.equal((await indicators(`?from=${today}&to=${today}`)).documentsReceived, 2, 'a day is counted whole');
    assert.equal((await indicators(`?to=${today}T00:00:00Z`)).documentsReceived, 0, 'an instant is not');
    const bound = await indicators('', await bench.token('regional', DEMO_SECOND_EG));
    assert.deepEqual([bound.establishment, bound.documentsReceived], [DEMO_SECOND_EG, 1]);
    assert.equal((await indicators('')).qualifiedRate, 0);
  });

  for (const query of ['from=hier', 'to=', 'from=-200000-01-01T00:00:00Z', 'from=%2B275000-01-01T00:00:00Z'])
    test(`indicators refuse ${query}`, async () => {
      const answer = await bench.call('GET', `/indicators?${query}`);
      assert.deepEqual([answer.status, ruleOf(answer)], [400, 'TDU-API-004']);
      assert.match(detailOf(answer), /date ISO 8601 attendue/);
    });

  test('stopped messages are kept with their reason, page by page, each for its establishment', async () => {
    for (const controlId of ['M1', 'M2', 'M3', 'M4', 'M5']) await refusedMessage(bench, controlId);
    await refusedMessage(bench, 'AUTRE', DEMO_SECOND_EG);
    const pages = await pagesOf(bench, '/messages?limit=4');
    assert.deepEqual(
      pages.map((page) => page.map(({ messageControlId }) => messageControlId)),
      [
        ['AUTRE', 'M5', 'M4', 'M3'],
        ['M2', 'M1'],
      ],
    );
    const [[last] = []] = pages;
    assert.partialDeepStrictEqual(last, {
      state: 'refused',
      kind: 'ADT^A99',
      sender: `${SENDERS[DEMO_SECOND_EG]}|CH-DEMO`,
    });
    assert.match(JSON.stringify(last?.reason), /"rule":"TDU-HL7-\d{3}"/);
    const bound = await read('/messages', await bench.token('interop', DEMO_SECOND_EG));
    assert.deepEqual(
      bound.map(({ messageControlId }) => messageControlId),
      ['AUTRE'],
    );
  });

  test('the audit trail is read page by page, newest first, and by subject', async () => {
    const id = await createPatient(bench, 'IPP-AUDIT');
    for (let n = 0; n < 3; n += 1) await bench.call('GET', `/patients/${id}`);
    const [pages, whole] = [await pagesOf(bench, '/audit?limit=2'), await read('/audit?limit=1000')];
    assert.ok(pages.length > 2);
    const numbers = pages.flat().map((row) => Number(row.id));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => b - a),
    );
    assert.deepEqual(
      whole.map((row) => Number(row.id)),
      numbers,
    );
    const rows = await read(`/audit?subject=patients:${id}`);
    assert.deepEqual(
      rows.map(({ action, outcome }) => [action, outcome]),
      Array.from({ length: 3 }, () => ['GET /patients/{id}', 'done']),
    );
  });

  for (const path of [
    '/messages?limit=0',
    '/messages?after=x',
    '/audit?limit=1001',
    '/audit?after=0',
    '/audit?after=1e30',
  ])
    test(`GET ${path} is refused`, async () => {
      assert.equal(ruleOf(await bench.call('GET', path)), 'TDU-API-004');
    });

  test('the trail of the whole installation is not for an actor of one establishment', async () => {
    for (const role of ['auditor', 'administrator'] as const) {
      const answer = await bench.call('GET', '/audit', { token: await bench.token(role, DEMO_EG) });
      assert.deepEqual([answer.status, ruleOf(answer)], [403, 'TDU-API-002']);
    }
  });
});
