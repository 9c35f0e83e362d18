/** A process of the harness: started from this tree, ready when it says so, ended politely or by force. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { NODE_FLAGS } from '../../../bin/node-flags.mjs';

/** Those of `bin/run.mjs` that this process was started with: another Node may not know them. */
const FLAGS = NODE_FLAGS.filter((flag) => process.execArgv.includes(flag));

export interface Child {
  readonly pid: number;
  /** The first line that it prints, as JSON. Rejects when it ends before. */
  readonly ready: Promise<unknown>;
  /** How it ended: `code 0`, `SIGKILL` … */
  readonly ended: Promise<string>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** What it writes on its standard error goes to `logFile`. It ends by itself when this process does. */
export async function startChild(
  entry: string,
  args: readonly string[],
  logFile: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const log = await open(logFile, 'a');
  const child = spawn(process.execPath, [...FLAGS, entry, ...args], {
    stdio: ['pipe', 'pipe', log.fd],
    env: { ...process.env, ...environment },
  });
  await log.close();
  const ended = endOf(child);
  const ready = firstLine(child, ended);
  // Whoever waits for it learns of the failure; a child that nobody waits for must not end this process.
  ready.catch(() => undefined);
  return { pid: child.pid ?? 0, ready, ended, kill: (signal) => child.kill(signal) };
}

async function endOf(child: ChildProcess): Promise<string> {
  const [code, signal] = await once(child, 'exit');
  return signal === null ? `code ${code}` : String(signal);
}

async function firstLine(child: ChildProcess, ended: Promise<string>): Promise<unknown> {
  if (child.stdout === null) throw new Error('a child without output');
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text));
  const failed = ended.then((how): never => {
    throw new Error(`ended before it was ready (${how})`);
  });
  return JSON.parse(await Promise.race([line, failed]));
}

/** For the entry of a child: runs `stop` at SIGTERM, and ends at once when the harness is gone. */
export function obeyHarness(stop: () => Promise<void>): void {
  process.once('SIGTERM', () => {
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.stdin.on('end', () => process.exit(2)).resume();
}
