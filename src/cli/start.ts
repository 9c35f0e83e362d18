/** `traitdunion start`: the demonstration, or a configured installation. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { openLog } from '../config/log.ts';
import { startDemonstration } from '../demo/demonstration.ts';
import { startGateway } from '../main.ts';
import { ROLES, type Role } from '../roles/role.ts';
import { startEmbeddedPostgres } from '../store/embedded/embedded-postgres.ts';

export interface StartOptions {
  readonly data: string;
  readonly port: number;
  readonly mllpPort: number;
  readonly context: 1 | 2 | 3;
  readonly quietFeed: boolean;
  /** Configuration of a hospital; without it, the demonstration. */
  readonly config?: string;
  /** What this process does; the demonstration always does everything. */
  readonly roles: readonly Role[];
  /** Instead of the file's: processes of one machine share a file, not this port. */
  readonly supervisionPort?: number;
  readonly json: boolean;
}

/** Runs until it is told to stop. Resolves to the exit code. */
export async function startCommand(options: StartOptions): Promise<number> {
  if (options.config !== undefined) return runInstallation(options.config, options);
  if (options.roles.length === ROLES.length) return runDemonstration(options);
  console.error(
    "La démonstration a tous les rôles. Pour y ajouter un processus : --config DOSSIER/gateway.json --roles worker, pendant qu'elle tourne.",
  );
  return 2;
}

export async function programVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Resolves at the first signal. `on`, not `once`: a second Ctrl-C must not kill a stop in progress. */
function stopRequested(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => done());
  });
}

async function runDemonstration(options: StartOptions): Promise<number> {
  const stopped = stopRequested();
  // With --json the last line of stdout is the result, so people read the progress on stderr.
  const say = (line: string): void => (options.json ? console.error(line) : console.log(line));
  const { config: _, json: __, roles: ___, supervisionPort: ____, data, ...rest } = options;
  const demonstration = await startDemonstration({
    ...rest,
    data: resolve(data),
    databaseUrl: process.env.DATABASE_URL,
    version: await programVersion(),
    say,
  });
  const { runtime, login } = demonstration;
  say('');
  say(`Trait d'Union est prêt (contexte ${options.context}).`);
  say(`  Console  : ${runtime.console}   compte : ${login.login}   mot de passe : ${login.password}`);
  say(`  API      : ${runtime.api}   jeton : ${join(resolve(data), 'runtime.json')}`);
  say(
    `  MLLP     : ${runtime.mllp.host}:${runtime.mllp.port} (local)   ${runtime.mllps.host}:${runtime.mllps.port} (TLS mutuel)`,
  );
  say(`  INSi     : ${runtime.insi.url}   pannes à la demande : ${runtime.insi.control}`);
  say(`  DMP      : ${runtime.dmp.url}   pannes à la demande : ${runtime.dmp.control}`);
  say('  Arrêt    : Ctrl-C');
  say('');
  if (options.json) console.log(JSON.stringify({ ready: true, ...runtime, token: undefined }));
  demonstration.firstAcceptance.then(
    (ms) =>
      ms !== undefined &&
      say(
        `Premier document accepté par le DMP ${(ms / 1_000).toLocaleString('fr-FR', { maximumFractionDigits: 1 })} s après le démarrage.`,
      ),
    (error: unknown) =>
      say(`Le trafic d'exemple s'est arrêté : ${error instanceof Error ? error.message : String(error)}`),
  );
  await stopped;
  say('Arrêt…');
  await demonstration.stop();
  return 0;
}

async function runInstallation(
  file: string,
  { roles, supervisionPort }: Pick<StartOptions, 'roles' | 'supervisionPort'>,
): Promise<number> {
  const loaded = await loadConfig(file, process.env);
  if (!loaded.ok) {
    console.error(`Configuration refusée (${file}) :\n${loaded.errors.map((error) => `  - ${error}`).join('\n')}`);
    return 1;
  }
  const { processes } = loaded.config;
  const config =
    supervisionPort === undefined ? loaded.config : { ...loaded.config, processes: { ...processes, supervisionPort } };
  if (config.databaseUrl === undefined && roles.length < ROLES.length) {
    console.error('Plusieurs processus partagent une base externe : déclarer databaseUrl.');
    return 1;
  }
  const stopped = stopRequested();
  const log = openLog(config.logLevel);
  const server =
    config.databaseUrl === undefined
      ? await startEmbeddedPostgres({ directory: join(config.data, 'postgres'), log: (line) => log.info(line) })
      : undefined;
  const gateway = await startGateway(config, config.databaseUrl ?? server?.url ?? '', log, { roles });
  gateway.context.log.info({ roles, http: gateway.http.url, mllp: gateway.mllp, mllps: gateway.mllps }, 'ready');
  await stopped;
  await gateway.stop();
  await server?.stop();
  return 0;
}
