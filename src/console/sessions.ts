/** Sessions: a random key in a cookie, its digest in the database, and a token that every form of the session repeats. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Actor, ROLES } from '../api/access.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { closeSession, openSession, sessionByDigest } from '../store/console-accounts.ts';

const COOKIE = 'tdu_session';
const COOKIE_PATH = '/console';

export interface Session {
  readonly digest: Buffer;
  readonly actor: Actor;
  readonly displayName: string;
  readonly csrf: string;
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
  const role = ROLES.find((known) => known === stored?.role);
  if (stored === undefined || role === undefined) return undefined;
  const actor = { name: `user:${stored.login}`, role, eg: stored.eg };
  return { digest, actor, displayName: stored.displayName, csrf: stored.csrf };
}

/** Opens a session for a login whose password was right. A former session of this browser ends. */
export async function startSession(
  gateway: UseCaseContext,
  login: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  await endSession(gateway, request, reply);
  const key = randomBytes(32).toString('base64url');
  const at = gateway.now();
  const seconds = gateway.config.http.sessionMinutes * 60;
  await openSession(gateway.pool, {
    digest: digestOf(key),
    login,
    csrf: randomBytes(32).toString('base64url'),
    at,
    expiresAt: new Date(at.getTime() + seconds * 1_000),
  });
  reply.setCookie(COOKIE, key, {
    path: COOKIE_PATH,
    httpOnly: true,
    sameSite: 'strict',
    // The demonstration speaks plain HTTP on loopback; a browser would then keep a secure cookie to itself.
    secure: gateway.config.installation === 'production',
    maxAge: seconds,
  });
}

export async function endSession(gateway: UseCaseContext, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const key = keyOf(request);
  if (key !== undefined) await closeSession(gateway.pool, digestOf(key));
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
