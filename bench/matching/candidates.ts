/** Pairs that share a block, as the repository finds them: never all pairs. */
import { blockKeys } from '../../src/ins/matching/blocks.ts';
import type { PopulationRecord } from '../population/records.ts';

export type Pair = readonly [PopulationRecord, PopulationRecord];

export interface Candidates {
  readonly pairs: readonly Pair[];
  /** Pairs of records of one person, found or not. */
  readonly truePairs: number;
  /** Records in the fullest block. */
  readonly fullestBlock: number;
}

export function candidatesOf(records: readonly PopulationRecord[]): Candidates {
  const blocks = new Map<string, number[]>();
  records.forEach((record, index) => {
    for (const key of blockKeys(record)) {
      const block = blocks.get(key);
      if (block === undefined) blocks.set(key, [index]);
      else block.push(index);
    }
  });
  const found = new Set<number>();
  let fullestBlock = 0;
  for (const block of blocks.values()) {
    fullestBlock = Math.max(fullestBlock, block.length);
    for (const [at, first] of block.entries())
      for (const second of block.slice(at + 1)) found.add(first * records.length + second);
  }
  const pairs = [...found].flatMap((both): Pair[] => {
    const [first, second] = [records[Math.floor(both / records.length)], records[both % records.length]];
    return first === undefined || second === undefined ? [] : [[first, second]];
  });
  return { pairs, truePairs: countTruePairs(records), fullestBlock };
}

function countTruePairs(records: readonly PopulationRecord[]): number {
  const ofPerson = Map.groupBy(records, ({ person }) => person);
  return [...ofPerson.values()].reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
}
