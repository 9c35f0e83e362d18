/** The installation that a command works on: its configuration and its database, or a demonstration's. */
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { embeddedUrl } from './doctor/database.ts';
import { UsageFault } from './outcome.ts';

export interface Installation {
  /** Undefined for a demonstration: its settings are those of the program. */
  readonly config: Config | undefined;
  /** Its folder. */
  readonly data: string;
  readonly databaseUrl: string;
}

/** Throws a UsageFault when the configuration is refused, or the database was never made. */
export async function findInstallation(
  options: { readonly config?: string; readonly data: string },
  databaseUrl: string | undefined,
): Promise<Installation> {
  const config = await configOf(options.config);
  const data = config?.data ?? resolve(options.data);
  const url =
    config === undefined
      ? (databaseUrl ?? (await embeddedUrl(data)))
      : (config.databaseUrl ?? (await embeddedUrl(data)));
  if (url === undefined)
    throw new UsageFault(
      `Aucune base dans ${join(data, 'postgres')} : lancez d'abord l'installation, ou indiquez la base.`,
    );
  return { config, data, databaseUrl: url };
}

async function configOf(file: string | undefined): Promise<Config | undefined> {
  if (file === undefined) return undefined;
  const loaded = await loadConfig(file, process.env);
  if (!loaded.ok) throw new UsageFault(`Configuration refusée (${file}) :\n${loaded.errors.join('\n')}`);
  return loaded.config;
}
