/** Two seeded patients as the search for duplicates would show them. */
import assert from 'node:assert/strict';
import { scorePair } from '../ins/matching/score.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { listPairs, putPairs } from '../store/candidate-pairs.ts';
import type { IdentityRecord } from '../store/identities.ts';

export async function seedPair({ pool, now }: UseCaseContext, [one, other]: readonly [IdentityRecord, IdentityRecord]) {
  const scored = scorePair({ ...one, formerMatricules: [] }, { ...other, formerMatricules: [] });
  await putPairs(pool, [{ ids: [one.id, other.id], kind: 'duplicate', ...scored }], now());
  const [pair] = await listPairs(pool, { state: 'open', kind: null, identityId: one.id, limit: 1, offset: 0 });
  assert.ok(pair);
  return pair.id;
}
