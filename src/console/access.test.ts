/** Connection, sessions, forms and permissions of the console. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PERMISSIONS, ROLES } from '../api/access.ts';
import { apiRules } from '../rules/api.ts';
import { listAudit } from '../store/proofs.ts';
import {
  type ConsoleBench,
  connect,
  createConsoleBench,
  EG,
  OTHER_EG,
  PASSWORD,
  submitForm,
} from './console.fixture.ts';
import { type Seeded, seedConsole } from './seed.fixture.ts';
import { createConsoleUser } from './users.ts';

async function seededBench(t: TestContext): Promise<{ bench: ConsoleBench; seeded: Seeded }> {
  const bench = await createConsoleBench(t);
  return { bench, seeded: await seedConsole(bench.gateway, { own: EG, other: OTHER_EG }) };
}

function login(bench: ConsoleBench, identifiant: string, password: string, headers: Record<string, string> = {}) {
  const payload = new URLSearchParams({ identifiant, 'mot-de-passe': password, suite: '/console/patients' });
  return bench.app.inject({
    method: 'POST',
    url: '/console/connexion',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: payload.toString(),
  });
}

test('without a session every page leads to the connection, which leads back', async (t) => {
  const bench = await createConsoleBench(t);
  const page = await bench.app.inject('/console/documents?etat=waiting');
  assert.equal(page.statusCode, 303);
  assert.equal(page.headers.location, '/console/connexion?suite=%2Fconsole%2Fdocuments%3Fetat%3Dwaiting');
  const form = await bench.app.inject(String(page.headers.location));
  assert.ok(form.body.includes('name="suite" value="/console/documents?etat=waiting"'));
  assert.equal((await bench.app.inject('/')).headers.location, '/console/');
});

test('the page asked for is one of the console, never another site', async (t) => {
  const bench = await createConsoleBench(t);
  for (const suite of [
    'https://evil.example/',
    '//evil.example',
    '/console/../../evil',
    '/api/v1/documents',
    '/console//evil.example\\',
  ]) {
    const form = await bench.app.inject(`/console/connexion?suite=${encodeURIComponent(suite)}`);
    assert.ok(!form.body.includes('evil.example') || suite.startsWith('/console/'), suite);
    assert.ok(!form.body.includes('value="/api'), suite);
  }
});

test('the right password opens a session in a guarded cookie; a wrong one, or an unknown login, the same refusal', async (t) => {
  const bench = await createConsoleBench(t);
  const name = await bench.user('interop');
  const right = await login(bench, name.toUpperCase(), PASSWORD);
  assert.equal(right.statusCode, 303);
  assert.equal(right.headers.location, '/console/patients');
  const cookie = String(right.headers['set-cookie']);
  assert.match(cookie, /tdu_session=[\w-]{43}; Max-Age=28800; Path=\/console; HttpOnly; SameSite=Strict/);
  const wrong = await login(bench, name, 'faux');
  const unknown = await login(bench, 'personne', 'faux');
  assert.equal(wrong.statusCode, 401);
  assert.equal(unknown.statusCode, 401);
  assert.equal(wrong.body, unknown.body);
  assert.ok(
    !(await bench.gateway.pool.query('select digest::text as d from console_session')).rows.some(({ d }) =>
      cookie.includes(String(d)),
    ),
  );
});

test('what is typed as the name of nobody is not kept in the audit trail', async (t) => {
  const bench = await createConsoleBench(t);
  await login(bench, 'MonSecretTapéTropTôt', 'x');
  const entries = await listAudit(bench.gateway.pool, { subject: 'console', limit: 50 });
  assert.ok(entries.some(({ actor, outcome }) => actor === 'user:inconnu' && outcome === apiRules.unauthenticated.id));
  assert.ok(!JSON.stringify(entries).toLowerCase().includes('secrettap'));
});

test('a login is held back after five wrong passwords, for a minute', async (t) => {
  const bench = await createConsoleBench(t);
  const name = await bench.user('auditor');
  for (let attempt = 0; attempt < 5; attempt += 1) assert.equal((await login(bench, name, 'faux')).statusCode, 401);
  assert.equal((await login(bench, name, PASSWORD)).statusCode, 429);
  bench.wait(61_000);
  assert.equal((await login(bench, name, PASSWORD)).statusCode, 303);
});

test('another site cannot connect somebody', async (t) => {
  const bench = await createConsoleBench(t);
  const name = await bench.user('interop');
  assert.equal((await login(bench, name, PASSWORD, { 'sec-fetch-site': 'cross-site' })).statusCode, 401);
});

test('a session ends on its hour, on leaving, and when the account changes', async (t) => {
  const bench = await createConsoleBench(t);
  const name = await bench.user('administrator');
  const visitor = await connect(bench.app, name);
  assert.equal((await visitor.get('/console/')).status, 200);
  const left = await visitor.post('/console/deconnexion', {});
  assert.equal(left.status, 303);
  assert.equal((await visitor.get('/console/')).status, 303);

  const second = await connect(bench.app, name);
  bench.wait(bench.gateway.config.http.sessionMinutes * 60_000);
  assert.equal((await second.get('/console/')).status, 303);

  const third = await connect(bench.app, name);
  await createConsoleUser(bench.gateway.pool, {
    login: name,
    displayName: 'X',
    role: 'administrator',
    eg: null,
    password: PASSWORD,
  });
  assert.equal((await third.get('/console/')).status, 303);
});

test('a form without the token of its session changes nothing', async (t) => {
  const { bench, seeded } = await seededBench(t);
  const visitor = await connect(bench.app, await bench.user('administrator'));
  const url = `/console/documents/${seeded.documents.waiting}/retirer`;
  for (const jeton of ['', 'x', visitor.csrf.slice(1)]) {
    const refused = await submitForm(bench.app, url, visitor.cookie, { jeton, motif: 'essai' });
    assert.equal(refused.statusCode, apiRules.unauthenticated.http);
  }
  const elsewhere = await bench.app.inject({
    method: 'POST',
    url,
    headers: {
      cookie: visitor.cookie,
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'cross-site',
    },
    payload: `jeton=${visitor.csrf}&motif=essai`,
  });
  assert.equal(elsewhere.statusCode, apiRules.unauthenticated.http);
  const { rows } = await bench.gateway.pool.query('select state from document where id = $1', [
    seeded.documents.waiting,
  ]);
  assert.deepEqual(rows, [{ state: 'waiting' }]);
});

test('each page opens to the roles of its permission and to no other', async (t) => {
  const { bench, seeded } = await seededBench(t);
  const pages = {
    '/console/': 'indicators.read',
    '/console/documents': 'documents.read',
    [`/console/documents/${seeded.documents.accepted}`]: 'documents.read',
    '/console/patients': 'patients.read',
    [`/console/patients/${seeded.patients.qualified}`]: 'patients.read',
    '/console/travail': 'documents.read',
    '/console/operations': 'documents.bulk',
    '/console/operations/nouvelle': 'documents.bulk',
    '/console/correspondances': 'mappings.read',
    '/console/messages': 'messages.read',
    '/console/flux': 'flows.read',
    '/console/modeles': 'templates.read',
    '/console/preuve': 'proof.read',
    '/console/alertes': 'alerts.read',
    '/console/regles': 'indicators.read',
  } as const;
  for (const role of ROLES) {
    const visitor = await connect(bench.app, await bench.user(role));
    const home = (await visitor.get('/console/')).body;
    for (const [path, permission] of Object.entries(pages)) {
      const allowed = PERMISSIONS[permission].includes(role);
      assert.equal((await visitor.get(path)).status, allowed ? 200 : 403, `${role} ${path}`);
      if (!path.includes('-') && !path.endsWith('/nouvelle'))
        assert.equal(home.includes(`href="${path}"`), allowed, `${role} navigation ${path}`);
    }
    for (const [path, permission] of [
      [`/console/documents/${seeded.documents.waiting}/reprendre`, 'documents.act'],
      [`/console/documents/${seeded.documents.waiting}/contenu`, 'documents.open'],
      ['/console/operations', 'documents.bulk'],
      [`/console/operations/${seeded.operation}/annuler`, 'documents.bulk'],
      [`/console/patients/${seeded.patients.provisional}/controle`, 'patients.qualify'],
      ['/console/alertes/essai', 'installation.operate'],
    ] as const) {
      const { status } = await visitor.post(path, {});
      assert.equal(status === 403, !PERMISSIONS[permission].includes(role), `${role} ${path} ${status}`);
    }
    bench.wait(61_000);
  }
});

test('a person of one establishment sees nothing of another', async (t) => {
  const { bench, seeded } = await seededBench(t);
  const visitor = await connect(bench.app, await bench.user('administrator', EG));
  assert.equal((await visitor.get(`/console/documents/${seeded.documents.hostile}`)).status, 404);
  assert.equal((await visitor.get(`/console/documents?eg=${OTHER_EG}`)).status, 403);
  assert.ok(!(await visitor.get('/console/documents')).body.includes(seeded.documents.hostile));
  assert.ok(
    !(await visitor.get(`/console/patients/${seeded.patients.hostile}`)).body.includes(seeded.documents.hostile),
  );
  const other = await connect(bench.app, await bench.user('administrator', OTHER_EG));
  assert.equal((await other.get(`/console/documents/${seeded.documents.hostile}`)).status, 200);
  assert.equal((await other.get(`/console/documents/${seeded.documents.accepted}`)).status, 404);
  assert.ok(!(await other.get('/console/flux')).body.includes('DPI'));
});
