/**
 * Sessions: a random key in a cookie, its digest in the database, and a token that every form of the session repeats. A
 * session is that of a local account, or of a professional whom a provider of OpenID Connect authenticated.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Actor, ROLES } from '../api/access.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { closeSession, openSession, sessionByDigest } from '../store/console-accounts.ts';
import {
  closeProfessionalSession,
  openProfessionalSession,
  type ProfessionalRight,
  professionalSession,
} from '../store/professionals.ts';
import type { SignedIn } from '../wire/openid/provider.ts';

const COOKIE = 'tdu_session';
const COOKIE_PATH = '/console';

export interface Session {
  readonly digest: Buffer;
  readonly actor: Actor;
  readonly displayName: string;
  readonly csrf: string;
  /** Absent for a local account. */
  readonly professional?: SignedIn & { readonly right: ProfessionalRight };
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.cookies[COOKIE];
  return key !== undefined && /^[A-Za-z0-9_-]{43}$/.test(key) ? key : undefined;
}

/** The living session of a request, if any. */
export async function sessionOf(gateway: UseCaseContext, request: FastifyRequest): Promise<Session | undefined> {
  const key = keyOf(request);
  return key === undefined ? undefined : sessionOfDigest(gateway, digestOf(key));
}

/** The same session, read again: it may have ended since. */
export async function sessionOfDigest(gateway: UseCaseContext, digest: Buffer): Promise<Session | undefined> {
  const stored = await sessionByDigest(gateway.pool, digest, gateway.now());
  if (stored === undefined) return sessionOfProfessional(gateway, digest);
  const role = ROLES.find((known) => known === stored.role);
  if (role === undefined || !gateway.config.signIn.localAccounts) return undefined;
  const actor = { name: `user:${stored.login}`, role, eg: stored.eg };
  return { digest, actor, displayName: stored.displayName, csrf: stored.csrf };
}

async function sessionOfProfessional(gateway: UseCaseContext, digest: Buffer): Promise<Session | undefined> {
  const stored = await professionalSession(gateway.pool, digest, gateway.now());
  const role = ROLES.find((known) => known === stored?.right.role);
  if (stored === undefined || role === undefined) return undefined;
  const { right, authenticatedAt, idToken, csrf } = stored;
  // Written by ourselves from the claims, once read.
  const professional = stored.professional as SignedIn['professional'];
  return {
    digest,
    actor: { name: `user:${right.person}`, role, eg: right.eg },
    displayName: `${professional.given} ${professional.family}`,
    csrf,
    professional: { professional, authenticatedAt, idToken, right },
  };
}

/** Opens a session for a login whose password was right. A former session of this browser ends. */
export async function startSession(
  gateway: UseCaseContext,
  login: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const opening = await newSession(gateway, gateway.config.http.sessionMinutes, request, reply);
  await openSession(gateway.pool, { ...opening, login });
}

/** Opens a session for a professional whom the site lets in. */
export async function startProfessionalSession(
  gateway: UseCaseContext,
  signed: SignedIn & { readonly right: ProfessionalRight; readonly minutes: number },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const opening = await newSession(gateway, signed.minutes, request, reply);
  const { professional, authenticatedAt, idToken, right } = signed;
  await openProfessionalSession(gateway.pool, {
    ...opening,
    rightId: right.id,
    professional,
    authenticatedAt,
    idToken,
  });
}

async function newSession(
  gateway: UseCaseContext,
  minutes: number,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ digest: Buffer; csrf: string; at: Date; expiresAt: Date }> {
  await endSession(gateway, request, reply);
  const key = randomBytes(32).toString('base64url');
  const at = gateway.now();
  const seconds = minutes * 60;
  reply.setCookie(COOKIE, key, {
    path: COOKIE_PATH,
    httpOnly: true,
    sameSite: 'strict',
    // The demonstration speaks plain HTTP on loopback; a browser would then keep a secure cookie to itself.
    secure: gateway.config.installation === 'production',
    maxAge: seconds,
  });
  const csrf = randomBytes(32).toString('base64url');
  return { digest: digestOf(key), csrf, at, expiresAt: new Date(at.getTime() + seconds * 1_000) };
}

export async function endSession(gateway: UseCaseContext, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const key = keyOf(request);
  if (key !== undefined) {
    await closeSession(gateway.pool, digestOf(key));
    await closeProfessionalSession(gateway.pool, digestOf(key));
  }
  reply.clearCookie(COOKIE, { path: COOKIE_PATH });
}

/** Whether a form carries the token of its session. */
export function isFormOf(session: Session, token: string): boolean {
  const expected = digestOf(session.csrf);
  return timingSafeEqual(digestOf(token), expected);
}

/** A browser says when another site made it send the form; an absent header says nothing. */
export function isFromElsewhere(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
