/** Local accounts of the console and their sessions. Only digests of session keys and Argon2id texts are kept. */
import { type Db, maybe } from './db.ts';

export interface ConsoleUser {
  readonly login: string;
  readonly displayName: string;
  readonly role: string;
  /** The one EG that this person sees; null for all. */
  readonly eg: string | null;
  /** Argon2id in PHC text. */
  readonly password: string;
  readonly disabled: boolean;
}

/** Creates the account, or gives an existing login its new password, role and name. */
export async function putConsoleUser(db: Db, user: ConsoleUser): Promise<void> {
  await db.query(
    `insert into console_user (login, display_name, role, eg, password, disabled) values ($1, $2, $3, $4, $5, $6)
     on conflict (login) do update set display_name = excluded.display_name, role = excluded.role, eg = excluded.eg,
       password = excluded.password, disabled = excluded.disabled`,
    [user.login, user.displayName, user.role, user.eg, user.password, user.disabled],
  );
}

export async function consoleUser(db: Db, login: string): Promise<ConsoleUser | undefined> {
  return maybe<ConsoleUser>(
    db,
    'select login, display_name as "displayName", role, eg, password, disabled from console_user where login = $1',
    [login],
  );
}

export interface ConsoleSession {
  readonly login: string;
  readonly displayName: string;
  readonly role: string;
  readonly eg: string | null;
  readonly csrf: string;
  readonly expiresAt: Date;
}

/** Opens a session, and forgets those that have expired. */
export async function openSession(
  db: Db,
  session: { digest: Buffer; login: string; csrf: string; at: Date; expiresAt: Date },
): Promise<void> {
  await db.query('delete from console_session where expires_at <= $1', [session.at]);
  await db.query(
    'insert into console_session (digest, login, csrf, created_at, expires_at) values ($1, $2, $3, $4, $5)',
    [session.digest, session.login, session.csrf, session.at, session.expiresAt],
  );
}

/** The living session of a key; its account must still be enabled. */
export async function sessionByDigest(db: Db, digest: Buffer, now: Date): Promise<ConsoleSession | undefined> {
  return maybe<ConsoleSession>(
    db,
    `select s.login, u.display_name as "displayName", u.role, u.eg, s.csrf, s.expires_at as "expiresAt"
     from console_session s join console_user u on u.login = s.login
     where s.digest = $1 and s.expires_at > $2 and not u.disabled`,
    [digest, now],
  );
}

export async function closeSession(db: Db, digest: Buffer): Promise<void> {
  await db.query('delete from console_session where digest = $1', [digest]);
}

/** A new password ends what was opened with the former one. */
export async function closeSessionsOf(db: Db, login: string): Promise<void> {
  await db.query('delete from console_session where login = $1', [login]);
}
