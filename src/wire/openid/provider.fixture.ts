/** A provider of OpenID Connect that is none of ours (`oidc-provider`), on loopback over TLS, with synthetic professionals. */

import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Provider as Oidc } from 'oidc-provider';
import { Agent, request } from 'undici';
import { createTestAuthority, type TestAuthority } from '../soap/certificates.fixture.ts';

export const CLIENT_ID = 'trait-d-union';
export const CLIENT_SECRET = 'un-secret-de-client-pour-les-essais';
export const REDIRECT_URI = 'https://console.example/console/connexion/retour';

/** As Pro Santé Connect describes a physician; the number has a right key and belongs to nobody. */
export function physicianClaims(id = '899900000011'): Record<string, unknown> {
  return {
    SubjectNameID: id,
    preferred_username: id,
    family_name: 'BLANC',
    given_name: 'Jeanne',
    Secteur_Activite: 'SA01^1.2.250.1.71.4.2.4',
    otherIds: [{ identifiant: id, origine: 'RPPS', qualite: 1 }],
    SubjectRefPro: {
      codeCivilite: 'MME',
      exercices: [
        {
          codeProfession: '10',
          codeCategorieProfessionnelle: 'C',
          codeCiviliteDexercice: 'DR',
          nomDexercice: 'BLANC',
          prenomDexercice: 'Jeanne',
          codeTypeSavoirFaire: 'S',
          codeSavoirFaire: 'SM26',
          activities: [
            {
              codeModeExercice: 'S',
              codeSecteurDactivite: 'SA01',
              codeSectionPharmacien: '',
              numeroFinessSite: '990000028',
              raisonSocialeSite: 'Hôpital des Essais',
            },
          ],
        },
      ],
    },
  };
}

export interface TestProvider {
  readonly issuer: string;
  readonly authority: TestAuthority;
  /** Who signs in next, and at which level. */
  person: { claims: Record<string, unknown>; acr: string };
  /** What a browser does with the address that the client gave: the person signs in; the query of the return. */
  browse(url: string): Promise<string>;
  close(): Promise<void>;
}

export interface ProviderCase {
  readonly authentication?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  /** Public key of the client, for private_key_jwt. */
  readonly clientKey?: JsonWebKey;
  readonly redirectUri?: string;
}

export async function startTestProvider(wanted: ProviderCase = {}): Promise<TestProvider> {
  const authority = await createTestAuthority('CN=Autorite du fournisseur');
  const { cert, key } = await authority.issue('CN=localhost');
  const server = createServer({ cert, key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`;
  const state = { person: { claims: physicianClaims(), acr: 'eidas1' } };
  serve(
    server,
    oidcOf(issuer, wanted, () => state.person.claims),
    state,
  );
  const agent = new Agent({ connect: { ca: authority.ca } });
  return {
    issuer,
    authority,
    get person() {
      return state.person;
    },
    set person(value) {
      state.person = value;
    },
    browse: (url) => browse(url, agent),
    close: async () => {
      await agent.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function oidcOf(issuer: string, wanted: ProviderCase, claimsOf: () => Record<string, unknown>): Oidc {
  const method = wanted.authentication ?? 'client_secret_basic';
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new Oidc(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        redirect_uris: [wanted.redirectUri ?? REDIRECT_URI],
        post_logout_redirect_uris: [new URL('/console/connexion', wanted.redirectUri ?? REDIRECT_URI).href],
        token_endpoint_auth_method: method,
        ...(method === 'private_key_jwt'
          ? { jwks: { keys: [{ ...wanted.clientKey, use: 'sig', alg: 'RS256' }] } }
          : { client_secret: CLIENT_SECRET }),
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'signature' }] },
    scopes: ['openid', 'scope_all'],
    claims: { openid: ['sub'], scope_all: Object.keys(physicianClaims()), acr: null, auth_time: null },
    acrValues: ['eidas1', 'faible'],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['une clé d’essai'] },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, ...claimsOf() }) }),
    loadExistingGrant: async (context) => {
      const { client, session, params } = context.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(String(params?.scope ?? ''));
      await grant.save();
      return grant;
    },
  });
}

/** The sign-in page of this provider asks nothing: the person is the one of the test. */
function serve(server: Server, oidc: Oidc, state: { person: { claims: Record<string, unknown>; acr: string } }): void {
  const answer = oidc.callback();
  server.on('request', (incoming, outgoing) => {
    if (!incoming.url?.startsWith('/interaction/')) return answer(incoming, outgoing);
    const { claims, acr } = state.person;
    const login = { accountId: `f:annuaire:${String(claims.SubjectNameID)}`, acr, amr: ['mfa'] };
    return void oidc.interactionFinished(incoming, outgoing, { login }, { mergeWithLastSubmission: false });
  });
}

/** Follows redirections of the provider with its cookies, until one leads elsewhere. */
async function browse(start: string, agent: Agent): Promise<string> {
  const cookies = new Map<string, string>();
  const { origin } = new URL(start);
  let url = start;
  for (let hops = 0; hops < 10; hops++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await request(url, { dispatcher: agent, headers: { cookie } });
    const text = await answer.body.text();
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const { location } = answer.headers;
    if (typeof location !== 'string')
      throw new Error(`the provider shows a page (${answer.statusCode}): ${text.slice(0, 300)}`);
    const next = new URL(location, url);
    if (next.origin !== origin) return next.search;
    url = next.href;
  }
  throw new Error('the provider never comes back');
}
