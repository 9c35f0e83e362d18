/** Every fuzz target for a short while, from a fixed seed; `npm run fuzz` goes on for as long as one likes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mutatedMessages, outcomeOf } from './hl7-targets.ts';
import { mutated } from './mutations.ts';
import { FUZZ_TARGETS } from './targets.ts';

const SEED = 20_261_123;

describe('Fuzzing', () => {
  for (const { name, runs, property } of FUZZ_TARGETS)
    test(`${name}: ${runs} runs of seed ${SEED}`, async () => {
      await fc.assert(await property(), { seed: SEED, numRuns: runs });
    });

  test('the mutations reach deep: accepted messages, and many different refusals', async () => {
    const outcomes = new Set(fc.sample(await mutatedMessages(), { seed: SEED, numRuns: 3_000 }).map(outcomeOf));
    assert.ok(outcomes.has('accepted') && outcomes.size > 20, `${outcomes.size}: ${[...outcomes].join(' ')}`);
  });

  test('a bug behind one token is found, with the smallest input that shows it', () => {
    const property = fc.property(mutated([Buffer.from('abcdef')], ['|', '^']), (bytes) => !bytes.includes('^'));
    const { failed, counterexample } = fc.check(property, { seed: SEED, numRuns: 500 });
    assert.ok(failed && counterexample?.[0].includes('^'));
  });
});
