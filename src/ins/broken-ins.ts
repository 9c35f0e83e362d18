/**
 * What a change of a qualified INS says of what was sent under it: the same person under a new number, or a doubt
 * (practice 23). Pure; no change says alone that it was another person: that is for people to decide.
 */
import type { IdentityState } from './status.ts';
import type { Ins } from './types.ts';

export interface BrokenIns {
  readonly previous: Ins;
  readonly path: 'doubt' | 'new-ins';
  readonly cause: 'doubtful' | 'ins-changed' | 'qualification-lost';
}

/** `history`: INSHISTO as it was returned with the state after. */
export function brokenIns(before: IdentityState, after: IdentityState, history: unknown): BrokenIns | undefined {
  const previous = before.ins;
  if (before.status !== 'QUAL' || previous === undefined) return undefined;
  if (after.status === 'QUAL' && after.ins !== undefined) {
    if (sameIns(after.ins, previous)) return undefined;
    return { previous, path: namesFormer(history, previous) ? 'new-ins' : 'doubt', cause: 'ins-changed' };
  }
  const doubtful = after.attributes.includes('douteuse') && !before.attributes.includes('douteuse');
  return { previous, path: 'doubt', cause: doubtful ? 'doubtful' : 'qualification-lost' };
}

export function sameIns(one: { matricule: string; oid: string }, other: { matricule: string; oid: string }): boolean {
  return one.matricule === other.matricule && one.oid === other.oid;
}

/** INSi itself says that this person bore that number: a NIA that became a NIR, a corrected NIR. */
export function namesFormer(history: unknown, { matricule }: { readonly matricule: string }): boolean {
  const entries: readonly unknown[] = Array.isArray(history) ? history : [];
  return entries.some(
    (entry) =>
      typeof entry === 'object' && entry !== null && 'number' in entry && entry.number === matricule.slice(0, 13),
  );
}
