/** The provider of OpenID Connect that the configuration declares. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { OpenIdSettings } from '../config/sign-in-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { type ClientProof, createProvider, type Provider } from '../wire/openid/provider.ts';

export const RETURN = '/console/connexion/retour';

export interface DeclaredProvider {
  readonly provider: Provider;
  /** Where the provider sends the browser back. */
  readonly redirectUri: () => string;
  readonly settings: OpenIdSettings;
}

/** Undefined where none is declared. Its keys are read here: a missing file stops the start, not the first sign-in. */
export function declaredProvider(app: FastifyInstance, { config, now }: UseCaseContext): DeclaredProvider | undefined {
  const settings = config.signIn.openid;
  if (settings === undefined) return undefined;
  const read = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : readFileSync(file, 'utf8');
  const redirectUri = (): string => settings.redirectUri ?? ownAddress(app);
  const provider = createProvider({
    issuer: settings.issuer,
    clientId: settings.clientId,
    proof: proofOf(settings.authentication),
    tls: { ca: read(settings.ca), cert: read(settings.tls?.cert), key: read(settings.tls?.key) },
    redirectUri,
    scopes: settings.scopes,
    acr: settings.acr,
    idTokenAlgorithm: settings.idTokenAlgorithm,
    maxAgeSeconds: settings.maxAgeMinutes === undefined ? undefined : settings.maxAgeMinutes * 60,
    timeoutMs: settings.timeoutMs,
    clearLoopback: config.installation === 'demonstration',
    now,
  });
  return { provider, redirectUri, settings };
}

function proofOf(authentication: OpenIdSettings['authentication']): ClientProof {
  if (authentication.method !== 'private_key_jwt') return authentication;
  return { ...authentication, key: readFileSync(authentication.key, 'utf8') };
}

/** Of a demonstration, which speaks plain HTTP on loopback. */
function ownAddress(app: FastifyInstance): string {
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the console does not listen yet');
  return `http://127.0.0.1:${address.port}${RETURN}`;
}
