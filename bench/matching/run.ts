/**
 * `npm run matching -- [--json] [--patients N] [--seed N] [--threshold T] [--fit]`: precision and recall of the candidate pairs
 * on a labelled population that is drawn from the seed; `--fit` prints the weights that such a population gives.
 */
import { parseArgs } from 'node:util';
import { DEFAULT_REVIEW_THRESHOLD } from '../../src/config/matching-schema.ts';
import { drawPopulation } from '../population/records.ts';
import { candidatesOf } from './candidates.ts';
import { fitWeights } from './fit.ts';
import { measure, printed } from './measure.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    fit: { type: 'boolean', default: false },
    patients: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '2' },
    threshold: { type: 'string', default: String(DEFAULT_REVIEW_THRESHOLD) },
  },
});

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new Error(`--${name}: a number from ${least} to ${most}`);
}

const patients = Math.round(number('patients', values.patients, 10, 2_000_000));
const seed = Math.round(number('seed', values.seed, 0, 4_294_967_295));
const { records } = drawPopulation(patients, seed);
const candidates = candidatesOf(records);
if (values.fit) {
  console.log(JSON.stringify(fitWeights(records, candidates, seed), null, 1));
} else {
  const measured = measure(records.length, candidates, number('threshold', values.threshold, 0, 1));
  for (const line of printed(measured)) console.log(line);
  const { precision, recall, pairs, threshold } = measured;
  if (values.json) console.log(JSON.stringify({ precision, recall, pairs, threshold }));
}
