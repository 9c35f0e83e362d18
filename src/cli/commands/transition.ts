/** `transition`: the replay of a whole transition, and its measured result. */
import { resolve } from 'node:path';
import { replayTransition } from '../../demo/transition/replay.ts';
import type { Outcome } from '../outcome.ts';

/** As a shell says it of SIGINT. */
const EXIT_INTERRUPTED = 130;

export interface TransitionOptions {
  readonly data: string;
  readonly establishments: number;
  readonly documents: number;
  readonly months: number;
  readonly version: string;
}

/** Exit code 1 when something was lost, doubled, forwarded, or counted otherwise than the simulators did. */
export async function transition({ data, ...options }: TransitionOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const elapsed = (): string => ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6);
  const interrupted = new AbortController();
  // Its PostgreSQL outlives a process that is merely killed.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  const replayed = await replayTransition({
    ...options,
    data: resolve(data),
    databaseUrl: process.env.DATABASE_URL,
    // The last line of stdout is the result: people read the progress on stderr.
    say: (line) => console.error(`${elapsed()} s  ${line}`),
    signal: interrupted.signal,
  }).catch((error: unknown) => {
    if (!interrupted.signal.aborted) throw error;
    // What it was waiting for may still be on its way.
    process.exit(EXIT_INTERRUPTED);
  });
  const { problems, ...measured } = replayed;
  const { duplicated, lost, td00Forwarded, inscForwarded } = measured;
  for (const problem of problems) console.error(problem);
  const clean = problems.length === 0 && duplicated + lost + td00Forwarded + inscForwarded === 0;
  return { code: clean ? 0 : 1, lines: [JSON.stringify(measured, null, 2)], result: measured };
}
