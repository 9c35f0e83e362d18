/** Bearer tokens: only their digest is kept. */
import { createHash, randomBytes } from 'node:crypto';
import { type Db, maybe } from '../store/db.ts';
import { type Actor, ROLES, type Role } from './access.ts';

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** In the role column, of a token bound to a sender: no role of ours, so that a program that does not know it refuses. */
const SENDER = 'sender';

interface Grant {
  readonly name: string;
  readonly eg: string | null;
  readonly now: Date;
}

/** Makes a token, of a role or of a sender (`MSH-3|MSH-4`), and stores its digest. The text is shown once. */
export async function issueToken(
  db: Db,
  grant: Grant & ({ readonly role: Role } | { readonly sender: string }),
): Promise<string> {
  const token = `tdu_${randomBytes(32).toString('base64url')}`;
  const sender = 'sender' in grant ? grant.sender : null;
  await db.query('insert into api_token (digest, name, role, eg, created_at, sender) values ($1, $2, $3, $4, $5, $6)', [
    digestOf(token),
    grant.name,
    'sender' in grant ? SENDER : grant.role,
    grant.eg,
    grant.now,
    sender,
  ]);
  return token;
}

/** Revokes every token of a name: the demonstration issues a new one at each start. */
export async function revokeTokens(db: Db, name: string, now: Date): Promise<void> {
  await db.query('update api_token set revoked_at = $2 where name = $1 and revoked_at is null', [name, now]);
}

/** The actor behind an Authorization header, or undefined. */
export async function actorOfToken(db: Db, authorization: string | undefined): Promise<Actor | undefined> {
  const token = /^Bearer ([A-Za-z0-9_-]{20,200})$/.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  const row = await maybe<{ name: string; role: string; eg: string | null; sender: string | null }>(
    db,
    'select name, role, eg, sender from api_token where digest = $1 and revoked_at is null',
    [digestOf(token)],
  );
  // It reads, as an auditor does, on the routes open to senders.
  if (row?.role === SENDER && row.sender !== null)
    return { name: `token:${row.name}`, role: 'auditor', eg: row.eg, sender: row.sender };
  const role = ROLES.find((known) => known === row?.role);
  if (row === undefined || role === undefined) return undefined;
  return { name: `token:${row.name}`, role, eg: row.eg };
}
