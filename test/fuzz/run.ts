/**
 * `npm run fuzz -- --target hl7 --seconds 600 [--seed N]`: one target, or all of them in turn, each for so long. Exit 1 when
 * something broke: the seed, the path and the smallest input that shows it are printed.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { FUZZ_TARGETS } from './targets.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    json: { type: 'boolean', default: false },
  },
});
const names = FUZZ_TARGETS.map(({ name }) => name);
const chosen = FUZZ_TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0) throw new Error(`--target: ${names.join(', ')}`);
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('--seconds: a number; --seed: a whole number');

for (const { name, property } of chosen) {
  console.error(`${name}: seed ${seed}, ${seconds} s`);
  const details = await fc.check(await property(), {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1_000,
    markInterruptAsFailure: false,
  });
  // Stopped by the clock is what is meant to happen.
  const broken = details.counterexample !== null;
  if (broken) {
    console.error(fc.defaultReportMessage({ ...details, failed: true } as fc.RunDetails<unknown>));
    process.exitCode = 1;
  }
  const result = { target: name, seed, runs: details.numRuns, broken };
  console.log(
    values.json ? JSON.stringify(result) : `${name}: ${result.runs} runs, ${broken ? 'BROKEN' : 'nothing broke'}`,
  );
}
