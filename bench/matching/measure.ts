/** What a threshold finds, and misses, in a labelled population. */
import { type PairScore, scorePair } from '../../src/ins/matching/score.ts';
import type { Candidates } from './candidates.ts';

export interface Measure {
  readonly records: number;
  readonly threshold: number;
  /** Pairs proposed that are one person. */
  readonly precision: number;
  /** Pairs of one person that are proposed, those that no block holds counted as missed. */
  readonly recall: number;
  /** Pairs of one person that share a block. */
  readonly blockRecall: number;
  /** Pairs proposed. */
  readonly pairs: number;
  readonly candidates: number;
  readonly truePairs: number;
  readonly fullestBlock: number;
  /** Levels of the pairs that were missed, or wrongly proposed, the most frequent first. */
  readonly missed: readonly string[];
  readonly wrong: readonly string[];
}

export function measure(records: number, candidates: Candidates, threshold: number): Measure {
  const { truePairs, fullestBlock } = candidates;
  const scored = candidates.pairs.map(([a, b]) => ({ same: a.person === b.person, scored: scorePair(a, b) }));
  const proposed = scored.filter(({ scored: { score } }) => score >= threshold);
  const right = proposed.filter(({ same }) => same).length;
  const levels = (same: boolean, above: boolean) =>
    mostFrequent(
      scored
        .filter((pair) => pair.same === same && pair.scored.score >= threshold === above)
        .map((pair) => pair.scored),
    );
  return {
    records,
    threshold,
    precision: rounded(right / proposed.length),
    recall: rounded(right / truePairs),
    blockRecall: rounded(scored.filter(({ same }) => same).length / truePairs),
    pairs: proposed.length,
    candidates: scored.length,
    truePairs,
    fullestBlock,
    missed: levels(true, false),
    wrong: levels(false, true),
  };
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}

function mostFrequent(pairs: readonly PairScore[]): string[] {
  const told = pairs.map(({ traits }) => traits.map(({ trait, level }) => `${trait} ${level}`).join(', '));
  return [...Map.groupBy(told, (text) => text)]
    .map(([text, { length }]) => ({ text, length }))
    .toSorted((a, b) => b.length - a.length)
    .slice(0, 8)
    .map(({ text, length }) => `${length} × ${text}`);
}

export function printed(measured: Measure): string[] {
  const { records, candidates, truePairs, blockRecall, fullestBlock, threshold, pairs, precision, recall } = measured;
  return [
    `${records} records, ${truePairs} pairs of one person`,
    `${candidates} candidate pairs of ${(records * (records - 1)) / 2}; block recall ${blockRecall}; fullest block ${fullestBlock}`,
    `threshold ${threshold}: ${pairs} pairs proposed, precision ${precision}, recall ${recall}`,
    ...measured.missed.map((text) => `missed  ${text}`),
    ...measured.wrong.map((text) => `wrong   ${text}`),
  ];
}
