/** Professionals who sign in by OpenID Connect: whom the site lets in, sign-ins that have begun, their sessions. */
import { type Db, many, maybe, one } from './db.ts';

export interface ProfessionalRight {
  readonly id: number;
  /** PS_IdNat. */
  readonly person: string;
  readonly displayName: string;
  readonly role: string;
  /** The one EG; null for all, which never opens the DMP. */
  readonly eg: string | null;
  /** May read in regulation mode. */
  readonly regulation: boolean;
  readonly grantedBy: string;
  readonly grantedAt: Date;
}

const RIGHT_COLUMNS = `id, person, display_name as "displayName", role, eg, regulation, granted_by as "grantedBy",
  granted_at as "grantedAt"`;

/** Undefined when this person already has a right there: it is revoked first. */
export async function grantRight(db: Db, right: Omit<ProfessionalRight, 'id'>): Promise<ProfessionalRight | undefined> {
  return maybe<ProfessionalRight>(
    db,
    `insert into professional_right (person, display_name, role, eg, regulation, granted_by, granted_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (person, coalesce(eg, '')) where revoked_at is null do nothing returning ${RIGHT_COLUMNS}`,
    [right.person, right.displayName, right.role, right.eg, right.regulation, right.grantedBy, right.grantedAt],
  );
}

/** Ends a right and the sessions opened with it. False when it had ended. */
export async function revokeRight(db: Db, id: number, by: string, at: Date): Promise<boolean> {
  const { rows } = await db.query(
    `with gone as (
       update professional_right set revoked_by = $2, revoked_at = $3 where id = $1 and revoked_at is null returning id),
     ended as (delete from professional_session using gone where right_id = gone.id)
     select id from gone`,
    [id, by, at],
  );
  return rows.length > 0;
}

/** Those of a person, the one of a single establishment first. */
export async function rightsOf(db: Db, person: string): Promise<ProfessionalRight[]> {
  return many<ProfessionalRight>(
    db,
    `select ${RIGHT_COLUMNS} from professional_right where person = $1 and revoked_at is null order by eg nulls last, id`,
    [person],
  );
}

/** `eg`: those of one establishment, or all when null. */
export async function listRights(db: Db, eg: string | null, limit: number): Promise<ProfessionalRight[]> {
  return many<ProfessionalRight>(
    db,
    `select ${RIGHT_COLUMNS} from professional_right
     where revoked_at is null and ($1::text is null or eg = $1) order by display_name, person, eg limit $2`,
    [eg, limit],
  );
}

export interface OpenIdAttempt {
  readonly state: string;
  readonly nonce: string;
  /** PKCE. */
  readonly verifier: string;
  /** Page of the console that was asked for. */
  readonly next: string;
}

export async function putAttempt(
  db: Db,
  attempt: OpenIdAttempt & { digest: Buffer; at: Date; expiresAt: Date },
): Promise<void> {
  await db.query('delete from openid_attempt where expires_at <= $1', [attempt.at]);
  await db.query(
    'insert into openid_attempt (digest, state, nonce, verifier, next, expires_at) values ($1, $2, $3, $4, $5, $6)',
    [attempt.digest, attempt.state, attempt.nonce, attempt.verifier, attempt.next, attempt.expiresAt],
  );
}

/** Gives it once: whoever comes second finds nothing. */
export async function takeAttempt(db: Db, digest: Buffer, now: Date): Promise<OpenIdAttempt | undefined> {
  const found = await maybe<OpenIdAttempt & { expiresAt: Date }>(
    db,
    `delete from openid_attempt where digest = $1
     returning state, nonce, verifier, next, expires_at as "expiresAt"`,
    [digest],
  );
  return found === undefined || found.expiresAt <= now ? undefined : found;
}

export interface ProfessionalSession {
  readonly right: ProfessionalRight;
  /** What the provider said, as it was stored. */
  readonly professional: unknown;
  readonly authenticatedAt: Date;
  readonly idToken: string;
  readonly csrf: string;
}

export async function openProfessionalSession(
  db: Db,
  session: Omit<ProfessionalSession, 'right'> & { rightId: number; digest: Buffer; at: Date; expiresAt: Date },
): Promise<void> {
  await db.query('delete from professional_session where expires_at <= $1', [session.at]);
  await db.query(
    `insert into professional_session (digest, right_id, professional, authenticated_at, id_token, csrf, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      session.digest,
      session.rightId,
      JSON.stringify(session.professional),
      session.authenticatedAt,
      session.idToken,
      session.csrf,
      session.at,
      session.expiresAt,
    ],
  );
}

/** The living session of a key; its right must still be. */
export async function professionalSession(db: Db, digest: Buffer, now: Date): Promise<ProfessionalSession | undefined> {
  type Row = Omit<ProfessionalSession, 'right'> & ProfessionalRight;
  const row = await maybe<Row>(
    db,
    `select r.id, r.person, r.display_name as "displayName", r.role, r.eg, r.regulation, r.granted_by as "grantedBy",
       r.granted_at as "grantedAt", s.professional, s.authenticated_at as "authenticatedAt", s.id_token as "idToken", s.csrf
     from professional_session s join professional_right r on r.id = s.right_id
     where s.digest = $1 and s.expires_at > $2 and r.revoked_at is null`,
    [digest, now],
  );
  if (row === undefined) return undefined;
  const { professional, authenticatedAt, idToken, csrf, ...right } = row;
  return { right, professional, authenticatedAt, idToken, csrf };
}

/** Same person, other establishment or role. False when the right is not hers, or has ended. */
export async function changeSessionRight(db: Db, digest: Buffer, rightId: number): Promise<boolean> {
  const { count } = await one<{ count: number }>(
    db,
    `with changed as (
       update professional_session s set right_id = wanted.id
       from professional_right now_held, professional_right wanted
       where s.digest = $1 and now_held.id = s.right_id and wanted.id = $2 and wanted.person = now_held.person
         and wanted.revoked_at is null
       returning s.digest)
     select count(*) as count from changed`,
    [digest, rightId],
  );
  return count > 0;
}

export async function closeProfessionalSession(db: Db, digest: Buffer): Promise<void> {
  await db.query('delete from professional_session where digest = $1', [digest]);
}
