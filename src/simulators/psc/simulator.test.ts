/** The simulator against the client: who signs in, what the simulator refuses, and the tokens that the client must refuse. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openIdRules } from '../../rules/openid.ts';
import type { Result } from '../../rules/rule.ts';
import { createProvider, type Provider } from '../../wire/openid/provider.ts';
import { createTestAuthority } from '../../wire/soap/certificates.fixture.ts';
import type { SimulatedPerson } from './people.ts';
import { createPscSimulator, type PscSimulator } from './simulator.ts';
import { TOKEN_FAULTS } from './tokens.ts';

const CLIENT = {
  id: 'client',
  secret: 'un secret: à % encoder',
  redirectUri: 'https://console.example/retour',
  afterLogout: 'https://console.example/connexion',
};
const PERSON: SimulatedPerson = {
  id: '899900000011',
  family: 'BLANC',
  given: 'Jeanne',
  civility: 'MME',
  description: 'Médecin',
  profession: '10',
  specialty: 'SM26',
  site: { finess: '990000028', legalFiness: '990000010', name: 'Hôpital des Essais' },
};

interface Bench {
  readonly psc: PscSimulator;
  readonly provider: Provider;
  readonly wait: (ms: number) => void;
}

async function open(
  t: TestContext,
  proof: 'client_secret_basic' | 'client_secret_post' = 'client_secret_basic',
): Promise<Bench> {
  const authority = await createTestAuthority('CN=Autorite');
  let shift = 0;
  const psc = await createPscSimulator({
    tls: await authority.issue('CN=localhost'),
    port: 0,
    pagePort: 0,
    controlPort: 0,
    people: [PERSON],
    now: () => new Date(Date.now() + shift),
    log: () => undefined,
  });
  psc.declare(CLIENT);
  const provider = createProvider({
    issuer: psc.url,
    clientId: CLIENT.id,
    proof: { method: proof, secret: CLIENT.secret },
    tls: { ca: authority.ca },
    redirectUri: () => CLIENT.redirectUri,
    scopes: ['openid', 'scope_all'],
    acr: 'eidas1',
    idTokenAlgorithm: 'RS256',
    maxAgeSeconds: undefined,
    timeoutMs: 5_000,
    clearLoopback: true,
    now: () => new Date(),
  });
  t.after(async () => {
    await provider.close();
    await psc.close();
  });
  return {
    psc,
    provider,
    wait: (ms) => {
      shift += ms;
    },
  };
}

/** What a person does on the page of the simulator; the query of the return. */
async function choose(url: string, person = PERSON.id): Promise<string> {
  const page = await fetch(url);
  const demande = /name="demande" value="([\w-]+)"/.exec(await page.text())?.[1] ?? '';
  const body = new URLSearchParams({ demande, personne: person });
  const answer = await fetch(new URL('/auth', url), { method: 'POST', body, redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? 'https://nowhere.invalid/').search;
}

async function signIn({ provider }: Bench, person?: string) {
  const begun = await provider.begin();
  assert.ok(begun.ok);
  const { url, attempt } = begun.value;
  return { url, attempt, signed: await provider.finish(await choose(url, person), attempt) };
}

function ruleOf(result: Result<unknown>): string | undefined {
  return result.ok ? undefined : result.refusal.rule.id;
}

test('a physician of the simulator signs in, by both ways of giving the secret; giving up is told', async (t) => {
  for (const proof of ['client_secret_basic', 'client_secret_post'] as const) {
    const bench = await open(t, proof);
    const { signed } = await signIn(bench);
    assert.ok(signed.ok, ruleOf(signed));
    assert.deepEqual([signed.value.professional.id, signed.value.professional.exercises.length], [PERSON.id, 1]);
    const end = await bench.provider.endUrl(signed.value.idToken, CLIENT.afterLogout);
    const left = await fetch(end ?? '', { redirect: 'manual' });
    assert.equal(left.headers.get('location'), CLIENT.afterLogout);
    assert.equal(ruleOf((await signIn(bench, '')).signed), openIdRules.refusedByProvider.id);
  }
});

test('tokens that a client must refuse: signature, key, algorithm, nonce, issuer, audience, date, level', async (t) => {
  const bench = await open(t);
  for (const fault of TOKEN_FAULTS) {
    await fetch(`${bench.psc.control}/faults`, { method: 'POST', body: JSON.stringify({ fault }) });
    const rule = ruleOf((await signIn(bench)).signed);
    assert.equal(rule, fault === 'low-level' ? openIdRules.levelTooLow.id : openIdRules.answerInvalid.id, fault);
  }
  await fetch(`${bench.psc.control}/faults`, { method: 'DELETE' });
  assert.ok((await signIn(bench)).signed.ok);
});

test('the simulator is strict: what a departure must say, one use of a code, a minute to use it', async (t) => {
  const bench = await open(t);
  const { provider } = bench;
  const begun = await provider.begin();
  assert.ok(begun.ok);
  const { url, attempt } = begun.value;
  for (const [name, value] of Object.entries({
    response_type: 'token',
    scope: 'openid',
    acr_values: 'eidas0',
    nonce: '',
    code_challenge: 'court',
    code_challenge_method: 'plain',
  })) {
    const changed = new URL(url);
    changed.searchParams.set(name, value);
    const answer = await fetch(changed, { redirect: 'manual' });
    assert.match(answer.headers.get('location') ?? '', /error=(unsupported|invalid)_/, name);
  }
  const elsewhere = new URL(url);
  elsewhere.searchParams.set('redirect_uri', 'https://evil.example/');
  assert.equal((await fetch(elsewhere, { redirect: 'manual' })).status, 400);
  const query = await choose(url);
  assert.ok((await provider.finish(query, attempt)).ok);
  assert.equal(ruleOf(await provider.finish(query, attempt)), openIdRules.refusedByProvider.id);
  const late = await provider.begin();
  assert.ok(late.ok);
  const lateQuery = await choose(late.value.url);
  bench.wait(61_000);
  assert.equal(ruleOf(await provider.finish(lateQuery, late.value.attempt)), openIdRules.refusedByProvider.id);
});
