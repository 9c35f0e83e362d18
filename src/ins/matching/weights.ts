/**
 * What each level of each trait weighs, in bits: 1 bit doubles the odds that two records are one person. They come from a
 * synthetic population: `npm run matching -- --fit --seed 1 --patients 40000`, and are measured on another one
 * (decision 0025). Real files have other mistakes: the threshold is a setting, and nothing is merged by a score.
 */
import type { LEVELS } from './compare.ts';

/** Of a candidate pair, before its traits are looked at. */
export const PRIOR = -18;

export const WEIGHTS: { readonly [T in keyof typeof LEVELS]: Readonly<Record<(typeof LEVELS)[T][number], number>> } = {
  name: { equal: 9.1, spelling: 7.8, sound: 7.9, crossed: 5.1, inverted: 12.9, part: 2.3, used: 5.1, different: -6 },
  given: { equal: 7, spelling: 7.2, sound: 5, part: 0.6, order: 1.1, inverted: 12.9, different: -4.7 },
  others: { equal: 5.7, different: -9.9, unknown: 0 },
  birthDate: {
    equal: 13,
    filler: 11.4,
    incomplete: 5.8,
    exchanged: 10.3,
    digit: 6.2,
    near: 2.6,
    different: -3.4,
    generation: -11.7,
  },
  sex: { equal: 1, different: -4, unknown: 0 },
  birthPlace: { equal: 6.8, country: 7, department: 4.1, unknown: 0, different: -6.4 },
  ins: { equal: 13, former: 8.7, unknown: 0, different: -7.5 },
  pattern: { none: 0, twins: -6.1 },
};
