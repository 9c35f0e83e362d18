/**
 * Weights from a labelled population, as Fellegi and Sunter: for each level of each trait, log2(m/u), how much more often pairs
 * of one person (m) show it than pairs drawn at random (u). Traits that depend on each other would count twice: the pattern
 * of twins and the prior are then set so that the scores of the candidate pairs, added up, give the number of
 * pairs of one person that there are among them.
 */
import {
  type Comparable,
  compareIdentities,
  LEVELS,
  type Levels,
  type MatchTrait,
} from '../../src/ins/matching/compare.ts';
import { chance } from '../population/people.ts';
import type { PopulationRecord } from '../population/records.ts';
import type { Candidates } from './candidates.ts';

/** Added to each count: a level that was hardly seen weighs little. */
const SMOOTHING = 2;
const RANDOM_PAIRS = 400_000;
/** Bits; what no population of this size can prove is not claimed. */
const MOST_BITS = 13;

const TRAITS = (Object.keys(LEVELS) as MatchTrait[]).filter((trait) => trait !== 'pattern');

export interface Fit {
  readonly prior: number;
  /** `trait.level`: bits. */
  readonly weights: Readonly<Record<string, number>>;
}

export function fitWeights(records: readonly PopulationRecord[], { pairs }: Candidates, seed: number): Fit {
  const same = levelsOf(pairsOfOnePerson(records));
  const random = levelsOf(randomPairs(records, seed));
  const weights = Object.fromEntries(TRAITS.flatMap((trait) => weightsOf(trait, same, random)));
  const scored = pairs.map(([a, b]) => {
    const levels = compareIdentities(a, b);
    const bits = TRAITS.reduce((sum, trait) => sum + (weights[`${trait}.${levels[trait]}`] ?? 0), 0);
    return { bits, pattern: levels.pattern, same: a.person === b.person };
  });
  const prior = balance(scored.filter(({ pattern }) => pattern === 'none'));
  const patterns = LEVELS.pattern.map((pattern) => {
    const those = scored.filter((pair) => pair.pattern === pattern);
    return [`pattern.${pattern}`, pattern === 'none' ? 0 : rounded(balance(those) - prior)];
  });
  return { prior: rounded(prior), weights: { ...weights, ...Object.fromEntries(patterns) } };
}

function weightsOf(trait: MatchTrait, same: readonly Levels[], random: readonly Levels[]): [string, number][] {
  const levels: readonly string[] = LEVELS[trait];
  const known = (all: readonly Levels[]) => all.filter((pair) => pair[trait] !== 'unknown');
  const [ofSame, ofRandom] = [known(same), known(random)];
  const share = (all: readonly Levels[], level: string) =>
    (all.filter((pair) => pair[trait] === level).length + SMOOTHING) / (all.length + SMOOTHING * levels.length);
  return levels.map((level) => {
    const bits = level === 'unknown' ? 0 : Math.log2(share(ofSame, level) / share(ofRandom, level));
    return [`${trait}.${level}`, rounded(Math.max(-MOST_BITS, Math.min(MOST_BITS, bits)))];
  });
}

/** The bits to add to each so that the probabilities add up to the number of pairs of one person. */
function balance(pairs: readonly { readonly bits: number; readonly same: boolean }[]): number {
  const wanted = pairs.filter(({ same }) => same).length + 0.5;
  let [low, high] = [-80, 40];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    const sum = pairs.reduce((total, { bits }) => total + 1 / (1 + 2 ** -(bits + middle)), 0);
    if (sum > wanted) high = middle;
    else low = middle;
  }
  return low;
}

function rounded(bits: number): number {
  return Math.round(bits * 10) / 10;
}

function levelsOf(pairs: readonly (readonly [Comparable, Comparable])[]): Levels[] {
  return pairs.map(([a, b]) => compareIdentities(a, b));
}

function pairsOfOnePerson(records: readonly PopulationRecord[]): (readonly [Comparable, Comparable])[] {
  return [...Map.groupBy(records, ({ person }) => person).values()].flatMap((ofPerson) =>
    ofPerson.flatMap((first, at) => ofPerson.slice(at + 1).map((second) => [first, second] as const)),
  );
}

function randomPairs(records: readonly PopulationRecord[], seed: number): (readonly [Comparable, Comparable])[] {
  const dice = chance(seed);
  return Array.from({ length: RANDOM_PAIRS }, () => [dice.of(records), dice.of(records)] as const).filter(
    ([a, b]) => a.person !== b.person,
  );
}
