import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiBench, fieldOf, listOfAnswer, ruleOf, startApi } from './api.fixture.ts';
import { createDocument } from './samples.fixture.ts';
import { issueToken } from './tokens.ts';

describe('The token of a sender', () => {
  let bench: ApiBench;
  let own: string;
  let other: string;
  let token: string;
  before(async () => {
    bench = await startApi();
    own = await createDocument(bench, { requestId: 'A-1' });
    other = await createDocument(bench, { requestId: 'A-2' });
    await bench.context.pool.query(`update document set sender = 'DPI|CH-DEMO' where id = $1`, [own]);
    token = await issueToken(bench.context.pool, {
      name: 'dpi',
      sender: 'DPI|CH-DEMO',
      eg: null,
      now: bench.context.now(),
    });
  });
  after(() => bench.close());

  test('its documents, their status and their answers can be asked for, and no other document exists for it', async () => {
    const listed = await bench.call('GET', '/documents', { token });
    assert.deepEqual(
      listOfAnswer(listed).items.map(({ id }) => id),
      [own],
    );
    assert.equal(fieldOf(await bench.call('GET', `/documents/${own}`, { token }), 'state'), 'received');
    assert.equal((await bench.call('GET', `/documents/${own}/answers`, { token })).status, 200);
    for (const path of [`/documents/${other}`, `/documents/${other}/answers`])
      assert.equal((await bench.call('GET', path, { token })).status, 404, path);
    assert.deepEqual(listOfAnswer(await bench.call('GET', '/documents?messageControlId=A-2', { token })).items, []);
  });

  test('every other endpoint is closed to it', async () => {
    const open = ['GET /documents', 'GET /documents/{id}', 'GET /documents/{id}/answers'];
    const closed = bench.routes.filter(({ method, path }) => !open.includes(`${method} ${path}`));
    assert.equal(closed.length, bench.routes.length - open.length);
    for (const { method, path } of closed) {
      const answer = await bench.call(method, path.replaceAll(/\{\w+\}/g, own), { token, body: {} });
      assert.equal(answer.status, 403, `${method} ${path}`);
      assert.equal(ruleOf(answer), 'TDU-API-002', `${method} ${path}`);
    }
    for (const { method, path } of bench.fhirRoutes) {
      const url = `/${path.replace(/^\//, '').replace('{id}', own)}`;
      const answer = await bench.app.inject({ method, url, headers: { authorization: `Bearer ${token}` } });
      assert.equal(answer.statusCode, 403, `${method} ${url}`);
    }
  });
});
