/**
 * Counts what comes through the doors, for the observatory. In memory, because the one row of a busy flow would make every
 * commit of every sender wait for the others.
 */
import type { Pool } from '../store/db.ts';
import { addToFlows, type Flow, type FlowKey } from '../store/flows.ts';

export interface FlowCounter {
  see(flow: FlowKey, at: Date): void;
  /** Writes what was counted. Rejects when it could not; the counts are then kept for the next time. */
  flush(): Promise<void>;
  /** Writes what is left. */
  stop(): Promise<void>;
}

/**
 * Writes `everyMs` after the first message that is not written yet: a process killed with -9 loses at most that much of
 * these counts, and nothing else; a statement whose outcome was lost with its connection may count twice. The keys are few:
 * declared senders, accepted events and versions.
 */
export function startFlowCounter(pool: Pool, everyMs: number, onError: (error: unknown) => void): FlowCounter {
  let counts = new Map<string, Flow>();
  let timer: NodeJS.Timeout | undefined;

  const add = (count: Flow): void => {
    const key = keyOf(count);
    const before = counts.get(key);
    counts.set(key, before === undefined ? count : merged(before, count));
    timer ??= setTimeout(() => flush().catch(onError), everyMs).unref();
  };
  const write = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const taken = [...counts.values()];
    counts = new Map();
    try {
      await addToFlows(pool, taken);
    } catch (error) {
      for (const count of taken) add(count);
      throw error;
    }
  };
  let last = Promise.resolve();
  const flush = (): Promise<void> => {
    last = last.catch(() => undefined).then(write);
    return last;
  };
  return {
    see: (flow, at) => add({ ...flow, firstSeen: at, lastSeen: at, messages: 1 }),
    flush,
    stop: async () => {
      try {
        await flush();
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function keyOf({ application, facility, version, messageKind, api, identityKind }: FlowKey): string {
  return JSON.stringify([application, facility, version, messageKind, api, identityKind]);
}

function merged(a: Flow, b: Flow): Flow {
  return {
    ...a,
    firstSeen: a.firstSeen < b.firstSeen ? a.firstSeen : b.firstSeen,
    lastSeen: a.lastSeen > b.lastSeen ? a.lastSeen : b.lastSeen,
    messages: a.messages + b.messages,
  };
}
