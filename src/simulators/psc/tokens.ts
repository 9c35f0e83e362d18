/** Signed tokens of the simulator (JWS RS256, RFC 7515), written with node:crypto alone; and those that a client must refuse. */
import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';

export const TOKEN_FAULTS = [
  'bad-signature',
  'other-key',
  'no-algorithm',
  'wrong-nonce',
  'wrong-issuer',
  'wrong-audience',
  'expired',
  'low-level',
] as const;
export type TokenFault = (typeof TOKEN_FAULTS)[number];

export interface IdClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly nonce: string;
  readonly acr: string;
  readonly auth_time: number;
  readonly iat: number;
  readonly exp: number;
}

export interface TokenSigner {
  readonly jwks: { readonly keys: readonly JsonWebKey[] };
  idToken(claims: IdClaims, fault: TokenFault | undefined): string;
}

export function createTokenSigner(): TokenSigner {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = own.publicKey.export({ format: 'jwk' });
  return {
    jwks: { keys: [{ ...jwk, use: 'sig', alg: 'RS256', kid: KEY_ID }] },
    idToken: (claims, fault) => {
      if (fault === 'no-algorithm') return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
      const token = signed(altered(claims, fault), fault === 'other-key' ? other.privateKey : own.privateKey);
      return fault === 'bad-signature' ? withOtherName(token) : token;
    },
  };
}

const KEY_ID = 'simulateur-psc';

function signed(claims: IdClaims, key: KeyObject): string {
  const content = `${part({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })}.${part(claims)}`;
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function altered(claims: IdClaims, fault: TokenFault | undefined): IdClaims {
  switch (fault) {
    case 'wrong-nonce':
      return { ...claims, nonce: 'un-autre-nonce' };
    case 'wrong-issuer':
      return { ...claims, iss: 'https://ailleurs.invalid' };
    case 'wrong-audience':
      return { ...claims, aud: 'une-autre-application' };
    case 'expired':
      return { ...claims, iat: claims.iat - 7_200, exp: claims.iat - 3_600 };
    case 'low-level':
      return { ...claims, acr: 'eidas0' };
    default:
      return claims;
  }
}

/** The signature of one person under the name of another. */
function withOtherName(token: string): string {
  const [header, content = '', signature] = token.split('.');
  const claims: object = JSON.parse(Buffer.from(content, 'base64url').toString());
  return `${header}.${part({ ...claims, sub: 'f:annuaire:800000000000' })}.${signature}`;
}
