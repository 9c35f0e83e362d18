/** Bench `intake`: our MLLP door against the floor of durable reception, window by window on the same server (P1 to P3). */
import { join } from 'node:path';
import { z } from 'zod';
import { openPool, type Pool } from '../../src/store/db.ts';
import { loadWindow, type Target } from '../support/load.ts';
import { type MessageKind, template } from '../support/messages.ts';
import { type Place, withPlace } from '../support/place.ts';
import { type Case, caseOf, type Measure, type Pair } from '../support/report.ts';

/** The many first: one connection alone would be measured on code that is still being compiled. */
const CASES: readonly { kind: MessageKind; connections: number }[] = [
  { kind: 'adt', connections: 16 },
  { kind: 'adt', connections: 1 },
  { kind: 'mdm', connections: 16 },
  { kind: 'mdm', connections: 1 },
];
const WINDOWS = 3;
const FLOOR = 'node:net framing, multi-row INSERT by 2 committers, TOAST external, acknowledged after the commit';
const running = z.object({ port: z.number(), pid: z.number() });

interface Receiver extends Target {
  /** Empties its tables: the disk is bounded, and each window starts alike. */
  empty(): Promise<unknown>;
}

/** `seconds`: counted time of each receiver in each case. */
export function benchIntake({ seconds }: { seconds: number }): Promise<{ cases: Case[] }> {
  return withPlace(async (place) => {
    const pools: Pool[] = [];
    try {
      const door = await receiver(place, pools, 'door', 'truncate inbound_message, task cascade');
      const floor = await receiver(place, pools, 'floor', 'truncate inbox');
      const cases: Case[] = [];
      for (const { kind, connections } of CASES) {
        const pairs = await compare(place, { door, floor }, kind, connections, seconds / WINDOWS);
        cases.push(caseOf(`${kind}-${connections}`, FLOOR, pairs));
      }
      return { cases };
    } finally {
      await Promise.all(pools.map((pool) => pool.end()));
    }
  });
}

async function receiver(place: Place, pools: Pool[], name: 'door' | 'floor', truncate: string): Promise<Receiver> {
  const url = await place.database(name);
  const target = running.parse(await place.start(join(import.meta.dirname, `${name}-process.ts`), [url]));
  const pool = openPool(url, 1, () => undefined);
  pools.push(pool);
  return { ...target, empty: () => pool.query(truncate) };
}

/** Identifiers of a window start here, times its number: none is sent twice in a run. */
const SERIALS = 1_000_000;
let windows = 0;

async function compare(
  { postgresPid }: Place,
  { door, floor }: { door: Receiver; floor: Receiver },
  kind: MessageKind,
  connections: number,
  seconds: number,
): Promise<Pair[]> {
  const window = async (target: Receiver): Promise<Measure> => {
    windows += 1;
    const messages = template(kind, windows * SERIALS);
    const measure = await loadWindow({ target, postgresPid, template: messages, connections, seconds });
    await target.empty();
    return measure;
  };
  // What is compiled late, and the first pages of the tables, are nobody's merit.
  for (const target of [floor, door]) await window(target);
  const pairs: Pair[] = [];
  for (let index = 0; index < WINDOWS; index++) {
    if (index % 2 === 0) pairs.push({ floor: await window(floor), ours: await window(door) });
    else pairs.push({ ours: await window(door), floor: await window(floor) });
  }
  return pairs;
}
