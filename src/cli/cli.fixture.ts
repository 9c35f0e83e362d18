/** Runs the command line as a user does: a process of its own, its output and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

const ENTRY = join(import.meta.dirname, 'main.ts');

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs to the end. The environment has no database and no token unless given. */
export async function cli(args: readonly string[], environment: Record<string, string> = {}): Promise<CliRun> {
  const child = launchCli(args, environment);
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, ...text };
}

export function launchCli(args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  const { DATABASE_URL: _, TRAITDUNION_TOKEN: __, ...inherited } = process.env;
  return spawn(process.execPath, [ENTRY, ...args], {
    env: { ...inherited, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What the last line of stdout says in JSON. */
export function lastLine({ stdout }: CliRun): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/** A folder removed after the tests of the file. */
export function scratch(): {
  readonly path: string;
  file(name: string, content: string | Uint8Array): Promise<string>;
} {
  const path = mkdtempSync(join(tmpdir(), 'tdu-cli-'));
  after(() => rm(path, { recursive: true, force: true }));
  return {
    path,
    async file(name, content) {
      await writeFile(join(path, name), content);
      return join(path, name);
    },
  };
}
