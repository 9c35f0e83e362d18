/** A patient given to a command. */
import { readInput, UsageFault } from './outcome.ts';

/** A file, or the JSON itself: then nothing of it is quoted, it holds a matricule (promise 9). */
export async function readPatient(given: string): Promise<unknown> {
  const inline = given.trimStart().startsWith('{');
  const text = inline ? given : (await readInput(given)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageFault(`${inline ? 'Le patient' : given} n'est pas du JSON.`);
  }
}
