/**
 * Checking away from the event loop: a rule pack is somebody else's program. One that loops or takes all the memory costs a
 * thread, never the feed: the document gets a coded answer and the next one a new thread.
 */
import { Worker } from 'node:worker_threads';
import type { RulePack } from './check.ts';
import type { CheckAnswer } from './check-worker.ts';

export type IsolatedVerdict = CheckAnswer['verdict'] | { readonly kind: 'too-long' } | { readonly kind: 'broken' };

export interface Checker {
  check(pack: RulePack, bytes: Uint8Array): Promise<IsolatedVerdict>;
  close(): Promise<void>;
}

export interface CheckerLimits {
  /** Threads; each checks one document at a time. */
  readonly threads: number;
  /** Longest check of one document, milliseconds: the first of a thread loads the pack. */
  readonly timeoutMs: number;
  /** Heap of a thread, megabytes. */
  readonly memoryMb: number;
}

const DEFAULT_CHECKER_LIMITS: CheckerLimits = { threads: 1, timeoutMs: 60_000, memoryMb: 1_024 };

interface Waiting {
  readonly id: number;
  readonly pack: RulePack;
  readonly bytes: Uint8Array;
  readonly settle: (verdict: IsolatedVerdict) => void;
}

interface Thread {
  readonly worker: Worker;
  current?: { readonly order: Waiting; readonly deadline: NodeJS.Timeout };
}

/** Threads start with the first document, and hold nothing open. */
export function createChecker(changed: Partial<CheckerLimits> = {}): Checker {
  const limits = { ...DEFAULT_CHECKER_LIMITS, ...changed };
  const threads = new Set<Thread>();
  const queue: Waiting[] = [];
  let nextId = 1;
  let closed = false;

  const end = (thread: Thread, verdict: IsolatedVerdict): void => {
    const { current } = thread;
    delete thread.current;
    if (current === undefined) return;
    clearTimeout(current.deadline);
    current.order.settle(verdict);
  };
  const drop = (thread: Thread, verdict: IsolatedVerdict): void => {
    if (!threads.delete(thread)) return;
    end(thread, verdict);
    void thread.worker.terminate();
    next();
  };
  const open = (): Thread => {
    const worker = new Worker(new URL('./check-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb },
    });
    const thread: Thread = { worker };
    threads.add(thread);
    worker.on('message', ({ id, verdict }: CheckAnswer) => {
      if (thread.current?.order.id === id) end(thread, verdict);
      next();
    });
    worker.on('error', () => drop(thread, { kind: 'broken' }));
    worker.unref();
    return thread;
  };
  const next = (): void => {
    while (queue.length > 0 && !closed) {
      const idle = [...threads].find(({ current }) => current === undefined);
      const thread = idle ?? (threads.size < limits.threads ? open() : undefined);
      if (thread === undefined) return;
      const order = queue.shift();
      if (order === undefined) return;
      const deadline = setTimeout(() => drop(thread, { kind: 'too-long' }), limits.timeoutMs);
      thread.current = { order, deadline };
      const { id, pack } = order;
      // A view would take its whole buffer along: the copy is exact, and moves without another one.
      const bytes = new Uint8Array(order.bytes);
      thread.worker.postMessage({ id, pack, bytes }, [bytes.buffer]);
    }
  };
  return {
    check: (pack, bytes) =>
      new Promise((settle) => {
        if (closed) throw new Error('the checker is closed');
        queue.push({ id: nextId++, pack, bytes, settle });
        next();
      }),
    close: async () => {
      closed = true;
      for (const { settle } of queue.splice(0)) settle({ kind: 'broken' });
      const open = [...threads];
      threads.clear();
      for (const thread of open) end(thread, { kind: 'broken' });
      await Promise.all(open.map(({ worker }) => worker.terminate()));
    },
  };
}
