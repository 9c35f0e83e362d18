/** How likely it is that a described person is the one of a record: the score of two records, for one that is not stored. */
import type { Comparable } from '../ins/matching/compare.ts';
import { scorePair } from '../ins/matching/score.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { comparableOf } from './compare.ts';

/** 0 to 1. */
export function scoreAgainst(person: Comparable, record: IdentityRecord): number {
  return scorePair(person, comparableOf(record)).score;
}
