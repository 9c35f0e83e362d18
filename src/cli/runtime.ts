/** Reads `DIR/runtime.json`, by which a running demonstration is found (design.md 10). */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Runtime } from '../demo/runtime-file.ts';
import { codeOf } from './outcome.ts';

const address = z.object({ host: z.string(), port: z.number() });
const simulator = z.object({ url: z.string(), control: z.string() });
const runtimeFile = z.object({
  console: z.string(),
  api: z.string(),
  fhir: z.string(),
  token: z.string(),
  mllp: address,
  mllps: address,
  insi: simulator,
  dmp: simulator,
  tls: z.object({ ca: z.string(), cert: z.string(), key: z.string() }),
  pid: z.number(),
});

export type RuntimeReading =
  | { readonly ok: true; readonly runtime: Runtime; readonly mode: number }
  | { readonly ok: false; readonly reason: string };

/** `mode` holds the permission bits of the file. The reason is French and never quotes the file, which holds a token. */
export async function readRuntime(directory: string): Promise<RuntimeReading> {
  const file = join(directory, 'runtime.json');
  try {
    const [text, { mode }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const parsed = runtimeFile.safeParse(JSON.parse(text));
    if (!parsed.success) return { ok: false, reason: `${file} : contenu inattendu` };
    return { ok: true, runtime: parsed.data, mode: mode & 0o777 };
  } catch (error) {
    const code = codeOf(error);
    const reason = code === 'ENOENT' ? `aucune démonstration en marche (${file} absent)` : `${file} : ${code}`;
    return { ok: false, reason };
  }
}
