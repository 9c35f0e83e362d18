/** How a command ends, and how that is printed: French lines for a person, or one line of JSON with `--json`. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Refusal } from '../rules/rule.ts';

/** 0 done, 1 refused or invalid. */
export interface Outcome {
  readonly code: 0 | 1;
  /** French, for the terminal. */
  readonly lines: readonly string[];
  /** What `--json` prints, after `ok`. */
  readonly result: object;
}

/** The command was called wrongly: exit code 2. The message is French. */
export class UsageFault extends Error {}

export function printOutcome(outcome: Outcome, json: boolean): void {
  if (json) console.log(JSON.stringify({ ok: outcome.code === 0, ...outcome.result }));
  else for (const line of outcome.lines) console.log(printable(line));
}

/** A line may quote a document that comes from anywhere: it must not command the terminal. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, '·');
}

/** A file named on the command line; one that cannot be read is a wrong call. */
export async function readInput(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageFault(`Fichier illisible : ${file} (${codeOf(error)}).`);
  }
}

/** The file that a command makes; one that cannot be written is a wrong call. */
export async function writeOutput(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes);
  } catch (error) {
    throw new UsageFault(`Impossible d'écrire ${file} (${codeOf(error)}).`);
  }
}

/** The code of a system error (ENOENT …), else its name: never a message that could quote what was read. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'inconnue';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** A refusal of the catalogue as the command's whole result. */
export function refused(refusal: Refusal): Outcome {
  return { code: 1, lines: refusalLines(refusal), result: { refusals: [refusalView(refusal)] } };
}

export function refusalLines({ rule, detail, location }: Refusal): string[] {
  const where = [location, detail].filter((text) => text !== undefined).join(' : ');
  return [
    `${rule.id} ${rule.title}`,
    ...(where === '' ? [] : [`  Où : ${where}`]),
    `  Cause : ${rule.cause}`,
    `  Que faire (${rule.owner}) : ${rule.remedy}`,
  ];
}

export function refusalView({ rule, detail, location }: Refusal): object {
  const { id, title, cause, owner, remedy } = rule;
  return { rule: id, title, cause, owner, remedy, location: location ?? null, detail: detail ?? null };
}
