/** Sign-in of professionals in the console, against a provider that is none of ours. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openIdRules } from '../rules/openid.ts';
import { grantRight, revokeRight, rightsOf } from '../store/professionals.ts';
import { listAudit } from '../store/proofs.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  REDIRECT_URI,
  startTestProvider,
  type TestProvider,
} from '../wire/openid/provider.fixture.ts';
import { type ConsoleBench, connect, createConsoleBench, EG, OTHER_EG, submitForm } from './console.fixture.ts';

const PHYSICIAN = '899900000011';

async function open(t: TestContext, localAccounts = true): Promise<{ bench: ConsoleBench; idp: TestProvider }> {
  const idp = await startTestProvider();
  const folder = await mkdtemp(join(tmpdir(), 'tdu-openid-'));
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, idp.authority.ca);
  t.after(async () => {
    await idp.close();
    await rm(folder, { recursive: true });
  });
  const openid = {
    issuer: idp.issuer,
    clientId: CLIENT_ID,
    authentication: { method: 'client_secret_basic' as const, secret: CLIENT_SECRET },
    ca,
    redirectUri: REDIRECT_URI,
  };
  const bench = await createConsoleBench(t, { signIn: { localAccounts, openid } });
  // The provider dates its tokens by this machine.
  bench.wait(Date.now() - bench.gateway.now().getTime());
  return { bench, idp };
}

function cookiesOf(answer: { cookies: readonly { name: string; value: string }[] }): string {
  return answer.cookies
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
}

async function grant(bench: ConsoleBench, eg: string | null, role = 'professional'): Promise<void> {
  const right = { person: PHYSICIAN, displayName: 'Jeanne Blanc', role, eg, regulation: false };
  await grantRight(bench.gateway.pool, { ...right, grantedBy: 'user:admin', grantedAt: bench.gateway.now() });
}

/** From the link of the connection page to what the return answers. */
async function signIn({ bench, idp }: { bench: ConsoleBench; idp: TestProvider }) {
  const departure = await bench.app.inject('/console/connexion/professionnel?suite=/console/patients');
  assert.equal(departure.statusCode, 303, departure.body);
  const query = await idp.browse(String(departure.headers.location));
  const back = { url: `/console/connexion/retour${query}`, headers: { cookie: cookiesOf(departure) } };
  return { back, answer: await bench.app.inject(back) };
}

async function outcomes(bench: ConsoleBench): Promise<(readonly [string, string, string])[]> {
  const entries = await listAudit(bench.gateway.pool, { subject: null, limit: 50 });
  return entries
    .filter(({ action }) => action.includes('OpenID'))
    .map(({ actor, role, outcome }) => [actor, role, outcome] as const);
}

test('nobody is let in by default; whom the site names enters with the role given, and comes to the page asked for', async (t) => {
  const opened = await open(t);
  const { bench } = opened;
  const stranger = (await signIn(opened)).answer;
  assert.equal(stranger.statusCode, 403);
  assert.ok(stranger.body.includes(openIdRules.notListed.id) && stranger.body.includes(PHYSICIAN));
  assert.ok(!stranger.cookies.some(({ name }) => name === 'tdu_session'));

  await grant(bench, EG);
  const { answer } = await signIn(opened);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.headers.refresh, '0; url=/console/patients');
  const session = answer.cookies.find(({ name }) => name === 'tdu_session');
  assert.deepEqual([session?.httpOnly, session?.sameSite], [true, 'Strict']);
  const page = await bench.app.inject({ url: '/console/patients', headers: { cookie: cookiesOf(answer) } });
  assert.equal(page.statusCode, 200);
  assert.ok(page.body.includes('Jeanne BLANC') && page.body.includes('Professionnel de santé'));
  assert.deepEqual((await outcomes(bench)).toReversed(), [
    [`user:${PHYSICIAN}`, '', openIdRules.notListed.id],
    [`user:${PHYSICIAN}`, 'professional', 'done'],
  ]);
});

test('a return serves once, in the browser that left, within ten minutes', async (t) => {
  const opened = await open(t);
  const { bench, idp } = opened;
  await grant(bench, EG);
  const { back } = await signIn(opened);
  const again = await bench.app.inject(back);
  assert.ok(again.statusCode === 400 && again.body.includes(openIdRules.attemptUnknown.id));
  const bare = await bench.app.inject(back.url);
  assert.ok(bare.statusCode === 400 && bare.body.includes(openIdRules.attemptUnknown.id));
  const late = await bench.app.inject('/console/connexion/professionnel');
  const query = await idp.browse(String(late.headers.location));
  bench.wait(11 * 60_000);
  const answer = await bench.app.inject({
    url: `/console/connexion/retour${query}`,
    headers: { cookie: cookiesOf(late) },
  });
  assert.ok(answer.statusCode === 400 && answer.body.includes(openIdRules.attemptUnknown.id));
});

test('a session ends with its time, with its right, and with a disconnection that goes on to the provider', async (t) => {
  const opened = await open(t);
  const { bench, idp } = opened;
  const { pool } = bench.gateway;
  await grant(bench, EG);
  const status = async (cookie: string) =>
    (await bench.app.inject({ url: '/console/patients', headers: { cookie } })).statusCode;

  const revoked = cookiesOf((await signIn(opened)).answer);
  assert.equal(await status(revoked), 200);
  const [right] = await rightsOf(pool, PHYSICIAN);
  assert.ok(right !== undefined && (await revokeRight(pool, right.id, 'user:admin', bench.gateway.now())));
  assert.equal(await status(revoked), 303);

  await grant(bench, EG);
  const left = cookiesOf((await signIn(opened)).answer);
  const page = await bench.app.inject({ url: '/console/patients', headers: { cookie: left } });
  const jeton = /name="jeton" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const bye = await submitForm(bench.app, '/console/deconnexion', left, { jeton });
  assert.ok(String(bye.headers.refresh).startsWith(`0; url=${idp.issuer}/session/end?`));
  assert.equal(await status(left), 303);

  const aged = cookiesOf((await signIn(opened)).answer);
  bench.wait(239 * 60_000);
  assert.equal(await status(aged), 200);
  bench.wait(2 * 60_000);
  assert.equal(await status(aged), 303);
});

test('a professional of two establishments acts for one at a time, and takes no right of somebody else', async (t) => {
  const opened = await open(t);
  const { bench } = opened;
  await grant(bench, EG);
  await grant(bench, OTHER_EG, 'auditor');
  const foreign = { person: '899900000029', displayName: 'Autre', role: 'administrator', eg: null, regulation: false };
  const other = await grantRight(bench.gateway.pool, {
    ...foreign,
    grantedBy: 'user:admin',
    grantedAt: bench.gateway.now(),
  });
  const cookie = cookiesOf((await signIn(opened)).answer);
  const page = await bench.app.inject({ url: '/console/exercice', headers: { cookie } });
  assert.ok(page.body.includes('Médecin, Qualifié en Médecine Générale (SM)'), page.body);
  assert.match(page.body, /Hôpital des Essais – Professionnel de santé<\/span> <span class="mut">\(en cours\)/);
  const jeton = /name="jeton" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const stolen = await submitForm(bench.app, '/console/exercice', cookie, { jeton, habilitation: String(other?.id) });
  assert.equal(stolen.statusCode, 404);
  const wanted = /name="habilitation" value="(\d+)"/.exec(page.body)?.[1] ?? '';
  const changed = await submitForm(bench.app, '/console/exercice', cookie, { jeton, habilitation: wanted });
  assert.equal(changed.headers.location, '/console/');
  const home = await bench.app.inject({ url: '/console/exercice', headers: { cookie } });
  assert.match(home.body, /Hôpital du Canal – Audit<\/span> <span class="mut">\(en cours\)/);
});

test('a site that closes its local accounts opens to nobody by a password, nor to a session already open', async (t) => {
  const { bench } = await open(t, false);
  const login = await bench.user('administrator');
  const form = await bench.app.inject('/console/connexion');
  assert.ok(form.body.includes('Se connecter avec Pro Santé Connect') && !form.body.includes('mot-de-passe'));
  const refused = await submitForm(bench.app, '/console/connexion', '', {
    identifiant: login,
    'mot-de-passe': 'Mot de passe d’essai',
  });
  assert.ok(refused.statusCode === 403 && refused.body.includes(openIdRules.localClosed.id));
});

test('the page of professionals grants, refuses what it cannot read, and revokes; an establishment keeps to its own', async (t) => {
  const bench = await createConsoleBench(t);
  const visitor = await connect(bench.app, await bench.user('administrator'));
  const path = '/console/professionnels';
  assert.ok((await visitor.get(path)).body.includes('Personne n’est habilité'));
  const right = { numero: '99900000011', nom: 'Jeanne <b>Blanc</b>', etablissement: EG, role: 'professional' };
  assert.equal((await visitor.post(path, right)).location, path);
  for (const change of [{}, { numero: 'abc' }, { role: 'roi' }, { etablissement: '999999999' }, { nom: ' ' }])
    assert.equal((await visitor.post(path, { ...right, ...change })).status, 400, JSON.stringify(change));
  assert.equal((await visitor.post(path, { ...right, etablissement: '' })).status, 400);
  const listed = (await visitor.get(path)).body;
  assert.ok(listed.includes('Jeanne &lt;b&gt;Blanc&lt;/b&gt;') && listed.includes(PHYSICIAN));
  const revoking = /action="(\/console\/professionnels\/\d+\/retirer)"/.exec(listed)?.[1] ?? '';
  const bound = await connect(bench.app, await bench.user('administrator', OTHER_EG));
  assert.ok(!(await bound.get(path)).body.includes('Jeanne'));
  assert.equal((await bound.post(revoking, {})).status, 404);
  assert.equal((await bound.post(path, { ...right, numero: '99900000029' })).status, 403);
  assert.equal((await visitor.post(revoking, {})).location, path);
  assert.deepEqual(await rightsOf(bench.gateway.pool, PHYSICIAN), []);
});
