/**
 * What `npm test` runs: lint, types, import rules, dead code, then every test file.
 * `npm test -- unit` runs a part (lint types imports dead-code unit fuzz journeys crash hostile security browser house),
 * `npm test -- src/ins` the test files whose path contains that text.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { findDeadCode } from '../tools/dead-code.ts';
import { checkImports } from '../tools/import-rules.ts';
import { type Outcome, runTestFile } from './support/run-file.ts';
import { startTestServer, type TestServer } from './support/server.ts';

const ROOT = join(import.meta.dirname, '..');
const FILE_TIMEOUT_MS = 10 * 60_000;
/** Unit tests share two cores. */
const UNIT_CONCURRENCY = 2;
/** They mostly wait (for leases, silences, restarts), beside those that compute. */
const WAITING_PARTS = ['crash', 'processes', 'hostile'];
const PARTS_IN_ORDER = ['unit', 'house', 'fuzz', 'journeys', 'crash', 'processes', 'hostile', 'security', 'browser'];

interface Job {
  readonly part: string;
  /** The name of a check, or the path of a test file. */
  readonly name: string;
  run(): Promise<Outcome>;
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

const CHECKS: readonly Job[] = [
  { part: 'lint', name: 'biome check', run: () => command('node_modules/@biomejs/biome/bin/biome', 'check') },
  { part: 'types', name: 'tsc', run: () => command('node_modules/typescript/bin/tsc', '-p', '.') },
  { part: 'imports', name: 'import rules', run: async () => verdict(checkImports(ROOT).violations) },
  { part: 'dead-code', name: 'dead code', run: async () => verdict(findDeadCode(ROOT).findings) },
];

/** A development tool of this tree, as one check. */
async function command(script: string, ...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return code === 0 ? verdict([]) : { passed: 0, failures: [{ name: script, detail: output }], skips: [] };
}

function verdict(found: readonly { path: string; line: number; message: string }[]): Outcome {
  if (found.length === 0) return { passed: 1, failures: [], skips: [] };
  const detail = found.map(({ path, line, message }) => `${path}:${line} ${message}`).join('\n');
  return { passed: 0, failures: [{ name: `${found.length} findings`, detail }], skips: [] };
}

/** Every test file of the tree: none can be forgotten by standing in an unknown folder. */
function testJobs(): Job[] {
  const paths = globSync('{src,tools,bench,test}/**/*.test.ts', { cwd: ROOT }).sort();
  return paths.map((path) => ({
    part: partOf(path),
    name: path,
    run: () =>
      runTestFile(join(ROOT, path), {
        timeoutMs: FILE_TIMEOUT_MS,
        environment: process.env,
        signal: interrupted.signal,
      }),
  }));
}

function partOf(path: string): string {
  const folder = path.startsWith('test/') ? path.split('/')[1] : undefined;
  return folder === undefined || folder === 'support' ? 'unit' : folder;
}

function rankOf({ part }: Job): number {
  const rank = PARTS_IN_ORDER.indexOf(part);
  return rank === -1 ? PARTS_IN_ORDER.length : rank;
}

async function runAll(jobs: readonly Job[], concurrency: number): Promise<[Job, Outcome][]> {
  const done: [Job, Outcome][] = [];
  const queue = jobs.values();
  const work = async (): Promise<void> => {
    for (const job of queue) {
      if (interrupted.signal.aborted) return;
      const started = performance.now();
      const outcome = await job.run();
      done.push([job, outcome]);
      console.log(progressLine(job, outcome, performance.now() - started));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return done;
}

function progressLine({ part, name }: Job, { passed, failures, skips }: Outcome, ms: number): string {
  const counts = [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} FAILED`] : []),
    ...(skips.length > 0 ? [`${skips.length} skipped`] : []),
  ];
  return `${failures.length > 0 ? '✖' : '✔'} ${part.padEnd(9)} ${name}: ${counts.join(', ')} (${(ms / 1_000).toFixed(1)} s)`;
}

function report(done: readonly [Job, Outcome][]): number {
  const skips = done.flatMap(([job, { skips: list }]) => list.map((skip) => ({ ...skip, job })));
  const failures = done.flatMap(([job, { failures: list }]) => list.map((failure) => ({ ...failure, job })));
  const passed = done.reduce((sum, [, outcome]) => sum + outcome.passed, 0);
  if (skips.length > 0) console.log('\nSkipped:');
  for (const { job, name, reason } of skips) console.log(`  ${job.name} › ${name}: ${reason}`);
  if (failures.length > 0) console.log('\nFailed:');
  for (const { job, name, detail } of failures) console.log(`\n✖ ${job.name} › ${name}\n${detail.trimEnd()}`);
  if (interrupted.signal.aborted) console.log('\nInterrupted.');
  console.log(`\n${passed} passed, ${failures.length} failed, ${skips.length} skipped`);
  return failures.length === 0 && passed > 0 && !interrupted.signal.aborted ? 0 : 1;
}

/** The one server of the run. Without one, the tests that need a database say why by themselves. */
async function startSharedServer(): Promise<TestServer | undefined> {
  if (process.env.TEST_DATABASE_URL !== undefined) return undefined;
  try {
    const server = await startTestServer((line) => console.error(`postgres: ${line}`));
    process.env.TEST_DATABASE_URL = server.url;
    return server;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

const everything = [...CHECKS, ...testJobs()];
const wanted = process.argv.slice(2);
const isWanted = ({ part, name }: Job): boolean =>
  wanted.length === 0 ||
  wanted.some((text) => (everything.some((job) => job.part === text) ? part === text : name.includes(text)));
const jobs = everything.filter(isWanted);
const checks = jobs.filter((job) => CHECKS.includes(job));
const tests = jobs.filter((job) => !CHECKS.includes(job));
const unit = tests.filter(({ part }) => part === 'unit');
const whole = tests.filter(({ part }) => part !== 'unit').sort((a, b) => rankOf(a) - rankOf(b));
const waiting = whole.filter(({ part }) => WAITING_PARTS.includes(part));
const computing = whole.filter((job) => !waiting.includes(job));

const done = await runAll(checks, 1);
const server = tests.length > 0 ? await startSharedServer() : undefined;
done.push(...(await runAll(unit, UNIT_CONCURRENCY)));
for (const part of await Promise.all([runAll(computing, 1), runAll(waiting, 1)])) done.push(...part);
await server?.stop();
process.exitCode = report(done);
