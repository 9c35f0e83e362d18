/**
 * Client of an OpenID Connect provider (Pro Santé Connect): authorization code with PKCE, state and nonce; issuer,
 * audience, dates and signature of the ID token checked by openid-client, the level of authentication here.
 */
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as client from 'openid-client';
import { openIdRules } from '../../rules/openid.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { createProviderHttp, type ProviderTls } from './fetch.ts';
import { type Professional, professionalOf } from './professional.ts';

export type ClientProof =
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secret: string }
  /** `key`: PKCS#8 in PEM. */
  | { readonly method: 'private_key_jwt'; readonly key: string; readonly keyId?: string | undefined }
  | { readonly method: 'tls_client_auth' };

export interface ProviderOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly proof: ClientProof;
  readonly tls: ProviderTls;
  /** Asked at each sign-in: a demonstration learns its own address when it listens. */
  readonly redirectUri: () => string;
  readonly scopes: readonly string[];
  readonly acr: string;
  readonly idTokenAlgorithm: string;
  readonly maxAgeSeconds: number | undefined;
  readonly timeoutMs: number;
  /** A demonstration shows its sign-in page in clear on loopback: a browser knows no authority of ours. */
  readonly clearLoopback: boolean;
  readonly now: () => Date;
}

/** What the browser's key must bring back with it. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface SignedIn {
  readonly professional: Professional;
  readonly authenticatedAt: Date;
  readonly idToken: string;
}

export interface Provider {
  /** The page of the provider, and what the return must match. */
  begin(): Promise<Result<{ readonly url: string; readonly attempt: Attempt }>>;
  /** `query`: that of the return, with its question mark. */
  finish(query: string, attempt: Attempt): Promise<Result<SignedIn>>;
  /** Where the provider's own session ends; undefined when it says nowhere. */
  endUrl(idToken: string, backTo: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Addresses of a provider change rarely; its keys are asked for at each sign-in. */
const METADATA_MS = 3_600_000;

export function createProvider(options: ProviderOptions): Provider {
  const http = createProviderHttp(options.tls, options.timeoutMs);
  const timeout = Math.ceil(options.timeoutMs / 1_000);
  let known: { readonly metadata: client.ServerMetadata; readonly until: number } | undefined;

  const metadata = async (): Promise<client.ServerMetadata> => {
    const now = options.now().getTime();
    if (known !== undefined && known.until > now) return known.metadata;
    const found = await client.discovery(new URL(options.issuer), options.clientId, {}, client.None(), {
      [client.customFetch]: http.fetch,
      timeout,
    });
    known = { metadata: found.serverMetadata(), until: now + METADATA_MS };
    return known.metadata;
  };

  const configuration = async (): Promise<client.Configuration> => {
    const own = {
      id_token_signed_response_alg: options.idTokenAlgorithm,
      // The house clock is the database's: a token is judged by it, not by this machine's.
      [client.clockSkew]: Math.round((options.now().getTime() - Date.now()) / 1_000),
    };
    const configured = new client.Configuration(
      await metadata(),
      options.clientId,
      own,
      await clientAuthentication(options.proof),
    );
    configured[client.customFetch] = http.fetch;
    configured.timeout = timeout;
    // Without it the library trusts the TLS connection and leaves the signature unread.
    client.enableNonRepudiationChecks(configured);
    return configured;
  };

  return {
    begin: () => guarded(async () => ok(await beginning(options, await configuration()))),
    finish: (query, attempt) => guarded(async () => finishing(options, await configuration(), query, attempt)),
    endUrl: async (idToken, backTo) => {
      const ended = await guarded(async () => {
        const configured = await configuration();
        if (configured.serverMetadata().end_session_endpoint === undefined) return ok(undefined);
        const parameters = { id_token_hint: idToken, post_logout_redirect_uri: backTo };
        return ok(client.buildEndSessionUrl(shown(options, configured, 'end_session_endpoint'), parameters).href);
      });
      return ended.ok ? ended.value : undefined;
    },
    close: () => http.close(),
  };
}

async function beginning(
  options: ProviderOptions,
  configured: client.Configuration,
): Promise<{ url: string; attempt: Attempt }> {
  const attempt = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    verifier: client.randomPKCECodeVerifier(),
  };
  const url = client.buildAuthorizationUrl(shown(options, configured, 'authorization_endpoint'), {
    redirect_uri: options.redirectUri(),
    scope: options.scopes.join(' '),
    acr_values: options.acr,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    ...(options.maxAgeSeconds !== undefined && { max_age: String(options.maxAgeSeconds) }),
  });
  return { url: url.href, attempt };
}

async function finishing(
  options: ProviderOptions,
  configured: client.Configuration,
  query: string,
  attempt: Attempt,
): Promise<Result<SignedIn>> {
  // The address that was declared, never the one that the request claims to be for.
  const returned = new URL(options.redirectUri());
  returned.search = query;
  const tokens = await client.authorizationCodeGrant(configured, returned, {
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.verifier,
    idTokenExpected: true,
    ...(options.maxAgeSeconds !== undefined && { maxAge: options.maxAgeSeconds }),
  });
  const claims = tokens.claims();
  if (claims === undefined || tokens.id_token === undefined) return refuse(openIdRules.answerInvalid);
  if (claims.acr !== options.acr) return refuse(openIdRules.levelTooLow, { detail: levelOf(claims.acr) });
  const userInfo = await client.fetchUserInfo(configured, tokens.access_token, claims.sub);
  const professional = professionalOf(userInfo);
  if (!professional.ok) return professional;
  return ok({
    professional: professional.value,
    authenticatedAt: claims.auth_time === undefined ? options.now() : new Date(claims.auth_time * 1_000),
    idToken: tokens.id_token,
  });
}

function levelOf(acr: unknown): string {
  return typeof acr === 'string' ? `niveau ${plainCode(acr)}` : 'aucun niveau indiqué';
}

/** For an address that only the browser opens. */
function shown(
  { clearLoopback }: ProviderOptions,
  configured: client.Configuration,
  endpoint: 'authorization_endpoint' | 'end_session_endpoint',
): client.Configuration {
  const address = configured.serverMetadata()[endpoint];
  const host = address === undefined ? '' : new URL(address).hostname;
  if (clearLoopback && (host === '127.0.0.1' || host === 'localhost')) client.allowInsecureRequests(configured);
  return configured;
}

async function clientAuthentication(proof: ClientProof): Promise<client.ClientAuth> {
  switch (proof.method) {
    case 'client_secret_basic':
      return client.ClientSecretBasic(proof.secret);
    case 'client_secret_post':
      return client.ClientSecretPost(proof.secret);
    case 'tls_client_auth':
      return client.TlsClientAuth();
    case 'private_key_jwt': {
      const key = await signingKey(proof.key);
      return client.PrivateKeyJwt(proof.keyId === undefined ? key : { key, kid: proof.keyId });
    }
  }
}

async function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const key = createPrivateKey(pem);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  const algorithm =
    key.asymmetricKeyType === 'ec'
      ? { name: 'ECDSA', namedCurve: 'P-256' }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

/** What the library throws, as a refusal. Its texts quote tokens: only codes are kept. */
async function guarded<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError)
      return refuse(openIdRules.refusedByProvider, { detail: plainCode(error.error) });
    if (error instanceof client.WWWAuthenticateChallengeError)
      return refuse(openIdRules.refusedByProvider, { detail: 'userinfo' });
    if (error instanceof client.ClientError && INVALID.has(error.code ?? ''))
      return refuse(openIdRules.answerInvalid, { detail: error.code ?? '' });
    if (error instanceof client.ClientError || isNetwork(error))
      return refuse(openIdRules.unavailable, { detail: codeOf(error) });
    throw error;
  }
}

/** Codes of the library for an answer that came and does not hold. */
const INVALID = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
  'OAUTH_JWT_USERINFO_EXPECTED',
]);

function isNetwork(error: unknown): boolean {
  return error instanceof Error && codeOf(error) !== '';
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? plainCode(code) : '';
}

function plainCode(text: string): string {
  return /^[\w.:-]{1,60}$/.test(text) ? text : 'code illisible';
}
