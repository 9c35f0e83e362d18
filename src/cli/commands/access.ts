/** `account add` and `token add`: the first keys of a configured installation, while it runs. Each is shown once. */
import { randomBytes } from 'node:crypto';
import { ROLES, type Role } from '../../api/access.ts';
import { issueToken } from '../../api/tokens.ts';
import { loadConfig } from '../../config/load.ts';
import { sourceOfSender } from '../../config/lookup.ts';
import type { Config } from '../../config/schema.ts';
import { createConsoleUser } from '../../console/users.ts';
import { openPool, type Pool } from '../../store/db.ts';
import { migrate } from '../../store/migrate.ts';
import { embeddedUrl } from '../doctor/database.ts';
import { type Outcome, UsageFault } from '../outcome.ts';

export interface AccessOptions {
  readonly config: string;
  readonly role: string;
  /** FINESS of the one EG that it opens. */
  readonly establishment?: string;
}

export interface AccountOptions extends AccessOptions {
  readonly name?: string;
}

/** A new password at each call: an existing account gets it too, and its sessions end. */
export async function accountAdd(login: string, options: AccountOptions): Promise<Outcome> {
  const { role, eg } = grantOf(options);
  const password = randomBytes(12).toString('base64url');
  await withDatabase(options.config, eg, (pool) =>
    createConsoleUser(pool, { login, displayName: options.name ?? login, role, eg, password }),
  );
  return {
    code: 0,
    lines: [`Compte : ${login} (${role})`, `Mot de passe, montré une seule fois : ${password}`],
    result: { login, role, establishment: eg, password },
  };
}

export async function tokenAdd(name: string, options: AccessOptions): Promise<Outcome> {
  const { role, eg } = grantOf(options);
  const token = await withDatabase(options.config, eg, (pool) => issueToken(pool, { name, role, eg, now: new Date() }));
  return {
    code: 0,
    lines: [`Jeton « ${name} » (${role}), montré une seule fois :`, token],
    result: { name, role, establishment: eg, token },
  };
}

export interface SenderOptions {
  readonly config: string;
  /** `MSH-3|MSH-4` of a declared source, or `REST|token:NAME`. */
  readonly sender: string;
}

/** A key by which an application follows what it sent. */
export async function senderTokenAdd(name: string, { config: file, sender }: SenderOptions): Promise<Outcome> {
  const token = await withDatabase(file, null, (pool, config) => {
    if (
      !/^REST\|token:./.test(sender) &&
      (!/^[^|]+\|[^|]+$/.test(sender) || sourceOfSender(config, sender) === undefined)
    )
      throw new UsageFault(`Émetteur non déclaré : ${sender}. Attendu : MSH-3|MSH-4 d'une source, ou REST|token:NOM.`);
    return issueToken(pool, { name, sender, eg: null, now: new Date() });
  });
  return {
    code: 0,
    lines: [`Jeton « ${name} » (documents de ${sender}), montré une seule fois :`, token],
    result: { name, sender, token },
  };
}

function grantOf({ role, establishment }: AccessOptions): { role: Role; eg: string | null } {
  const known = ROLES.find((each) => each === role);
  if (known === undefined) throw new UsageFault(`Rôle inconnu : ${role}. Rôles : ${ROLES.join(', ')}.`);
  return { role: known, eg: establishment ?? null };
}

async function withDatabase<T>(
  file: string,
  eg: string | null,
  work: (pool: Pool, config: Config) => Promise<T>,
): Promise<T> {
  const loaded = await loadConfig(file, process.env);
  if (!loaded.ok) throw new UsageFault(`Configuration refusée (${file}) :\n${loaded.errors.join('\n')}`);
  const { config } = loaded;
  const declared = config.legalEntities.flatMap((entity) => entity.geographicEntities.map(({ finess }) => finess));
  if (eg !== null && !declared.includes(eg)) throw new UsageFault(`Établissement non déclaré : ${eg}.`);
  const url = config.databaseUrl ?? (await embeddedUrl(config.data));
  if (url === undefined)
    throw new UsageFault("La base intégrée n'a pas encore été démarrée : lancez d'abord l'installation.");
  const pool = openPool(url, 2, () => undefined);
  try {
    await migrate(pool);
    return await work(pool, config);
  } finally {
    await pool.end();
  }
}
