/** Which characters to mark when two values stand in two columns. */

/**
 * Positions (0-based) outside the longest common subsequence of the two texts. Cost is the product of the lengths:
 * meant for names of 100 characters.
 */
export function markDifferences(left: string, right: string): { local: number[]; insi: number[] } {
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = left.length - 1; i >= 0; i -= 1)
    for (let j = right.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));

  const marks: { local: number[]; insi: number[] } = { local: [], insi: [] };
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      i += 1;
      j += 1;
    } else if (j >= right.length || (i < left.length && at(i + 1, j) >= at(i, j + 1))) {
      marks.local.push(i);
      i += 1;
    } else {
      marks.insi.push(j);
      j += 1;
    }
  }
  return marks;
}
