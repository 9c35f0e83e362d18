/** Who may call what below /fhir: every route × every role, unbound or of an establishment, and callers without a token. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { may, ROLES } from '../../src/api/access.ts';
import { type ApiBench, startApi } from '../../src/api/api.fixture.ts';
import { fhir, newPatient } from '../../src/api/fhir/fhir.fixture.ts';
import { createPatient } from '../../src/api/samples.fixture.ts';
import { DEMO_EG } from '../../src/demo/structure.ts';

describe('Who may call what below /fhir', () => {
  let bench: ApiBench;
  let made = 0;
  before(async () => {
    bench = await startApi();
  });
  after(() => bench.close());

  async function callAs(route: ApiBench['fhirRoutes'][number], token: string) {
    made += 1;
    const id = await createPatient(bench, `FM-${made}`);
    const path = route.path.replace('/fhir', '').replace('{id}', id);
    const method = route.method === 'DELETE' ? 'POST' : route.method;
    if (path.endsWith('_search')) return fhir(bench, method, path, { token, form: { family: 'pat' } });
    if (method === 'GET') return fhir(bench, method, path, { token });
    const { etag } = (await fhir(bench, 'GET', `/Patient/${id}`, { token: await bench.token('administrator') }))
      .headers;
    const ipp = method === 'PUT' ? `FM-${made}` : `FM-${made}-B`;
    return fhir(bench, method, path, { token, body: newPatient(ipp), headers: { 'if-match': String(etag) } });
  }

  test('every route is refused to who has no valid token, and answers or refuses each role as the table says', async () => {
    assert.ok(bench.fhirRoutes.length >= 7);
    for (const route of bench.fhirRoutes) {
      const name = `${route.method} ${route.path}`;
      for (const token of ['', 'tdu_inconnu_inconnu_inconnu'])
        assert.equal((await callAs(route, token)).status, 401, name);
      for (const role of ROLES)
        for (const eg of [null, DEMO_EG]) {
          const actor = { name: 'essai', role, eg };
          const { status, rule } = await callAs(route, await bench.token(role, eg));
          // Whoever may call is heard: what is then wrong with the call is another matter.
          if (may(actor, route.permission)) assert.notEqual(status, 403, `${name} ${role}`);
          else assert.equal(rule, 'TDU-API-002', `${name} ${role}`);
        }
    }
  });

  test('every registered address below /fhir is one of these routes, or the public description', () => {
    const declared = bench.fhirRoutes.map(({ method, path }) => `${method} ${path.replace('{id}', ':id')}`);
    const registered = bench.registered.filter((address) => / \/fhir/.test(address) && !address.startsWith('HEAD'));
    assert.deepEqual(registered.sort(), [...declared, 'GET /fhir/metadata'].sort());
  });

  test('every access is in the audit trail with what it came to', async () => {
    const id = await createPatient(bench, 'FM-AUDIT');
    const token = await bench.token('admissions');
    await fhir(bench, 'GET', `/Patient/${id}`, { token });
    const { rows } = await bench.context.pool.query(
      "select actor, action, outcome from audit where subject = $1 and action like '%fhir%'",
      [`patients:${id}`],
    );
    assert.deepEqual(rows, [{ actor: 'token:admissions-tout', action: 'GET /fhir/Patient/{id}', outcome: 'done' }]);
  });
});
