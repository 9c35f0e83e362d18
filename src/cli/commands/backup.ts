/** `backup` and `restore`: the whole database in one file, while the gateway runs; and back, on another machine. */
import { access, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { WORKER_LOCK_CLASS } from '../../queue/tasks.ts';
import { BackupUnreadable } from '../../store/backup/container.ts';
import { dumpDatabase } from '../../store/backup/dump.ts';
import { emptyDatabase, isEmpty, loadBackup } from '../../store/backup/load.ts';
import { type VerifiedBackup, verifyBackup } from '../../store/backup/verify.ts';
import { openPool, type Pool } from '../../store/db.ts';
import { startEmbeddedPostgres } from '../../store/embedded/embedded-postgres.ts';
import { livingWorkers } from '../../store/observations.ts';
import { addAudit, verifyChain } from '../../store/proofs.ts';
import { findInstallation, type Place } from '../installation.ts';
import { codeOf, type Outcome, UsageFault } from '../outcome.ts';
import { table } from '../table.ts';

interface Common {
  readonly config?: string;
  readonly data: string;
  readonly keyFile?: string;
}

export interface BackupOptions extends Common {
  readonly to: string;
  readonly force: boolean;
}

export interface RestoreOptions extends Common {
  readonly replace: boolean;
  readonly check: boolean;
}

export async function backup(
  options: BackupOptions,
  databaseUrl: string | undefined,
  program: string,
): Promise<Outcome> {
  const key = await readKey(options.keyFile);
  const place = await findInstallation(options, databaseUrl);
  const now = new Date();
  const file = await targetOf(options.to, now);
  if (!options.force && (await exists(file)))
    return failure(`Le fichier ${file} existe déjà. Pour le remplacer : --force.`);
  return withDatabase(place, 'running-or-not', async (pool, url) => {
    const dumped = await dumpDatabase(url, file, { key, program, now });
    await note(pool, 'backup', now);
    const { size } = await stat(file);
    return {
      code: 0,
      lines: [
        `Sauvegarde : ${file}`,
        `${dumped.rows} lignes de ${dumped.tables} tables, ${mebibytes(dumped.bytes)}, ${mebibytes(size)} dans le fichier`,
        key === undefined
          ? 'En clair : elle contient des données de santé et des matricules, la chiffrer (--key-file) ou la protéger.'
          : 'Chiffrée : sans le fichier de clé, elle ne peut pas être relue.',
      ],
      result: { file, size, encrypted: key !== undefined, ...dumped },
    };
  });
}

export async function restore(
  file: string,
  options: RestoreOptions,
  databaseUrl: string | undefined,
): Promise<Outcome> {
  const key = await readKey(options.keyFile);
  let verified: VerifiedBackup;
  try {
    verified = await verifyBackup(resolve(file), key);
  } catch (error) {
    if (error instanceof BackupUnreadable) return failure(`Sauvegarde refusée : ${error.message}.`);
    throw new UsageFault(`Fichier illisible : ${file} (${codeOf(error)}).`);
  }
  const { createdAt, program } = verified.manifest;
  const what = `Sauvegarde du ${createdAt}, version ${program}, ${verified.tables.length} tables : toutes les empreintes sont justes.`;
  if (options.check) return { code: 0, lines: [what], result: { createdAt, tables: verified.tables } };
  const place = await findInstallation(options, databaseUrl);
  return withDatabase(place, 'stopped', async (pool, url) => {
    if (!(await isEmpty(pool)) && !options.replace)
      return failure('La base de destination n’est pas vide. Pour la remplacer tout entière : --replace.');
    await emptyDatabase(pool);
    const loaded = await loadBackup({ pool, url }, resolve(file), key, verified, new Date());
    await note(pool, 'restore', new Date());
    const chains = [
      { name: 'Registre des preuves', ...(await verifyChain(pool, 'ledger')) },
      { name: 'Journal des accès', ...(await verifyChain(pool, 'audit')) },
    ];
    return {
      code: chains.every(({ brokenAt }) => brokenAt === undefined) ? 0 : 1,
      lines: [
        what,
        `${loaded.rows} lignes restaurées.`,
        ...table(
          ['Chaîne', 'État'],
          chains.map(({ name, links, brokenAt }) => [
            name,
            brokenAt === undefined ? `intègre, ${links} maillon(s)` : `ROMPUE au maillon ${brokenAt}`,
          ]),
        ),
        `${loaded.askFirst} envoi(s) seront demandés au DMP avant de partir ; le suivi : traitdunion report.`,
      ],
      result: { createdAt, ...loaded, chains },
    };
  });
}

function failure(message: string): Outcome {
  return { code: 1, lines: [message], result: { error: message } };
}

/** Copying every patient at once is an access too. */
async function note(pool: Pool, action: string, at: Date): Promise<void> {
  const entry = { actor: 'system', role: 'exploitation', action, subject: 'installation', reason: null };
  await addAudit(pool, { ...entry, at, outcome: 'done' });
}

/** A folder gets a file named after the time. */
async function targetOf(to: string, now: Date): Promise<string> {
  const path = resolve(to);
  const folder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return folder ? join(path, `traitdunion-${now.toISOString().replace(/[:.]/g, '-')}.sauvegarde`) : path;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** 32 bytes, as 64 hexadecimal digits or in Base64. */
async function readKey(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageFault(`Clé illisible : ${file} (${codeOf(error)}).`);
  });
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64');
  if (key.length !== 32) throw new UsageFault(`Clé : 32 octets en hexadécimal ou en Base64 sont attendus (${file}).`);
  return key;
}

/** `stopped`: no gateway may work on this database meanwhile. An embedded server that does not run is started for the time of it. */
async function withDatabase(
  { databaseUrl, data, embedded }: Place,
  gateway: 'running-or-not' | 'stopped',
  work: (pool: Pool, url: string) => Promise<Outcome>,
): Promise<Outcome> {
  const running = databaseUrl !== undefined && (await answers(databaseUrl));
  if (!running && !embedded) throw new UsageFault('Base inaccessible (ECONNREFUSED).');
  const server = running
    ? undefined
    : await startEmbeddedPostgres({ directory: join(data, 'postgres'), log: () => undefined }).catch(
        (error: unknown) => {
          throw new UsageFault(error instanceof Error ? error.message : String(error));
        },
      );
  const url = server?.url ?? databaseUrl ?? '';
  const pool = openPool(url, 4, () => undefined);
  try {
    if (gateway === 'stopped' && (await livingWorkers(pool, WORKER_LOCK_CLASS)) > 0)
      return failure('Une passerelle travaille sur cette base : l’arrêter d’abord.');
    return await work(pool, url);
  } finally {
    await pool.end();
    await server?.stop();
  }
}

async function answers(url: string): Promise<boolean> {
  const pool = openPool(url, 1, () => undefined);
  try {
    await pool.query('select 1');
    return true;
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') return false;
    throw new UsageFault(`Base inaccessible (${codeOf(error)}).`);
  } finally {
    await pool.end();
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1).replace('.', ',')} Mio`;
}
