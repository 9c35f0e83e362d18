/** `npm run bench -- intake|isolation|pipeline|queue|stages [--json] [--seconds N]`: speed against the floors of the same run. */
import { parseArgs } from 'node:util';
import { benchIntake } from './intake/intake.ts';
import { benchIsolation } from './isolation/isolation.ts';
import { benchPipeline } from './pipeline/pipeline.ts';
import { benchQueue } from './queue/queue.ts';
import { benchStages } from './stages/stages.ts';
import type { Case } from './support/report.ts';

interface BenchOptions {
  /** Counted time of each side of each case. */
  readonly seconds: number;
  /** Of the bench `queue`: tasks that wait besides those that are drained; of `isolation`, documents. */
  readonly backlog: number;
  /** Of the bench `pipeline`: documents on their way at a time. */
  readonly inFlight: number;
  /** Of the bench `pipeline`: processes that work, one case for each number; none for one process in all roles. */
  readonly workers: readonly number[];
}

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<{ cases: readonly Case[] }>>> = {
  intake: benchIntake,
  isolation: benchIsolation,
  pipeline: benchPipeline,
  queue: benchQueue,
  stages: benchStages,
};

const USAGE = `usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json] [--seconds N] [--backlog N] [--in-flight N] [--workers N,N]`;

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name}: a number above 0`);
}

function printed({ name, rate, cpuMs, postgresCpuMs, p50Ms, p99Ms, ratio, cpuRatio, floor }: Case): string {
  const cpu = `${cpuMs.toFixed(3)}${postgresCpuMs === undefined ? '' : ` + ${postgresCpuMs.toFixed(3)}`} ms`;
  return (
    `${name.padEnd(22)} ${rate.toFixed(1).padStart(10)}/s  cpu ${cpu.padEnd(18)} p50 ${p50Ms.toFixed(3)}  p99 ${p99Ms.toFixed(3)}` +
    `  floor ${floor.rate.toFixed(1)}/s  ratio ${ratio.toFixed(3)}  cpu x${cpuRatio.toFixed(2)}`
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '3' },
    backlog: { type: 'string', default: '100000' },
    'in-flight': { type: 'string', default: '16' },
    workers: { type: 'string', default: '' },
  },
});
const [name = ''] = positionals;
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const options = {
  seconds: positive('seconds', values.seconds),
  backlog: Math.ceil(positive('backlog', values.backlog)),
  inFlight: Math.ceil(positive('in-flight', values['in-flight'])),
  workers: values.workers === '' ? [] : values.workers.split(',').map((text) => Math.ceil(positive('workers', text))),
};
const { cases, ...others } = await bench(options);
const result = { bench: name, seconds: options.seconds, ...others, cases };
console.log(values.json ? JSON.stringify(result) : cases.map(printed).join('\n'));
