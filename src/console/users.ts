/** Accounts of the console. */
import type { Role } from '../api/access.ts';
import { closeSessionsOf, putConsoleUser } from '../store/console-accounts.ts';
import type { Db } from '../store/db.ts';
import { hashPassword } from './passwords.ts';

export interface NewConsoleUser {
  readonly login: string;
  readonly displayName: string;
  readonly role: Role;
  /** FINESS of the one EG that this person sees; null for all. */
  readonly eg: string | null;
  readonly password: string;
}

/** Logins are compared without case. */
export function loginForm(text: string): string {
  return text.trim().toLowerCase();
}

/** Creates an account, or gives an existing login its new password and role and ends its sessions. */
export async function createConsoleUser(db: Db, user: NewConsoleUser): Promise<void> {
  const login = loginForm(user.login);
  await putConsoleUser(db, { ...user, login, password: await hashPassword(user.password), disabled: false });
  await closeSessionsOf(db, login);
}
