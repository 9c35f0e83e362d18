/** `npm run bench -- identity|intake|isolation|pipeline|queue|region|stages [--json] [--seconds N]`: speed against the floors of the same run. */
import { parseArgs } from 'node:util';
import { benchIdentity, type Searches } from './identity/identity.ts';
import { benchIntake } from './intake/intake.ts';
import { benchIsolation } from './isolation/isolation.ts';
import { benchPipeline } from './pipeline/pipeline.ts';
import { benchQueue } from './queue/queue.ts';
import { benchRegion, type RegionReport } from './region/region.ts';
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

const USAGE = `usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json] [--seconds N] [--backlog N] [--in-flight N] [--workers N,N]
       npm run bench -- identity [--json] [--patients N] [--questions N] [--database-url URL]
       npm run bench -- region [--json] [--establishments N] [--months N] [--documents N] [--requests N]`;

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

function printedSearches({ searches }: Searches): string {
  const lines = Object.entries(searches).map(
    ([name, { p50Ms, p99Ms, foundTop20, first }]) =>
      `${name.padEnd(44)} p50 ${p50Ms.toFixed(2).padStart(8)}  p99 ${p99Ms.toFixed(2).padStart(8)} ms` +
      `  top 20 ${(100 * foundTop20).toFixed(1).padStart(5)} %  first ${(100 * first).toFixed(1).padStart(5)} %`,
  );
  return lines.join('\n');
}

async function runIdentity(): Promise<void> {
  const result = await benchIdentity({
    patients: Math.ceil(positive('patients', values.patients)),
    questions: Math.ceil(positive('questions', values.questions)),
    databaseUrl: values['database-url'] ?? process.env.DATABASE_URL,
  });
  console.log(values.json ? JSON.stringify({ bench: 'identity', ...result }) : printedSearches(result));
}

function printedPages({ pages, countMs, machine }: RegionReport): string {
  const lines = Object.entries(pages).map(
    ([name, { p50Ms, p95Ms, maxMs, bytes }]) =>
      `${name.padEnd(24)} p50 ${p50Ms.toFixed(1).padStart(7)}  p95 ${p95Ms.toFixed(1).padStart(7)}  max ${maxMs.toFixed(1).padStart(7)} ms  ${bytes} bytes`,
  );
  return [
    ...lines,
    `ledger counted in ${countMs.first} ms, again in ${countMs.again} ms; load ${machine.loadBefore} to ${machine.loadAfter}`,
  ].join('\n');
}

async function runRegion(): Promise<void> {
  const whole = (name: 'establishments' | 'months' | 'documents' | 'requests'): number =>
    Math.ceil(positive(name, values[name]));
  const result = await benchRegion({
    establishments: whole('establishments'),
    months: whole('months'),
    documents: whole('documents'),
    requests: whole('requests'),
  });
  console.log(values.json ? JSON.stringify({ bench: 'region', ...result }) : printedPages(result));
}

async function runOthers(name: string): Promise<void> {
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
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '3' },
    backlog: { type: 'string', default: '100000' },
    'in-flight': { type: 'string', default: '16' },
    workers: { type: 'string', default: '' },
    patients: { type: 'string', default: '1000000' },
    questions: { type: 'string', default: '300' },
    'database-url': { type: 'string' },
    establishments: { type: 'string', default: '400' },
    months: { type: 'string', default: '36' },
    documents: { type: 'string', default: '100000' },
    requests: { type: 'string', default: '100' },
  },
});
const [name = ''] = positionals;
if (name === 'identity') await runIdentity();
else if (name === 'region') await runRegion();
else await runOthers(name);
