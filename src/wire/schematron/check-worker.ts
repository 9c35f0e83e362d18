/** Worker thread of `isolated-check.ts`: checks one document at a time, with the packs that it has met. */
import { parentPort } from 'node:worker_threads';
import { type LoadedPack, loadPack, type PackVerdict, type RulePack } from './check.ts';
import { readPack } from './manifest.ts';

interface CheckOrder {
  readonly id: number;
  readonly pack: RulePack;
  readonly bytes: Uint8Array;
}

export interface CheckAnswer {
  readonly id: number;
  readonly verdict: PackVerdict | { readonly kind: 'unusable'; readonly why: string };
}

/** The pack in use and one that is rehearsed. */
const MAX_PACKS = 2;
const loaded = new Map<string, LoadedPack>();

function packOf(pack: RulePack): LoadedPack {
  const key = JSON.stringify(pack);
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const [oldest] = loaded.keys();
  if (loaded.size >= MAX_PACKS && oldest !== undefined) {
    loaded.get(oldest)?.dispose();
    loaded.delete(oldest);
  }
  // An installed pack is the files that were rehearsed, and no others.
  if (pack.hash !== '' && readPack(pack.folder).hash !== pack.hash)
    throw new Error('les fichiers du paquet ont changé depuis son installation');
  const made = loadPack(pack);
  loaded.set(key, made);
  return made;
}

function answer({ pack, bytes }: CheckOrder): CheckAnswer['verdict'] {
  try {
    return packOf(pack).check(bytes);
  } catch (error) {
    return { kind: 'unusable', why: error instanceof Error ? error.message.slice(0, 300) : String(error) };
  }
}

parentPort?.on('message', (order: CheckOrder) => {
  const said: CheckAnswer = { id: order.id, verdict: answer(order) };
  parentPort?.postMessage(said);
});
