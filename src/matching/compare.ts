/** Finds the records that may be the same person as some others: by their blocks, then by their score. */
import { askInsiAgain } from '../identity/index.ts';
import { blockHash, blockKeys } from '../ins/matching/blocks.ts';
import type { Comparable } from '../ins/matching/compare.ts';
import { scorePair } from '../ins/matching/score.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { closePairs, type FoundPair, putPairs, undecidedPairsOf } from '../store/candidate-pairs.ts';
import { type Db, transaction } from '../store/db.ts';
import { type IdentityRecord, identitiesById } from '../store/identities.ts';
import { type Blocks, dropBlocks, putBlocks, sharingBlocks } from '../store/match-keys.ts';

/** What the comparison takes from a row; the former numbers are those that INSi gave. */
export function comparableOf(record: IdentityRecord): Comparable {
  return { ...record, formerMatricules: formerNumbers(record.insiHistory) };
}

function formerNumbers(history: unknown): string[] {
  if (!Array.isArray(history)) return [];
  return history.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { number, key } = entry as { readonly number?: unknown; readonly key?: unknown };
    return typeof number === 'string' ? [`${number}${typeof key === 'string' ? key : ''}`] : [];
  });
}

/** Closed records and tests of training are nobody's double. */
function isCompared({ active, fictive }: IdentityRecord): boolean {
  return active && !fictive;
}

/**
 * Compares these identities with the rest. Their blocks are committed before the others are looked for: of two records that
 * arrive at once, at least the later one sees the other. `end` runs in the transaction that stores the pairs.
 */
export async function compareWithRest(
  context: UseCaseContext,
  ids: readonly string[],
  end: (tx: Db, found: number) => Promise<void>,
): Promise<void> {
  const { pool, now } = context;
  const records = await identitiesById(pool, ids);
  const compared = records.filter(isCompared);
  const blocks = compared.map(blocksOf);
  if (blocks.length > 0) await putBlocks(pool, blocks, now());
  await transaction(pool, async (tx) => {
    const gone = records.filter((record) => !isCompared(record)).map(({ id }) => id);
    if (gone.length > 0) await dropBlocks(tx, gone);
    const found = await findPairs(tx, context, compared, blocks);
    await closeGroundless(tx, context, records, found);
    await end(tx, await putPairs(tx, found, now()));
  });
}

function blocksOf(record: IdentityRecord): Blocks {
  return { id: record.id, keys: [...new Set(blockKeys(comparableOf(record)).map(blockHash))] };
}

async function findPairs(
  tx: Db,
  { config }: UseCaseContext,
  compared: readonly IdentityRecord[],
  blocks: readonly Blocks[],
): Promise<FoundPair[]> {
  if (blocks.length === 0) return [];
  const { reviewThreshold, mostCandidates } = config.matching;
  const near = await sharingBlocks(tx, blocks, mostCandidates);
  const candidates = await identitiesById(tx, [...new Set(near.map(({ candidateId }) => candidateId))]);
  const byId = new Map([...compared, ...candidates].map((record) => [record.id, record]));
  const found = new Map<string, FoundPair>();
  for (const { id, candidateId } of near) {
    const [record, candidate] = [byId.get(id), byId.get(candidateId)];
    if (record === undefined || candidate === undefined || !isCompared(candidate)) continue;
    const { score, traits } = scorePair(comparableOf(record), comparableOf(candidate));
    const ids = [id, candidateId] as const;
    if (score >= reviewThreshold) found.set([...ids].sort().join(), { ids, kind: 'duplicate', score, traits });
  }
  return [...found.values()];
}

/** What nobody decided on and is no longer so: other traits, a record that was closed, an INS that only one still claims. */
async function closeGroundless(
  tx: Db,
  context: UseCaseContext,
  records: readonly IdentityRecord[],
  found: readonly FoundPair[],
): Promise<void> {
  const standing = new Set(found.map(({ ids }) => [...ids].sort().join()));
  const ids = records.map(({ id }) => id);
  const undecided = await undecidedPairsOf(tx, ids);
  const parties = await identitiesById(
    tx,
    undecided.flatMap(({ firstId, secondId }) => [firstId, secondId]),
  );
  const byId = new Map(parties.map((record) => [record.id, record]));
  const ended: Record<'merged' | 'closed', string[]> = { merged: [], closed: [] };
  for (const pair of undecided) {
    const [first, second] = [byId.get(pair.firstId), byId.get(pair.secondId)];
    if (first === undefined || second === undefined) continue;
    const claimed = pair.kind === 'same-ins' && (claims(first, second) || claims(second, first));
    if (pair.kind === 'same-ins' && !claimed) await askAgainWhoeverClaims(tx, context, [first, second]);
    if (first.mergedInto === second.id || second.mergedInto === first.id) ended.merged.push(pair.id);
    else if (!isCompared(first) || !isCompared(second)) ended.closed.push(pair.id);
    else if (!claimed && !standing.has(`${first.id},${second.id}`)) ended.closed.push(pair.id);
  }
  await closePairs(tx, ended.merged, 'merged');
  await closePairs(tx, ended.closed, 'closed');
}

/** One holds the INS that INSi gave for the other, which still waits for it; free once it was given up after that answer. */
function claims(one: IdentityRecord, other: IdentityRecord): boolean {
  if (!isWaitingForAnIns(one) || !other.active) return false;
  return other.matricule !== null || other.updatedAt.getTime() < (one.insiAskedAt?.getTime() ?? 0);
}

function isWaitingForAnIns({ active, matricule, insiRuleId }: IdentityRecord): boolean {
  return active && matricule === null && insiRuleId === identityRules.duplicateActiveIns.id;
}

/** The INS is free: INSi is asked again for the record that waited for it. */
async function askAgainWhoeverClaims(tx: Db, context: UseCaseContext, pair: readonly IdentityRecord[]): Promise<void> {
  for (const record of pair) if (isWaitingForAnIns(record)) await askInsiAgain(tx, context, record.id);
}
