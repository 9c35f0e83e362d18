/** `traitdunion`: exit code 0 done, 1 refused or invalid, 2 called wrongly (design.md 10). */
import { CommanderError } from 'commander';
import { wrongCall } from './french.ts';
import { UsageFault } from './outcome.ts';
import { createProgram } from './program.ts';

const args = process.argv.slice(2);

try {
  await createProgram((code) => {
    process.exitCode = code;
  }).parseAsync(args, { from: 'user' });
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  const usage =
    error instanceof UsageFault ? error.message : error instanceof CommanderError ? wrongCall(error) : undefined;
  if (error instanceof CommanderError && usage === undefined) return;
  const message =
    usage ?? portTaken(error) ?? `Erreur inattendue : ${error instanceof Error ? error.message : String(error)}`;
  console.error(usage === undefined ? message : `${message}\nAide : traitdunion --help`);
  if (args.includes('--json')) console.log(JSON.stringify({ ok: false, error: message }));
  process.exitCode = usage === undefined ? 1 : 2;
}

/** The most common reason why a start fails. */
function portTaken(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') return undefined;
  const port = 'port' in error ? ` ${error.port}` : '';
  return `Le port${port} est déjà utilisé : choisissez-en un autre avec --port ou --mllp-port (0 pour un port libre), ou dans le fichier de --config.`;
}
