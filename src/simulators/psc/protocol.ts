/** The exchanges of OpenID Connect as the simulator judges them: departure, choice, token, claims, end of session. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { choicePage, problemPage } from './pages.ts';
import { claimsOf, type SimulatedPerson } from './people.ts';
import type { TokenFault, TokenSigner } from './tokens.ts';

export interface PscClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
  readonly afterLogout: string;
}

interface Request {
  readonly client: PscClient;
  readonly state: string;
  readonly nonce: string;
  readonly challenge: string;
  /** Milliseconds. */
  readonly until: number;
}

interface Granted extends Request {
  readonly person: SimulatedPerson;
  /** Seconds. */
  readonly authenticatedAt: number;
}

export interface ProviderState {
  readonly people: readonly SimulatedPerson[];
  readonly now: () => Date;
  readonly signer: TokenSigner;
  readonly clients: Map<string, PscClient>;
  readonly requests: Map<string, Request>;
  readonly codes: Map<string, Granted>;
  readonly tokens: Map<string, Granted>;
  /** What is wrong with it, on demand. */
  fault: TokenFault | 'down' | undefined;
  service: string;
  pages: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const MOST_PENDING = 10_000;
const CODE_MS = 60_000;
const REQUEST_MS = 10 * 60_000;
const TOKEN_SECONDS = 300;
const LEVEL = 'eidas1';

/** Under a key that nobody guesses; what has expired is forgotten. */
function keep<T extends { until: number }>({ now }: ProviderState, map: Map<string, T>, value: T): string {
  for (const [key, { until }] of map) if (until <= now().getTime() || map.size > MOST_PENDING) map.delete(key);
  const key = randomBytes(24).toString('base64url');
  map.set(key, value);
  return key;
}

function taken<T extends { until: number }>({ now }: ProviderState, map: Map<string, T>, key: string): T | undefined {
  const value = map.get(key);
  map.delete(key);
  return value !== undefined && value.until > now().getTime() ? value : undefined;
}

/** A client or a return address that is not declared is never redirected to. */
export function authorize(provider: ProviderState, query: URLSearchParams): Answer {
  const client = provider.clients.get(query.get('client_id') ?? '');
  if (client === undefined || query.get('redirect_uri') !== client.redirectUri)
    return page(400, problemPage('client_id ou redirect_uri non déclaré'));
  const state = query.get('state') ?? '';
  const error = departureFault(query);
  if (error !== undefined) return back(provider, client, { state, error });
  const request = keep(provider, provider.requests, {
    client,
    state,
    nonce: query.get('nonce') ?? '',
    challenge: query.get('code_challenge') ?? '',
    until: provider.now().getTime() + REQUEST_MS,
  });
  return page(200, choicePage(provider.people, request));
}

/** What the national provider asks of a departure, by the error of RFC 6749. */
function departureFault(query: URLSearchParams): string | undefined {
  if (query.get('response_type') !== 'code') return 'unsupported_response_type';
  const scopes = (query.get('scope') ?? '').split(' ');
  if (!['openid', 'scope_all'].every((scope) => scopes.includes(scope))) return 'invalid_scope';
  const named = ['state', 'nonce'].every((name) => (query.get(name) ?? '') !== '');
  const proven = query.get('code_challenge_method') === 'S256' && /^[\w-]{43}$/.test(query.get('code_challenge') ?? '');
  return named && proven && query.get('acr_values') === LEVEL ? undefined : 'invalid_request';
}

export function choose(provider: ProviderState, form: URLSearchParams): Answer {
  const request = taken(provider, provider.requests, form.get('demande') ?? '');
  if (request === undefined) return page(400, problemPage('demande expirée'));
  const { client, state } = request;
  const person = provider.people.find(({ id }) => id === form.get('personne'));
  if (person === undefined) return back(provider, client, { state, error: 'access_denied' });
  const at = provider.now().getTime();
  const granted = { ...request, person, authenticatedAt: Math.floor(at / 1_000), until: at + CODE_MS };
  return back(provider, client, { state, code: keep(provider, provider.codes, granted) });
}

function back(provider: ProviderState, client: PscClient, parameters: Record<string, string>): Answer {
  const url = new URL(client.redirectUri);
  url.search = new URLSearchParams({ ...parameters, iss: provider.service }).toString();
  return { status: 303, headers: { location: url.href } };
}

export function token(provider: ProviderState, form: URLSearchParams, authorization: string): Answer {
  const client = authenticated(provider, form, authorization);
  if (client === undefined) return json(401, { error: 'invalid_client' });
  if (form.get('grant_type') !== 'authorization_code') return json(400, { error: 'unsupported_grant_type' });
  const granted = taken(provider, provider.codes, form.get('code') ?? '');
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  const returned = form.get('redirect_uri') === client.redirectUri;
  if (granted?.client !== client || granted.challenge !== challenge || !returned)
    return json(400, { error: 'invalid_grant' });
  return json(200, {
    access_token: keep(provider, provider.tokens, {
      ...granted,
      until: provider.now().getTime() + TOKEN_SECONDS * 1_000,
    }),
    token_type: 'Bearer',
    expires_in: TOKEN_SECONDS,
    id_token: idToken(provider, granted),
  });
}

function idToken({ now, signer, service, fault }: ProviderState, granted: Granted): string {
  const seconds = Math.floor(now().getTime() / 1_000);
  const claims = {
    iss: service,
    sub: subjectOf(granted),
    aud: granted.client.id,
    nonce: granted.nonce,
    acr: LEVEL,
    auth_time: granted.authenticatedAt,
    iat: seconds,
    exp: seconds + TOKEN_SECONDS,
  };
  return signer.idToken(claims, fault === 'down' ? undefined : fault);
}

function subjectOf({ person }: Granted): string {
  return `f:simulateur:${person.id}`;
}

/** By header or by form, never both (RFC 6749, 2.3). */
function authenticated(
  { clients }: ProviderState,
  form: URLSearchParams,
  authorization: string,
): PscClient | undefined {
  const basic = /^Basic ([\w+/=]+)$/.exec(authorization)?.[1];
  if (basic !== undefined && form.has('client_secret')) return undefined;
  const [id = '', secret = ''] =
    basic === undefined
      ? [form.get('client_id') ?? '', form.get('client_secret') ?? '']
      : Buffer.from(basic, 'base64').toString('utf8').split(':', 2).map(formDecoded);
  const client = clients.get(id);
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return client !== undefined && timingSafeEqual(digest(secret), digest(client.secret)) ? client : undefined;
}

/** Each part of a Basic authorization is form-encoded first (RFC 6749, 2.3.1). */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

export function userInfo({ tokens, now }: ProviderState, authorization: string): Answer {
  const granted = tokens.get(/^Bearer ([\w-]+)$/.exec(authorization)?.[1] ?? '');
  if (granted === undefined || granted.until <= now().getTime())
    return { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
  return json(200, { sub: subjectOf(granted), ...claimsOf(granted.person) });
}

export function logout({ clients }: ProviderState, query: URLSearchParams): Answer {
  const asked = query.get('post_logout_redirect_uri');
  const client = [...clients.values()].find(({ afterLogout }) => afterLogout === asked);
  if (client === undefined || (query.get('id_token_hint') ?? '') === '')
    return page(400, problemPage('id_token_hint ou post_logout_redirect_uri non déclaré'));
  return { status: 303, headers: { location: client.afterLogout } };
}

export function metadata({ service, pages }: ProviderState): Answer {
  return json(200, {
    issuer: service,
    authorization_endpoint: `${pages}/auth`,
    token_endpoint: `${service}/token`,
    userinfo_endpoint: `${service}/userinfo`,
    jwks_uri: `${service}/certs`,
    end_session_endpoint: `${pages}/logout`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
    acr_values_supported: [LEVEL],
    scopes_supported: ['openid', 'scope_all'],
    authorization_response_iss_parameter_supported: true,
  });
}

export function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function page(status: number, body: string): Answer {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }, body };
}
