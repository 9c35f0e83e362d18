/** Reads the configuration file and reports every error at once, each with its path. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Config, configSchema } from './schema.ts';

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly string[] };

const french = z.locales.fr().localeError;

/** Validates a value; errors read `path : message`. */
export function checkConfig(value: unknown): LoadedConfig {
  const parsed = configSchema.safeParse(value, { error: french });
  if (parsed.success) return { ok: true, config: parsed.data };
  return {
    ok: false,
    errors: parsed.error.issues.map((issue) => `${issue.path.join('.') || '(racine)'} : ${issue.message}`),
  };
}

/** Reads YAML or JSON. `${env:NAME}` in a string is replaced by that variable; paths of PEM files are relative to the file. */
export async function loadConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LoadedConfig> {
  let raw: unknown;
  try {
    raw = parse(await readFile(file, 'utf8'));
  } catch (error) {
    return { ok: false, errors: [`${file} : ${readingFault(error)}`] };
  }
  const missing = new Set<string>();
  const checked = checkConfig(expand(raw, dirname(resolve(file)), env, missing));
  if (missing.size === 0) return checked;
  const absent = [...missing].map((name) => `variable d'environnement absente : ${name}`);
  return { ok: false, errors: checked.ok ? absent : [...absent, ...checked.errors] };
}

function readingFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'fichier absent';
  if (code === 'EACCES') return 'lecture du fichier non permise';
  return `fichier illisible (${error instanceof Error ? error.message : String(error)})`;
}

const FILE_KEYS = new Set(['ca', 'cert', 'key', 'data', 'file', 'pkcs12', 'library']);

function expand(
  value: unknown,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  missing: Set<string>,
  key = '',
): unknown {
  if (typeof value === 'string') {
    // What is missing keeps its place, so that the rest of the file is checked all the same.
    const text = value.replace(/\$\{env:([A-Z0-9_]+)\}/g, (place, name: string) => {
      if (env[name] === undefined) missing.add(name);
      return env[name] ?? place;
    });
    return FILE_KEYS.has(key) ? resolve(folder, text) : text;
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, folder, env, missing));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, expand(item, folder, env, missing, name)]),
    );
  return value;
}
