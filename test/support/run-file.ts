/** Runs one test file in a process of its own and counts what happened in it. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestRecord } from './json-reporter.ts';

export interface Outcome {
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly detail: string }[];
  readonly skips: readonly { readonly name: string; readonly reason: string }[];
}

export interface RunOptions {
  readonly timeoutMs: number;
  readonly environment: NodeJS.ProcessEnv;
  /** Stops the file when aborted, as the time-out does. */
  readonly signal?: AbortSignal;
}

/** What a failed file may print at the end of the run, characters. */
const OUTPUT_SHOWN = 8_000;
const REPORTER = join(import.meta.dirname, 'json-reporter.ts');

/** A file that crashes, outlives its time, or has no test at all counts as one failure more. */
export async function runTestFile(path: string, options: RunOptions): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-run-'));
  try {
    const destination = join(folder, 'records');
    const ended = await runToEnd(path, destination, options);
    const lines = (await readFile(destination, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    return outcomeOf(
      lines.map((line): TestRecord => JSON.parse(line)),
      ended,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Ended {
  /** Undefined when the process ended as a test run does, failed tests included. */
  readonly crash: string | undefined;
  readonly failed: boolean;
  readonly output: string;
}

async function runToEnd(path: string, destination: string, options: RunOptions): Promise<Ended> {
  const reporter = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${destination}`];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...reporter, path], {
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what the test started ends with it.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_SHOWN);
    });
  }
  let stopped: string | undefined;
  const stop = (why: string): void => {
    stopped ??= why;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(() => stop(`still running after ${options.timeoutMs / 1_000} s`), options.timeoutMs);
  const interrupt = (): void => stop('interrupted');
  options.signal?.addEventListener('abort', interrupt, { once: true });
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', interrupt);
  const crash =
    stopped ?? (signal !== null ? `ended by ${signal}` : code === 0 || code === 1 ? undefined : `exit code ${code}`);
  return { crash, failed: code !== 0, output };
}

function outcomeOf(records: readonly TestRecord[], ended: Ended): Outcome {
  const failures: { name: string; detail: string }[] = [];
  const skips: { name: string; reason: string }[] = [];
  let passed = 0;
  for (const { name, suite, skipped, failure, onlyInside } of records) {
    if (skipped !== undefined) skips.push({ name, reason: skipped });
    else if (failure === undefined) passed += suite ? 0 : 1;
    else if (onlyInside !== true) failures.push({ name, detail: failure });
  }
  const empty = records.length === 0 ? 'no test in this file, or it failed before its first test' : undefined;
  const silent = ended.failed && failures.length === 0 ? 'failed outside of its tests' : undefined;
  const trouble = ended.crash ?? empty ?? silent;
  if (trouble !== undefined) failures.push({ name: 'the file itself', detail: `${trouble}\n${ended.output}` });
  return { passed, failures, skips };
}
