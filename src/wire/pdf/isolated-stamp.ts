/**
 * Stamping away from the event loop: a hostile or enormous PDF costs a worker thread its time and its memory, never the
 * intake its answers. A document that is too long is stopped with its worker, and refused (hostile.md, PDF family).
 */
import { Worker } from 'node:worker_threads';
import { ruleById } from '../../rules/catalogue.ts';
import { pdfRules } from '../../rules/pdf.ts';
import { refuse } from '../../rules/rule.ts';
import type { Banner } from './banner.ts';
import type { IsolatedStampOptions, StampAnswer, StampOrder } from './stamp-worker.ts';

type StampResult = StampAnswer['result'];

export interface Stamper {
  /** Same contract as `stampPdf`. */
  stamp(bytes: Uint8Array, banner: Banner, options: IsolatedStampOptions): Promise<StampResult>;
  /** Same contract as `readMarks`. */
  readMarks(bytes: Uint8Array): Promise<StampResult>;
  close(): Promise<void>;
}

export interface StamperLimits {
  /** Threads; each stamps one document at a time. */
  readonly threads: number;
  /** Longest work on one document, milliseconds. */
  readonly timeoutMs: number;
  /** Heap of a thread, megabytes. */
  readonly memoryMb: number;
}

const DEFAULT_STAMPER_LIMITS: StamperLimits = { threads: 1, timeoutMs: 20_000, memoryMb: 512 };

interface Waiting extends StampOrder {
  readonly settle: (result: StampResult) => void;
}

interface Thread {
  readonly worker: Worker;
  current: { order: Waiting; timer: NodeJS.Timeout } | undefined;
}

/** Threads start with the first document. */
export function createStamper(changed: Partial<StamperLimits> = {}): Stamper {
  const limits = { ...DEFAULT_STAMPER_LIMITS, ...changed };
  const threads = new Set<Thread>();
  const queue: Waiting[] = [];
  let nextId = 1;
  let closed = false;

  const end = (thread: Thread, result: StampResult): void => {
    const { current } = thread;
    if (current === undefined) return;
    clearTimeout(current.timer);
    thread.current = undefined;
    current.order.settle(result);
  };

  const drop = (thread: Thread, result: StampResult): void => {
    if (!threads.delete(thread)) return;
    end(thread, result);
    void thread.worker.terminate();
    dispatch();
  };

  const open = (): Thread => {
    const worker = new Worker(new URL('./stamp-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb },
    });
    const thread: Thread = { worker, current: undefined };
    threads.add(thread);
    worker.on('message', (answer: StampAnswer) => {
      if (thread.current?.order.id === answer.id) end(thread, known(answer.result));
      dispatch();
    });
    // A thread that runs out of memory or throws takes only its own document with it.
    worker.on('error', () => drop(thread, refuse(pdfRules.pdfNotProcessable)));
    worker.unref();
    return thread;
  };

  const dispatch = (): void => {
    while (queue.length > 0) {
      const free =
        [...threads].find((thread) => thread.current === undefined) ??
        (threads.size < limits.threads ? open() : undefined);
      const order = free === undefined ? undefined : queue.shift();
      if (free === undefined || order === undefined) return;
      const { settle: _, ...rest } = order;
      // A view would take its whole buffer along: the copy is exact, and moves without another one.
      const bytes = new Uint8Array(order.bytes);
      const timer = setTimeout(
        () => drop(free, refuse(pdfRules.pdfNotProcessable, { detail: 'durée' })),
        limits.timeoutMs,
      );
      free.current = { order, timer };
      free.worker.postMessage({ ...rest, bytes }, [bytes.buffer]);
    }
  };

  const submit = (order: Omit<StampOrder, 'id'>): Promise<StampResult> =>
    new Promise((settle) => {
      if (closed) throw new Error('the stamper is closed');
      queue.push({ ...order, id: nextId++, settle });
      dispatch();
    });

  return {
    stamp: (bytes, banner, options) => submit({ bytes, marks: { banner, options } }),
    readMarks: (bytes) => submit({ bytes }),
    close: async () => {
      closed = true;
      await Promise.all([...threads].map((thread) => thread.worker.terminate()));
      threads.clear();
    },
  };
}

/** A rule that crossed a thread is a copy: the catalogue gives the original back. */
function known(result: StampResult): StampResult {
  if (result.ok) return result;
  const { rule, ...where } = result.refusal;
  return { ok: false, refusal: { rule: ruleById(rule.id) ?? rule, ...where } };
}
