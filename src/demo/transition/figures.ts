/** The gateway's own figures against what the DMP counted: the proof of feed, establishment by establishment, month by month. */
import { setTimeout as sleep } from 'node:timers/promises';
import { proofCounts } from '../../proof/index.ts';
import type { Db } from '../../store/db.ts';
import type { Held } from './measure.ts';

const LOOK_EVERY_MS = 200;
/** The ledger is sealed, then folded into counts, behind the traffic. */
const WITHIN_MS = 30_000;

/** First versions that the gateway fed, by `EG AAAA-MM`: a replacement is not counted again, a deletion not taken away. */
export function fedByGateway(held: readonly Held[], gatewayName: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { software, replaces, structure, receivedAt } of held) {
    if (replaces !== undefined || software?.startsWith(gatewayName) !== true) continue;
    const key = `${structure.slice(1)} ${receivedAt.slice(0, 7)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** What differs, in French; empty when every figure is the simulator's. */
export async function differences(db: Db, counted: ReadonlyMap<string, number>): Promise<string[]> {
  let found: string[] = [];
  for (let waited = 0; waited < WITHIN_MS; waited += LOOK_EVERY_MS) {
    found = compare(await ownFigures(db), counted);
    if (found.length === 0) return [];
    await sleep(LOOK_EVERY_MS);
  }
  return found;
}

async function ownFigures(db: Db): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { destination, eg, month, documents, ended } of await proofCounts(db, {})) {
    if (destination !== 'DMP') continue;
    const key = `${eg} ${month}`;
    counts.set(key, (counts.get(key) ?? 0) + documents + ended);
  }
  return counts;
}

function compare(own: ReadonlyMap<string, number>, counted: ReadonlyMap<string, number>): string[] {
  const keys = [...new Set([...own.keys(), ...counted.keys()])].toSorted();
  return keys.flatMap((key) => {
    const [ours, theirs] = [own.get(key) ?? 0, counted.get(key) ?? 0];
    return ours === theirs ? [] : [`${key} : ${ours} au tableau de bord, ${theirs} au DMP`];
  });
}
