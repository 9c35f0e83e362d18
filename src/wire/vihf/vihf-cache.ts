/** Reuse of an assertion for the same patient and caller: a signature costs more than the rest of a small request. */
import type { QualifiedIdentity, SentIdentity } from '../../ins/types.ts';
import type { Acting } from './acting.ts';

export interface VihfCacheOptions {
  /**
   * How long an assertion serves after it was issued, milliseconds; 0 for never twice. The window that the DMP accepts
   * around IssueInstant is unknown (dmp.md 2.3), so this is a setting.
   */
  readonly lifetimeMs: number;
  readonly maxEntries: number;
  readonly now: () => Date;
  readonly issue: (
    acting: Acting,
    patient: QualifiedIdentity | SentIdentity | undefined,
    issuedAt: Date,
  ) => Promise<string>;
}

/** Gives a valid assertion, kept or new. Assertions name a patient: they stay in memory, oldest out first. */
export function createVihfCache(
  options: VihfCacheOptions,
): (acting: Acting, patient?: QualifiedIdentity | SentIdentity) => Promise<string> {
  const kept = new Map<string, { readonly assertion: Promise<string>; readonly issuedAt: number }>();
  return (acting, patient) => {
    const key = JSON.stringify([acting, patient?.ins]);
    const now = options.now();
    const found = kept.get(key);
    if (found !== undefined && Math.abs(now.getTime() - found.issuedAt) < options.lifetimeMs) return found.assertion;
    const assertion = options.issue(acting, patient, now);
    kept.delete(key);
    kept.set(key, { assertion, issuedAt: now.getTime() });
    // A card that was not there may be there the next time.
    assertion.catch(() => {
      if (kept.get(key)?.assertion === assertion) kept.delete(key);
    });
    const oldest = kept.keys().next().value;
    if (kept.size > options.maxEntries && oldest !== undefined) kept.delete(oldest);
    return assertion;
  };
}
