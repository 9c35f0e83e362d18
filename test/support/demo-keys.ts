/** The demonstration's keys for a test, without the seconds that RSA takes. */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DemoPki, ensureDemoPki } from '../../src/demo/pki.ts';
import { DEMO_EJ, DEMO_OTHER_EJ } from '../../src/demo/structure.ts';

const STRUCTURES = { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ };
const KEYS = join(import.meta.dirname, '../../node_modules/.cache/traitdunion-test-pki-2');

/** In this folder, which is made. */
export async function demoKeysIn(folder: string): Promise<DemoPki> {
  await cp(await sharedKeys(), folder, { recursive: true });
  return ensureDemoPki(folder, STRUCTURES, () => new Date());
}

/** Made once per installation of the packages, then copied; another number when a certificate joins them. */
async function sharedKeys(): Promise<string> {
  if (existsSync(KEYS)) return KEYS;
  await mkdir(dirname(KEYS), { recursive: true });
  const draft = await mkdtemp(`${KEYS}-`);
  await ensureDemoPki(draft, STRUCTURES, () => new Date());
  // Another test file may have come first: its keys are as good.
  await rename(draft, KEYS).catch(() => rm(draft, { recursive: true }));
  return KEYS;
}
