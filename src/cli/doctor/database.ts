/** The database: version, durability, migrations, clock. Nothing is written to it. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { one, openPool, type Pool } from '../../store/db.ts';
import { ROLE, readAccess } from '../../store/embedded/cluster.ts';
import { appliedMigrations } from '../../store/migrate.ts';
import { listProcesses } from '../../store/processes.ts';
import { codeOf } from '../outcome.ts';
import { alert, type Check, fault, none, ok } from './check.ts';

const SUBJECT = 'Base de données';
const MINIMUM_VERSION = 150_000;
/** Deadlines are compared between machines: beyond this, leases and XDS times drift apart. */
const CLOCK_FAULT_MS = 5_000;
const CLOCK_ALERT_MS = 1_000;
const MIGRATIONS = join(import.meta.dirname, '../../store/migrations');

/** URL of the embedded server of this data folder; undefined when it was never started there. */
export async function embeddedUrl(data: string): Promise<string | undefined> {
  const directory = join(data, 'postgres');
  // readAccess makes the file where there is none: looking must not.
  const exists = await stat(join(directory, 'acces.json')).then(
    () => true,
    () => false,
  );
  if (!exists) return undefined;
  const { password, port } = await readAccess(directory);
  return `postgres://${ROLE}:${password}@127.0.0.1:${port}/traitdunion`;
}

/** `whenStopped`: what an unreachable server means. */
export async function checkDatabase(url: string, whenStopped: 'fault' | 'none', now: () => Date): Promise<Check[]> {
  const pool = openPool(url, 1, () => undefined);
  try {
    const { version, fsync } = await one<{ version: number; fsync: string }>(
      pool,
      "select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync",
    );
    // The connection is open by now: only one exchange stands between the two clocks.
    const started = now().getTime();
    const { clock } = await one<{ clock: Date }>(pool, 'select clock_timestamp() as clock');
    const middle = (started + now().getTime()) / 2;
    return [
      versionCheck(version),
      fsync === 'on'
        ? ok(SUBJECT, 'fsync actif')
        : fault(SUBJECT, 'fsync désactivé : un acquittement ne prouve plus rien'),
      clockCheck(Math.round(clock.getTime() - middle)),
      await migrationCheck(pool),
      ...(await processChecks(pool)),
    ];
  } catch (error) {
    const reason = codeOf(error);
    return whenStopped === 'none' && reason === 'ECONNREFUSED'
      ? [none(SUBJECT, "embarquée, arrêtée : elle démarre avec l'installation")]
      : [fault(SUBJECT, `connexion ou lecture impossible (${reason})`)];
  } finally {
    await pool.end();
  }
}

function versionCheck(version: number): Check {
  const text = `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}`;
  return version >= MINIMUM_VERSION ? ok(SUBJECT, text) : fault(SUBJECT, `${text} : 15 ou plus récent est nécessaire`);
}

function clockCheck(offsetMs: number): Check {
  const subject = 'Horloge';
  const text = `écart de ${Math.abs(offsetMs)} ms avec celle de la base`;
  if (Math.abs(offsetMs) > CLOCK_FAULT_MS) return fault(subject, `${text} : vérifier NTP`);
  return Math.abs(offsetMs) > CLOCK_ALERT_MS ? alert(subject, text) : ok(subject, text);
}

async function migrationCheck(pool: Pool): Promise<Check> {
  const subject = 'Schéma de la base';
  const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort();
  const migrations = await appliedMigrations(pool);
  const applied = migrations.map(({ name }) => name);
  const newer = migrations.filter(({ name }) => !files.includes(name));
  const names = newer.map(({ name }) => name).join(', ');
  if (newer.some(({ incompatible }) => incompatible !== null))
    return fault(subject, `plus récent que ce programme, qui ne peut plus y écrire (${names})`);
  if (newer.length > 0) return alert(subject, `plus récent que ce programme, qui y fonctionne encore (${names})`);
  const missing = files.filter((name) => !applied.includes(name));
  if (missing.length > 0) return alert(subject, `migrations à appliquer au prochain démarrage : ${missing.join(', ')}`);
  return ok(subject, `à jour (${files.at(-1) ?? 'aucune migration'})`);
}

/** Who works on this database, and whether all are of one version: a rolling upgrade is followed here. */
async function processChecks(pool: Pool): Promise<Check[]> {
  const { present } = await one<{ present: boolean }>(pool, "select to_regclass('process') is not null as present");
  const processes = present ? await listProcesses(pool) : [];
  const versions = new Set(processes.filter(({ silent }) => !silent).map(({ version }) => version));
  const lines = processes.map(({ name, roles, version, state, startedAt, seenAt, silent }) => {
    const text = `${name} (${roles.join(', ')}), version ${version}, depuis ${startedAt.toISOString()}`;
    return silent
      ? alert('Processus', `${text} : muet depuis ${seenAt.toISOString()}`)
      : ok('Processus', `${text} : ${STATES[state]}`);
  });
  const upgrade = alert('Processus', `mise à jour en cours : versions ${[...versions].sort().join(' et ')}`);
  return versions.size > 1 ? [...lines, upgrade] : lines;
}

const STATES = { starting: 'démarre', ready: 'prêt', stopping: "s'arrête" } as const;
