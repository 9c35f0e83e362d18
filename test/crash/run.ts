/**
 * `npm run crash -- --kills N --documents N --json`: kill -9 under load (T-R1 of hostile.md). Exit 1 when something was lost,
 * doubled or broken, or when intake or work came back too late.
 */
import { parseArgs } from 'node:util';
import { crashRun, lateness } from './harness/crash.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    'postgres-kills': { type: 'string', default: '0' },
    'simulator-kills': { type: 'string', default: '0' },
    documents: { type: 'string', default: '100' },
    establishments: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

type Count = Exclude<keyof typeof values, 'json'>;

function whole(name: Count, least: number): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name}: a whole number, at least ${least}`);
}

const startedAt = performance.now();
const report = await crashRun({
  kills: whole('kills', 1),
  postgresKills: whole('postgres-kills', 0),
  simulatorKills: whole('simulator-kills', 0),
  documents: whole('documents', 1),
  establishments: whole('establishments', 1),
  seed: whole('seed', 0),
  // With --json the last line of stdout is the result, so people read the progress on stderr.
  say: (line) => console.error(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`),
});
const { problems, kills, repeated, reconciled, slowestIntakeMs, superseded, ...result } = report;
const failures = [...problems, ...lateness(report)];
for (const failure of failures) console.error(failure);
const more = { superseded, slowestIntakeMs, repeated, reconciled, kills };
console.log(JSON.stringify(values.json ? result : { ...result, ...more }, null, values.json ? 0 : 2));
process.exitCode = failures.length === 0 ? 0 : 1;
