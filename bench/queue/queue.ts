/**
 * Bench `queue`: how fast our task table drains, against a bare table of the same work (P12). A job is claimed, its body
 * fetched, and done; 16 at a time for ADT and 4 for documents, by two workers.
 */
import { admission, document, type MessageKind, randomPdf } from '../support/messages.ts';
import { type Place, withPlace } from '../support/place.ts';
import { type Case, caseOf, type Pair } from '../support/report.ts';
import { floorQueue } from './floor-queue.ts';
import { ourQueue } from './our-queue.ts';
import type { QueueShape } from './shape.ts';
import { drainWindow, type Filled } from './window.ts';

const SHAPES: Readonly<Record<MessageKind, () => QueueShape>> = {
  adt: () => ({ workers: 2, batch: 16, body: admission() }),
  mdm: () => ({ workers: 2, batch: 4, body: document(randomPdf(150_000)) }),
};
const WINDOWS = 3;
/** T-R7. */
const MOST_BLOCKED = 100_000;
const FLOOR =
  'bare table, SKIP LOCKED, one UPDATE with a lease per batch, bodies fetched, one UPDATE to done per batch';

/** `backlog`: jobs that stand behind those being drained, or that cannot be done. */
export function benchQueue(options: { seconds: number; backlog: number }): Promise<{ cases: Case[] }> {
  return withPlace(async (place) => {
    const cases: Case[] = [];
    for (const kind of ['adt', 'mdm'] as const)
      for (const content of ['empty', 'backlog', 'blocked'] as const)
        if (kind === 'adt' || content !== 'blocked') cases.push(await compare(place, kind, content, options));
    return { cases };
  });
}

/** `blocked`: ours only, against the floor with an empty table. A bare table keeps no order. */
async function compare(
  place: Place,
  kind: MessageKind,
  content: 'empty' | 'backlog' | 'blocked',
  options: { seconds: number; backlog: number },
): Promise<Case> {
  const backlog = content === 'blocked' ? Math.min(options.backlog, MOST_BLOCKED) : options.backlog;
  const name = content === 'empty' ? `${kind}-empty` : `${kind}-${content}-${backlog}`;
  const shape = SHAPES[kind]();
  const ours = await ourQueue(await place.database(`ours-${name}`), shape);
  const floor = await floorQueue(await place.database(`floor-${name}`), shape);
  if (content === 'blocked') await ours.block?.(backlog);
  const filledOurs: Filled = { queue: ours, left: 0 };
  const filledFloor: Filled = { queue: floor, left: 0 };
  try {
    const shaped = {
      postgresPid: place.postgresPid,
      backlog: content === 'backlog' ? backlog : 0,
      seconds: options.seconds / WINDOWS,
    };
    const window = (filled: Filled) => drainWindow(filled, shaped);
    for (const filled of [filledFloor, filledOurs]) await window(filled);
    const pairs: Pair[] = [];
    for (let index = 0; index < WINDOWS; index++) {
      if (index % 2 === 0) pairs.push({ floor: await window(filledFloor), ours: await window(filledOurs) });
      else pairs.push({ ours: await window(filledOurs), floor: await window(filledFloor) });
    }
    return caseOf(name, FLOOR, pairs);
  } finally {
    await ours.close();
    await floor.close();
  }
}
