/** What a migration file declares about itself. */

/** Why older programs must not run on its result; null when they may. Read from the comment lines before its first statement. */
export function incompatibility(sql: string): string | null {
  const header = /^(?:--.*\n|\s*\n)*/.exec(sql)?.[0] ?? '';
  return /^-- incompatible: *(.+)$/m.exec(header)?.[1] ?? null;
}
