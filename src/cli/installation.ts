/** The installation that a command works on: its configuration and its database, or a demonstration's. */
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { embeddedUrl } from './doctor/database.ts';
import { UsageFault } from './outcome.ts';

export interface Place {
  /** Undefined for a demonstration: its settings are those of the program. */
  readonly config: Config | undefined;
  /** Its folder. */
  readonly data: string;
  /** Undefined for an embedded server that was never started there. */
  readonly databaseUrl: string | undefined;
  readonly embedded: boolean;
}

/** Throws a UsageFault when the configuration is refused. */
export async function findInstallation(
  options: { readonly config?: string; readonly data: string },
  databaseUrl: string | undefined,
): Promise<Place> {
  const config = await configOf(options.config);
  const data = config?.data ?? resolve(options.data);
  const external = config === undefined ? databaseUrl : config.databaseUrl;
  return {
    config,
    data,
    databaseUrl: external ?? (await embeddedUrl(data)),
    embedded: external === undefined,
  };
}

async function configOf(file: string | undefined): Promise<Config | undefined> {
  if (file === undefined) return undefined;
  const loaded = await loadConfig(file, process.env);
  if (!loaded.ok) throw new UsageFault(`Configuration refusée (${file}) :\n${loaded.errors.join('\n')}`);
  return loaded.config;
}
