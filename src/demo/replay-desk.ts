/** Replays of a transition that a visitor of the demonstration starts: one at a time, each a process with a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { ReplayDesk, ReplaySize, ReplayState } from '../console/replay-page.ts';
import { WAVES_PER_MONTH } from './transition/calendar.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/run.mjs');
const PROGRAM = 'src/cli/main.ts';
/** A line of progress: seconds, then words. */
const PROGRESS = /^ *[\d.]+ s {2}(.*)$/;
const MOST_PROBLEMS = 50;

const count = z.number();
const measured = z.object({
  establishments: count,
  products: count,
  documents: count,
  accepted: count,
  duplicated: count,
  lost: count,
  longestGapMs: count,
  v1Before: count,
  v2After: count,
  td00Forwarded: count,
  inscForwarded: count,
});

/** `program`: what replays, from the root of the project. */
export function createReplayDesk(
  data: string,
  now: () => Date,
  program: string = PROGRAM,
): ReplayDesk & { close(): Promise<void> } {
  let state: ReplayState = { kind: 'none' };
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  return {
    state: () => state,
    start: (size) => {
      if (child !== undefined) return;
      child = launch(program, join(data, 'rejeu'), size);
      ended = watch(child, size, now, (next) => {
        state = next;
      }).then(() => {
        child = undefined;
      });
    },
    close: () => {
      child?.kill('SIGTERM');
      return ended;
    },
  };
}

function launch(program: string, folder: string, { establishments, documents, months }: ReplaySize): ChildProcess {
  // Its database is its own, wherever that of the demonstration is.
  const { DATABASE_URL: _, ...environment } = process.env;
  const size = ['--establishments', establishments, '--documents', documents, '--months', months].map(String);
  return spawn(process.execPath, [LAUNCHER, program, 'transition', '--json', '--data', folder, ...size], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function watch(
  child: ChildProcess,
  size: ReplaySize,
  now: () => Date,
  become: (state: ReplayState) => void,
): Promise<void> {
  const startedAt = now();
  const weeks = size.months * WAVES_PER_MONTH;
  const problems: string[] = [];
  let week = 0;
  let last = '';
  const progress = (said: string): void => {
    if (said.includes(' semaine ')) week += 1;
    become({ kind: 'running', size, startedAt, week, weeks, said });
  };
  progress('Démarrage');
  const lines = (stream: NodeJS.ReadableStream | null, take: (line: string) => void): void => {
    if (stream !== null) createInterface({ input: stream }).on('line', take);
  };
  lines(child.stdout, (line) => {
    last = line;
  });
  lines(child.stderr, (line) => {
    const said = PROGRESS.exec(line)?.[1];
    if (said !== undefined) progress(said);
    else if (problems.length < MOST_PROBLEMS) problems.push(line);
  });
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (_code, signal) => resolve(signal === null ? undefined : `arrêté (${signal})`));
  });
  const found = failure === undefined ? measuresOf(last) : undefined;
  if (found !== undefined) return become({ kind: 'measured', size, endedAt: now(), measures: found, problems });
  become({ kind: 'failed', size, endedAt: now(), said: failure ?? (problems.at(-1) || 'sans résultat') });
}

function measuresOf(line: string): z.infer<typeof measured> | undefined {
  try {
    return measured.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
