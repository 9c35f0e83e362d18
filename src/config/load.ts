/** Reads the configuration file and reports every error at once, each with its path. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { type Config, configSchema } from './schema.ts';

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Validates a value; errors read `path: message`. */
export function checkConfig(value: unknown): LoadedConfig {
  const parsed = configSchema.safeParse(value);
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
    return { ok: false, errors: [`${file} : ${error instanceof Error ? error.message : String(error)}`] };
  }
  const missing: string[] = [];
  const resolved = expand(raw, dirname(resolve(file)), env, missing);
  if (missing.length > 0)
    return { ok: false, errors: missing.map((name) => `variable d'environnement absente : ${name}`) };
  return checkConfig(resolved);
}

const FILE_KEYS = new Set(['ca', 'cert', 'key', 'data']);

function expand(
  value: unknown,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  missing: string[],
  key = '',
): unknown {
  if (typeof value === 'string') {
    const text = value.replace(/\$\{env:([A-Z0-9_]+)\}/g, (_, name: string) => {
      const found = env[name];
      if (found === undefined) missing.push(name);
      return found ?? '';
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
