import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiBench, detailOf, MAX_BODY_BYTES, ruleOf, startApi } from './api.fixture.ts';
import { documentBody, patientBody } from './samples.fixture.ts';

describe('The HTTP server', () => {
  let bench: ApiBench;
  before(async () => {
    bench = await startApi();
  });
  after(() => bench.close());

  for (const [method, path] of [
    ['GET', '/inconnu'],
    ['POST', '/documents/inconnu/encore/plus'],
    ['POST', '/patients/279035121518989'],
  ] as const)
    test(`${method} ${path} is nowhere`, async () => {
      const answer = await bench.call(method, path);
      assert.deepEqual([answer.status, ruleOf(answer)], [404, 'TDU-API-003']);
    });

  test('no other method than those of the contract', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const) {
      const response = await bench.app.inject({ method, url: '/api/v1/documents' });
      assert.equal(response.statusCode, 404, method);
    }
  });

  for (const path of ['/documents/%ZZ', '/documents/%E0%A4%A', `/documents/${'a'.repeat(2_000)}`])
    test(`an address that cannot be read is a problem that does not quote it: ${path.slice(0, 20)}`, async () => {
      const response = await bench.app.inject({ method: 'GET', url: `/api/v1${path}` });
      assert.equal(response.statusCode, 400);
      assert.match(String(response.headers['content-type']), /^application\/problem\+json/);
      assert.equal(response.json().rule, 'TDU-API-004');
      assert.ok(!response.payload.includes(path.slice(11, 16)));
    });

  const MALFORMED: readonly (readonly [string, { raw: string; contentType?: string }])[] = [
    ['cut JSON', { raw: '{"ipp": "IPP-1"' }],
    ['no JSON at all', { raw: 'MSH|^~\\&|' }],
    ['an empty body', { raw: '' }],
    ['a prototype', { raw: '{"__proto__": {"role": "administrator"}}' }],
    ['a constructor', { raw: '{"constructor": {"prototype": {"role": "administrator"}}}' }],
    ['XML', { raw: '<a/>', contentType: 'application/xml' }],
    ['a form', { raw: 'ipp=IPP-1', contentType: 'application/x-www-form-urlencoded' }],
    ['a list', { raw: '[]' }],
    ['null', { raw: 'null' }],
  ];
  for (const [what, sent] of MALFORMED)
    test(`a body that is ${what} is refused by our rule`, async () => {
      for (const path of ['/documents', '/patients']) {
        const answer = await bench.call('POST', path, sent);
        assert.deepEqual([answer.status, ruleOf(answer)], [400, 'TDU-API-004'], path);
      }
    });

  test('a body larger than the installation admits is refused, one just below is read', async () => {
    const content = (bytes: number): string => 'A'.repeat(bytes - (bytes % 4));
    const large = await bench.call('POST', '/documents', { body: documentBody({ content: content(MAX_BODY_BYTES) }) });
    assert.deepEqual([large.status, ruleOf(large)], [413, 'TDU-API-008']);
    const body = documentBody({ content: content(MAX_BODY_BYTES - 500) });
    assert.equal((await bench.call('POST', '/documents', { body })).status, 202);
  });

  test('JSON nested a hundred thousand deep is refused', async () => {
    const raw = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    assert.equal(ruleOf(await bench.call('POST', '/patients', { raw })), 'TDU-API-004');
  });

  test('every fault of a body is named at once, and what was received is not repeated', async () => {
    const body = patientBody('IPP-1', { sex: '279035121518989', birthDate: 3, birthName: undefined });
    const answer = await bench.call('POST', '/patients', { body });
    assert.equal(
      detailOf(answer),
      'birthName : valeur obligatoire ; sex : une de ces valeurs est attendue : M, F, I ; birthDate : un texte est attendu',
    );
  });

  test('a bug answers 500 by our rule, is logged without the row that PostgreSQL quotes, and hides its cause', async () => {
    const { pool } = bench.context;
    await pool.query('alter table identity rename to identity_away');
    const answer = await bench.call('GET', '/patients');
    await pool.query('alter table identity_away rename to identity');
    assert.deepEqual([answer.status, ruleOf(answer)], [500, 'TDU-SYS-002']);
    assert.doesNotMatch(answer.bytes.toString(), /relation|identity"/);
    assert.match(bench.logged.join('\n'), /unexpected error/);
  });

  test('health and readiness are public and say nothing else', async () => {
    assert.deepEqual((await bench.app.inject('/healthz')).json(), { status: 'ok' });
    assert.deepEqual((await bench.app.inject('/readyz')).json(), { status: 'ready' });
    const metrics = await bench.app.inject('/metrics');
    assert.equal(metrics.statusCode, 200);
    assert.match(metrics.payload, /^# HELP traitdunion_documents /m);
  });

  test('what a browser is told is strict on every answer', async () => {
    for (const url of ['/healthz', '/api/v1/documents', '/api/v1/openapi.json', '/nulle-part', '/api/v1/%ZZ']) {
      const { headers } = await bench.app.inject(url);
      assert.match(String(headers['content-security-policy']), /^default-src 'none'/, url);
      assert.equal(headers['x-content-type-options'], 'nosniff', url);
      assert.equal(headers['cache-control'], 'no-store', url);
      assert.equal(headers['x-powered-by'], undefined);
    }
  });
});
