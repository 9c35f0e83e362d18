/**
 * How likely it is that two identities are one person, between 0 and 1, with what speaks for and against. Each level of each
 * trait weighs some bits (weights.ts), as in Fellegi and Sunter; their sum is the logarithm of the odds.
 */
import { type Comparable, compareIdentities, type Levels, type MatchTrait } from './compare.ts';
import { PRIOR, WEIGHTS } from './weights.ts';

export interface TraitScore {
  readonly trait: MatchTrait;
  readonly level: string;
  /** Bits: above 0 it speaks for one person, below 0 for two. */
  readonly weight: number;
}

export interface PairScore {
  /** 0 to 1, three decimals. */
  readonly score: number;
  /** In the order of the traits. It holds no value of a trait. */
  readonly traits: readonly TraitScore[];
}

const TRAITS = Object.keys(WEIGHTS) as MatchTrait[];

export function scorePair(a: Comparable, b: Comparable): PairScore {
  const levels = compareIdentities(a, b);
  const traits = TRAITS.map((trait) => ({ trait, level: levels[trait], weight: weightOf(trait, levels) }));
  const bits = traits.reduce((sum, { weight }) => sum + weight, PRIOR);
  return { score: Math.round(1_000 / (1 + 2 ** -bits)) / 1_000, traits };
}

function weightOf(trait: MatchTrait, levels: Levels): number {
  const weights: Readonly<Record<string, number>> = WEIGHTS[trait];
  return weights[levels[trait]] ?? 0;
}
