/**
 * Bench `queue`: how fast our task table drains, against a bare table of the same work (P12). A job is claimed, its body
 * fetched, and done; 16 at a time for ADT and 4 for documents, by two workers.
 */
import { admission, document, type MessageKind, randomPdf } from '../support/messages.ts';
import { type Place, withPlace } from '../support/place.ts';
import { type Case, caseOf, type Pair } from '../support/report.ts';
import { floorQueue } from './floor-queue.ts';
import { ourQueue } from './our-queue.ts';
import type { Queue, QueueShape } from './shape.ts';
import { drainWindow } from './window.ts';

const SHAPES: Readonly<Record<MessageKind, () => QueueShape>> = {
  adt: () => ({ workers: 2, batch: 16, body: admission() }),
  mdm: () => ({ workers: 2, batch: 4, body: document(randomPdf(150_000)) }),
};
const WINDOWS = 3;
const FLOOR =
  'bare table, SKIP LOCKED, one UPDATE with a lease per batch, bodies fetched, one UPDATE to done per batch';

/** `backlog`: jobs that stand behind those being drained. */
export function benchQueue(options: { seconds: number; backlog: number }): Promise<{ cases: Case[] }> {
  return withPlace(async (place) => {
    const cases: Case[] = [];
    for (const kind of ['adt', 'mdm'] as const)
      for (const backlog of [0, options.backlog])
        cases.push(await compare(place, kind, backlog, options.seconds / WINDOWS));
    return { cases };
  });
}

async function compare(place: Place, kind: MessageKind, backlog: number, seconds: number): Promise<Case> {
  const name = backlog === 0 ? `${kind}-empty` : `${kind}-backlog-${backlog}`;
  const shape = SHAPES[kind]();
  const ours = await ourQueue(await place.database(`ours-${name}`), shape);
  const floor = await floorQueue(await place.database(`floor-${name}`), shape);
  try {
    const window = (queue: Queue) => drainWindow(queue, { postgresPid: place.postgresPid, backlog, seconds });
    for (const queue of [floor, ours]) await window(queue);
    const pairs: Pair[] = [];
    for (let index = 0; index < WINDOWS; index++) {
      if (index % 2 === 0) pairs.push({ floor: await window(floor), ours: await window(ours) });
      else pairs.push({ ours: await window(ours), floor: await window(floor) });
    }
    return caseOf(name, FLOOR, pairs);
  } finally {
    await ours.close();
    await floor.close();
  }
}
