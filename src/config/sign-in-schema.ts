/** Settings of the connection to the console: local accounts, and a provider of OpenID Connect (Pro Santé Connect). */
import { z } from 'zod';

const pemFile = z.string().min(1);
const https = (text: string) => z.url({ protocol: /^https$/, error: text });

/** How the gateway proves to the provider which client it is (OpenID Connect Core 9, RFC 8705). */
const authentication = z.discriminatedUnion('method', [
  z.strictObject({ method: z.enum(['client_secret_basic', 'client_secret_post']), secret: z.string().min(16) }),
  z.strictObject({
    method: z.literal('private_key_jwt'),
    /** PKCS#8, RSA (RS256) or P-256 (ES256). */
    key: pemFile,
    keyId: z.string().min(1).optional(),
  }),
  /** The certificate of `tls` says it all. */
  z.strictObject({ method: z.literal('tls_client_auth') }),
]);

const openid = z.strictObject({
  /** Exactly as the provider writes it in its tokens. */
  issuer: https("l'adresse https de l'émetteur est attendue"),
  clientId: z.string().min(1),
  authentication,
  /** Client certificate shown to the provider, whatever the method. */
  tls: z.strictObject({ cert: pemFile, key: pemFile }).optional(),
  /** Authority of the provider's own certificate; those of the system when absent. */
  ca: pemFile.optional(),
  /** Public address of `/console/connexion/retour`, as it was declared to the provider; a demonstration takes its own. */
  redirectUri: z.url().optional(),
  scopes: z.array(z.string().min(1)).min(1).default(['openid', 'scope_all']),
  /** Level asked for (`acr_values`), and the one that the answer must state. */
  acr: z.string().min(1).default('eidas1'),
  idTokenAlgorithm: z.enum(['RS256', 'PS256', 'ES256']).default('RS256'),
  /** Authentication older than this is asked again; whatever the provider accepts when absent. Minutes. */
  maxAgeMinutes: z.number().int().min(1).optional(),
  /** A session ends after this, whatever it does. Minutes. */
  sessionMinutes: z.number().int().min(1).default(240),
  /** How the person proved who they are, as the VIHF tells the DMP (dmp.md 2.3): the provider does not say card or e-CPS. */
  loginMeans: z
    .enum(['MobileTwoFactorUnregistered', 'SmartcardPKI', 'unspecified'])
    .default('MobileTwoFactorUnregistered'),
  /** A consultation of a patient's DMP ends after this, and what was read is forgotten. Minutes. */
  consultationMinutes: z.number().int().min(1).max(240).default(15),
  timeoutMs: z.number().int().min(100).default(10_000),
  /** How the link names the provider. */
  label: z.string().min(1).default('Pro Santé Connect'),
});
export type OpenIdSettings = z.output<typeof openid>;

export const signInSchema = z.strictObject({
  /** Accounts with a password, made on the command line. */
  localAccounts: z.boolean().default(true),
  openid: openid.optional(),
});

/** What the schema of each setting cannot see. */
export function signInFaults(
  { localAccounts, openid: provider }: z.output<typeof signInSchema>,
  installation: 'demonstration' | 'test' | 'production',
): readonly (readonly [path: readonly string[], message: string])[] {
  const faults: (readonly [readonly string[], string])[] = [];
  if (!localAccounts && provider === undefined)
    faults.push([['localAccounts'], 'sans comptes locaux, un fournisseur OpenID Connect (openid) est nécessaire']);
  if (provider?.authentication.method === 'tls_client_auth' && provider.tls === undefined)
    faults.push([['openid', 'tls'], 'tls_client_auth demande le certificat client (tls)']);
  if (provider !== undefined && !provider.scopes.includes('openid'))
    faults.push([['openid', 'scopes'], 'la portée « openid » est obligatoire']);
  if (installation !== 'demonstration' && provider !== undefined && provider.redirectUri === undefined)
    faults.push([['openid', 'redirectUri'], "l'adresse de retour déclarée au fournisseur est nécessaire"]);
  if (installation === 'production' && provider?.redirectUri?.startsWith('https:') === false)
    faults.push([['openid', 'redirectUri'], "en production, l'adresse de retour est en https"]);
  return faults;
}
