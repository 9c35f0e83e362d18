/** Independent judges (Debian tools) and the shared conformance material. A test skips with its reason without them. */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export interface ToolResult {
  /** Exit code; -1 when a signal ended the tool. */
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** True when this program can be run from the PATH. */
export function hasTool(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program to its end with `input` on its standard input. Rejects only when it cannot be started. */
export async function run(tool: string, args: readonly string[], input?: string | Uint8Array): Promise<ToolResult> {
  const child = spawn(tool, args, { stdio: 'pipe' });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A tool may end without reading all of its input: its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const status = await new Promise<number>((resolveStatus, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolveStatus(code ?? -1));
  });
  return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') };
}

/** The folder of the conformance material beside the checkout; undefined when it is not there. */
export function conformanceDir(): string | undefined {
  const folder = resolve(import.meta.dirname, '../../../shared/conformance');
  return existsSync(folder) ? folder : undefined;
}
