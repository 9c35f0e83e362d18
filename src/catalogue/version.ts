/** Versions as products write them: compared number by number. */

/** The numbers of a version, `v` and words apart; undefined when there is none. */
export function versionNumbers(text: string): readonly number[] | undefined {
  const found = /\d+(?:[._-]\d+)*/.exec(text)?.[0];
  return found?.split(/[._-]/).map(Number);
}

/** Negative when `a` is older. What is not written is zero: 2 is 2.0. */
export function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Is `seen` the listed version, or one of its line: 7.2 is of the line 7, 2.10 is not of the line 2.1. */
export function isOfLine(seen: readonly number[], listed: readonly number[]): boolean {
  return listed.every((number, at) => (seen[at] ?? 0) === number);
}
