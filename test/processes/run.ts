/**
 * `npm run processes -- --upgrades N --freezes N --frozen-ms N --json`: rolling upgrades (T-R14) and frozen workers (T-R11)
 * of hostile.md, at their full size by default. Exit 1 when something was refused, lost, doubled or broken.
 */
import { parseArgs } from 'node:util';
import { frozenRun } from './frozen.ts';
import { rollingRun } from './rolling.ts';

const { values } = parseArgs({
  options: {
    upgrades: { type: 'string', default: '50' },
    freezes: { type: 'string', default: '10' },
    'frozen-ms': { type: 'string', default: '600000' },
    json: { type: 'boolean', default: false },
  },
});

function whole(name: 'upgrades' | 'freezes' | 'frozen-ms'): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`--${name}: a whole number`);
}

const startedAt = performance.now();
const say = (line: string): void =>
  console.error(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
const upgrades = whole('upgrades') === 0 ? undefined : await rollingRun(whole('upgrades'), say);
const frozen = whole('freezes') === 0 ? undefined : await frozenRun(whole('freezes'), whole('frozen-ms'), say);
const failures = [...(upgrades?.notTaken ?? []), ...(upgrades?.problems ?? []), ...(frozen?.problems ?? [])];
for (const failure of failures) console.error(failure);
console.log(JSON.stringify({ upgrades, frozen }, null, values.json ? 0 : 2));
process.exitCode = failures.length === 0 ? 0 : 1;
