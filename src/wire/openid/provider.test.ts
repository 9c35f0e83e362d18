/** Sign-in against a provider that is none of ours, over real TLS; and what must not pass. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { openIdRules } from '../../rules/openid.ts';
import type { Result } from '../../rules/rule.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type ProviderCase,
  physicianClaims,
  REDIRECT_URI,
  startTestProvider,
  type TestProvider,
} from './provider.fixture.ts';
import { createProvider, type Provider, type ProviderOptions } from './provider.ts';

async function open(
  t: TestContext,
  wanted: ProviderCase = {},
  settings: Partial<ProviderOptions> = {},
): Promise<{ idp: TestProvider; provider: Provider }> {
  const idp = await startTestProvider(wanted);
  const provider = createProvider({
    issuer: idp.issuer,
    clientId: CLIENT_ID,
    proof: { method: 'client_secret_basic', secret: CLIENT_SECRET },
    tls: { ca: idp.authority.ca },
    redirectUri: () => REDIRECT_URI,
    scopes: ['openid', 'scope_all'],
    acr: 'eidas1',
    idTokenAlgorithm: 'RS256',
    maxAgeSeconds: undefined,
    timeoutMs: 5_000,
    clearLoopback: false,
    now: () => new Date(),
    ...settings,
  });
  t.after(async () => {
    await provider.close();
    await idp.close();
  });
  return { idp, provider };
}

function given<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : `${result.refusal.rule.id} ${result.refusal.detail}`);
  return result.value;
}

function ruleOf(result: Result<unknown>): string {
  assert.ok(!result.ok);
  return result.refusal.rule.id;
}

test('a physician signs in: who she is, when, and the request says level, state, nonce and PKCE', async (t) => {
  const { idp, provider } = await open(t);
  const { url, attempt } = given(await provider.begin());
  const asked = new URL(url).searchParams;
  assert.equal(asked.get('acr_values'), 'eidas1');
  assert.equal(asked.get('code_challenge_method'), 'S256');
  assert.deepEqual([asked.get('state'), asked.get('nonce')], [attempt.state, attempt.nonce]);
  assert.ok(!url.includes(attempt.verifier));
  const signed = given(await provider.finish(await idp.browse(url), attempt));
  assert.equal(signed.professional.id, '899900000011');
  assert.equal(signed.professional.family, 'BLANC');
  assert.deepEqual(
    signed.professional.exercises.map(({ profession, specialty, sites }) => [profession, specialty, sites[0]?.finess]),
    [['10', 'SM26', '990000028']],
  );
  assert.ok(Math.abs(signed.authenticatedAt.getTime() - Date.now()) < 60_000);
  const end = await provider.endUrl(signed.idToken, 'https://console.example/console/connexion');
  assert.ok(end?.startsWith(`${idp.issuer}/session/end?id_token_hint=`));
});

test('the client proves itself by posted secret, or by a key that never leaves', async (t) => {
  const posted = await open(
    t,
    { authentication: 'client_secret_post' },
    { proof: { method: 'client_secret_post', secret: CLIENT_SECRET } },
  );
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const keyed = await open(
    t,
    { authentication: 'private_key_jwt', clientKey: publicKey.export({ format: 'jwk' }) },
    { proof: { method: 'private_key_jwt', key } },
  );
  for (const { idp, provider } of [posted, keyed]) {
    const { url, attempt } = given(await provider.begin());
    assert.equal(given(await provider.finish(await idp.browse(url), attempt)).professional.given, 'Jeanne');
  }
});

test('what the return must match: state, nonce, verifier; a code serves once', async (t) => {
  const { idp, provider } = await open(t);
  const other = given(await provider.begin()).attempt;
  for (const part of ['state', 'nonce', 'verifier'] as const) {
    const { url, attempt } = given(await provider.begin());
    const query = await idp.browse(url);
    const rule = ruleOf(await provider.finish(query, { ...attempt, [part]: other[part] }));
    // The verifier is judged by the provider, the two others here.
    assert.equal(rule, part === 'verifier' ? openIdRules.refusedByProvider.id : openIdRules.answerInvalid.id, part);
  }
  const { url, attempt } = given(await provider.begin());
  const query = await idp.browse(url);
  assert.ok((await provider.finish(query, attempt)).ok);
  assert.equal(ruleOf(await provider.finish(query, attempt)), openIdRules.refusedByProvider.id);
});

test('a weaker authentication than the one asked for lets nobody in', async (t) => {
  const { idp, provider } = await open(t);
  idp.person = { claims: physicianClaims(), acr: 'faible' };
  const { url, attempt } = given(await provider.begin());
  const refused = await provider.finish(await idp.browse(url), attempt);
  assert.equal(ruleOf(refused), openIdRules.levelTooLow.id);
  assert.ok(!refused.ok && refused.refusal.detail === 'niveau faible');
});

test('claims that name nobody, or two people, let nobody in', async (t) => {
  const { idp, provider } = await open(t);
  const right = physicianClaims();
  const cases: Record<string, unknown>[] = [
    { ...right, SubjectNameID: '', preferred_username: '' },
    { ...right, preferred_username: '899900000029' },
    { ...right, family_name: ' ' },
    { ...right, SubjectNameID: '8<script>', preferred_username: '8<script>' },
    { ...right, SubjectRefPro: 'rien' },
  ];
  for (const claims of cases) {
    idp.person = { claims, acr: 'eidas1' };
    const { url, attempt } = given(await provider.begin());
    const rule = ruleOf(await provider.finish(await idp.browse(url), attempt));
    assert.equal(rule, openIdRules.claimsUnusable.id, JSON.stringify(claims));
  }
});

test('a provider of another authority, another issuer, or away: nobody is connected, and it is said which', async (t) => {
  const { idp } = await open(t);
  const attempt = { state: 's', nonce: 'n', verifier: 'v'.repeat(43) };
  const with_ = async (settings: Partial<ProviderOptions>): Promise<string> => {
    const provider = createProvider({
      issuer: idp.issuer,
      clientId: CLIENT_ID,
      proof: { method: 'client_secret_basic', secret: CLIENT_SECRET },
      tls: { ca: idp.authority.ca },
      redirectUri: () => REDIRECT_URI,
      scopes: ['openid'],
      acr: 'eidas1',
      idTokenAlgorithm: 'RS256',
      maxAgeSeconds: undefined,
      timeoutMs: 2_000,
      clearLoopback: false,
      now: () => new Date(),
      ...settings,
    });
    const rules = [ruleOf(await provider.begin()), ruleOf(await provider.finish('?code=c&state=s', attempt))];
    await provider.close();
    assert.equal(rules[0], rules[1]);
    return rules[0] ?? '';
  };
  assert.equal(await with_({ tls: {} }), openIdRules.unavailable.id);
  assert.equal(await with_({ issuer: 'https://localhost:1' }), openIdRules.unavailable.id);
  assert.equal(await with_({ issuer: idp.issuer.replace('localhost', '127.0.0.1') }), openIdRules.answerInvalid.id);
});

test('the person gives up: the code of the provider is shown, whatever else it says is not', async (t) => {
  const { idp, provider } = await open(t);
  const { attempt } = given(await provider.begin());
  const query = `?state=${attempt.state}&iss=${idp.issuer}&error=access_denied&error_description=<b>non</b>`;
  const refused = await provider.finish(query, attempt);
  assert.ok(!refused.ok && refused.refusal.rule === openIdRules.refusedByProvider);
  assert.equal(refused.refusal.detail, 'access_denied');
});

test('a token is judged by the clock of the house', async (t) => {
  const { idp, provider } = await open(t, {}, { now: () => new Date(Date.now() + 3 * 86_400_000) });
  const { url, attempt } = given(await provider.begin());
  assert.equal(ruleOf(await provider.finish(await idp.browse(url), attempt)), openIdRules.answerInvalid.id);
});
