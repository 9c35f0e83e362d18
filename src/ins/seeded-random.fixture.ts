/** A small deterministic generator for property tests: the seed in the failure message replays the case. */
export function seededRandom(seed: number): { below(max: number): number; pick<T>(items: readonly [T, ...T[]]): T } {
  let state = seed >>> 0;
  const below = (max: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
  return { below, pick: (items) => items[below(items.length)] ?? items[0] };
}
