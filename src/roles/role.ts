/** What one process of an installation does. */

/** `intake`: the MLLP doors. `worker`: the queue. `console`: REST API and console. */
export const ROLES = ['intake', 'worker', 'console'] as const;
export type Role = (typeof ROLES)[number];

/** `intake,worker`: at least one, each known. */
export function parseRoles(text: string): readonly Role[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  const roles = ROLES.filter((role) => names.includes(role));
  return roles.length > 0 && names.every((name) => ROLES.some((role) => role === name)) ? roles : undefined;
}
