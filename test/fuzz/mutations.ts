/** What fast-check does to bytes that were good: cuts, copies, foreign tokens, flipped bytes. It shrinks what fails. */
import fc from 'fast-check';

interface Edit {
  readonly kind: 'insert' | 'delete' | 'flip' | 'repeat' | 'cut';
  /** Where, as a share of the length. */
  readonly at: number;
  readonly token: Buffer;
  readonly count: number;
}

/** A cut ends most readings at once: it comes seldom. */
const KINDS: readonly Edit['kind'][] = [
  ...Array(6).fill('insert'),
  'delete',
  'delete',
  'flip',
  'flip',
  'repeat',
  'cut',
];
const FINE = 1_000_000;
/**
 * Without bias, or most edits would fall on the first byte (doubles are drawn by exponent: integers it is); half of them in
 * the beginning, where the structure is.
 */
const place = fc
  .oneof(fc.integer({ min: 0, max: FINE }), fc.integer({ min: 0, max: FINE * 0.15 }))
  .map((n) => n / FINE);

/** One of the seeds, changed in one to four places by these tokens of its own language. */
export function mutated(seeds: readonly Buffer[], tokens: readonly string[]): fc.Arbitrary<Buffer> {
  const edit: fc.Arbitrary<Edit> = fc.record({
    kind: fc.noBias(fc.constantFrom(...KINDS)),
    at: fc.noBias(place),
    token: fc.oneof(
      fc.constantFrom(...tokens).map((token) => Buffer.from(token, 'utf8')),
      fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    ),
    count: fc.integer({ min: 1, max: 64 }),
  });
  return fc
    .tuple(fc.noBias(fc.constantFrom(...seeds)), fc.noBias(fc.array(edit, { minLength: 1, maxLength: 4 })))
    .map(([seed, edits]) => edits.reduce(apply, seed));
}

function apply(bytes: Buffer, { kind, at, token, count }: Edit): Buffer {
  const from = Math.floor(at * bytes.length);
  const [head, tail] = [bytes.subarray(0, from), bytes.subarray(from)];
  switch (kind) {
    case 'insert':
      return Buffer.concat([head, token, tail]);
    case 'delete':
      return Buffer.concat([head, tail.subarray(count)]);
    case 'flip': {
      const flipped = Buffer.from(bytes);
      if (from < flipped.length) flipped[from] = (flipped[from] ?? 0) ^ (1 << (count % 8));
      return flipped;
    }
    case 'repeat':
      return Buffer.concat([head, ...Array.from({ length: count }, () => tail.subarray(0, count)), tail]);
    case 'cut':
      return head;
  }
}
