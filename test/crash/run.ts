/** `npm run crash -- --kills N --documents N --json`: kill -9 under load. Exit 1 when something was lost, doubled or broken. */
import { parseArgs } from 'node:util';
import { crashRun } from './harness/crash.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    'postgres-kills': { type: 'string', default: '0' },
    documents: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

function whole(name: 'kills' | 'postgres-kills' | 'documents' | 'seed', least: number): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name}: a whole number, at least ${least}`);
}

const startedAt = performance.now();
const { problems, kills, repeated, reconciled, ...result } = await crashRun({
  kills: whole('kills', 1),
  postgresKills: whole('postgres-kills', 0),
  documents: whole('documents', 1),
  seed: whole('seed', 0),
  // With --json the last line of stdout is the result, so people read the progress on stderr.
  say: (line) => console.error(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`),
});
for (const problem of problems) console.error(problem);
console.log(
  JSON.stringify(values.json ? result : { ...result, repeated, reconciled, kills }, null, values.json ? 0 : 2),
);
process.exitCode = problems.length === 0 ? 0 : 1;
