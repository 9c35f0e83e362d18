/**
 * Stamping away from the event loop: a hostile or enormous PDF costs a worker thread its time and its memory, never the
 * intake its answers. A document that is too long is stopped with its worker, and refused (hostile.md, PDF family).
 */
import { Worker } from 'node:worker_threads';
import { ruleById } from '../../rules/catalogue.ts';
import { pdfRules } from '../../rules/pdf.ts';
import { type Result, refuse } from '../../rules/rule.ts';
import type { Banner } from './banner.ts';
import type { PdfAReport } from './pdfa/check.ts';
import type { PdfComparison } from './pdfa/compare.ts';
import type { IsolatedStampOptions, StampAnswer, StampOrder, Work, Works } from './stamp-worker.ts';
import type { TemplateScan, TemplateScanOptions } from './template-scan.ts';

type StampResult = Result<Works['stamp']>;
type WorkResult = StampAnswer['result'];

export interface Stamper {
  /** Same contract as `stampPdf`. */
  stamp(bytes: Uint8Array, banner: Banner, options: IsolatedStampOptions): Promise<StampResult>;
  /** Same contract as `readMarks`. */
  readMarks(bytes: Uint8Array): Promise<StampResult>;
  /** Same contract as `checkPdfA`. */
  checkPdfA(bytes: Uint8Array): Promise<Result<PdfAReport>>;
  /** Same contract as `comparePdfs`. */
  compare(before: Uint8Array, after: Uint8Array): Promise<Result<PdfComparison>>;
  close(): Promise<void>;
}

/** The same threads, for whoever audits printed documents. */
export interface TemplateScanner {
  /** Same contract as `scanTemplate`. */
  scanTemplate(bytes: Uint8Array, options: TemplateScanOptions): Promise<Result<TemplateScan>>;
  close(): Promise<void>;
}

export interface StamperLimits {
  /** Threads; each stamps one document at a time. */
  readonly threads: number;
  /** CPU of its thread for one document, milliseconds (hostile.md, PDF / images). */
  readonly cpuMs: number;
  /** Longest work on one document, milliseconds: on a busy machine CPU takes its time. */
  readonly timeoutMs: number;
  /** Heap of a thread, megabytes. */
  readonly memoryMb: number;
  /** Documents after which a thread makes room for a new one: WebAssembly memory grows and never shrinks. */
  readonly documentsPerThread: number;
}

const DEFAULT_STAMPER_LIMITS: StamperLimits = {
  threads: 1,
  cpuMs: 10_000,
  timeoutMs: 60_000,
  memoryMb: 512,
  documentsPerThread: 10_000,
};

/** Of its CPU: an ordinary document is done before anybody looks at what it took. */
const FIRST_LOOK = 0.1;
const LOOKS_APART_MS = 50;

interface Waiting extends StampOrder {
  readonly settle: (result: WorkResult) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Its modules are loaded. */
  started: boolean;
  current: { readonly order: Waiting; readonly deadline: NodeJS.Timeout; look: NodeJS.Timeout } | undefined;
  /** Documents given to it. */
  served: number;
}

/** The threads and the documents that wait for one. */
interface Shop {
  readonly limits: StamperLimits;
  readonly threads: Set<Thread>;
  readonly queue: Waiting[];
}

/** Threads start with the first document. */
export function createStamper(changed: Partial<StamperLimits> = {}): Stamper & TemplateScanner {
  const shop: Shop = { limits: { ...DEFAULT_STAMPER_LIMITS, ...changed }, threads: new Set(), queue: [] };
  let nextId = 1;
  let closed = false;
  const submit = <Kind extends keyof Works>(
    bytes: Uint8Array,
    work: Work & { readonly kind: Kind },
  ): Promise<Result<Works[Kind]>> =>
    new Promise((settle) => {
      if (closed) throw new Error('the stamper is closed');
      // A thread answers an order with the value of its kind.
      shop.queue.push({ bytes, work, id: nextId++, settle: (result) => settle(result as Result<Works[Kind]>) });
      dispatch(shop);
    });
  return {
    stamp: (bytes, banner, options) => submit(bytes, { kind: 'stamp', banner, options }),
    readMarks: (bytes) => submit(bytes, { kind: 'marks' }),
    checkPdfA: (bytes) => submit(bytes, { kind: 'pdfa' }),
    compare: (before, after) => submit(before, { kind: 'compare', after }),
    scanTemplate: (bytes, options) => submit(bytes, { kind: 'template', options }),
    close: async () => {
      closed = true;
      await Promise.all([...shop.threads].map((thread) => thread.worker.terminate()));
      shop.threads.clear();
    },
  };
}

/** Gives a waiting document to each free thread, new ones included up to the limit. */
function dispatch(shop: Shop): void {
  while (shop.queue.length > 0) {
    const idle = [...shop.threads].find((thread) => thread.current === undefined);
    const free = idle ?? (shop.threads.size < shop.limits.threads ? openThread(shop) : undefined);
    const order = free === undefined ? undefined : shop.queue.shift();
    if (free === undefined || order === undefined) return;
    const { settle: _, ...rest } = order;
    // A view would take its whole buffer along: the copy is exact, and moves without another one.
    const bytes = new Uint8Array(order.bytes);
    const { cpuMs, timeoutMs } = shop.limits;
    free.served += 1;
    free.current = {
      order,
      deadline: setTimeout(() => drop(shop, free, TOO_LONG), timeoutMs),
      look: setTimeout(() => lookAtCpu(shop, free, order), cpuMs * FIRST_LOOK),
    };
    free.worker.postMessage({ ...rest, bytes }, [bytes.buffer]);
  }
}

const TOO_LONG = refuse(pdfRules.pdfNotProcessable, { detail: 'durée' });

/** Until the first look all time counts as CPU. */
async function lookAtCpu(shop: Shop, thread: Thread, order: Waiting, since?: number): Promise<void> {
  const again = (start: number | undefined, afterMs: number) => {
    if (thread.current !== undefined)
      thread.current.look = setTimeout(() => lookAtCpu(shop, thread, order, start), afterMs);
  };
  if (!thread.started) return again(undefined, LOOKS_APART_MS);
  const cpuMs = await cpuOf(thread.worker);
  if (cpuMs === undefined || thread.current?.order !== order) return;
  const start = since ?? cpuMs - shop.limits.cpuMs * FIRST_LOOK;
  const left = shop.limits.cpuMs - (cpuMs - start);
  if (left <= 0) drop(shop, thread, TOO_LONG);
  else again(start, Math.max(left, LOOKS_APART_MS));
}

/** Milliseconds; undefined when the thread has ended. */
async function cpuOf(worker: Worker): Promise<number | undefined> {
  try {
    const { user, system } = await worker.cpuUsage();
    return (user + system) / 1_000;
  } catch {
    return undefined;
  }
}

function openThread(shop: Shop): Thread {
  const worker = new Worker(new URL('./stamp-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: shop.limits.memoryMb },
  });
  const thread: Thread = { worker, started: false, current: undefined, served: 0 };
  shop.threads.add(thread);
  worker.on('message', (answer: StampAnswer | 'started') => {
    if (answer === 'started') {
      thread.started = true;
      return;
    }
    if (thread.current?.order.id === answer.id) end(thread, known(answer.result));
    if (thread.served >= shop.limits.documentsPerThread && shop.threads.delete(thread)) void worker.terminate();
    dispatch(shop);
  });
  // A thread that runs out of memory or throws takes only its own document with it.
  worker.on('error', () => drop(shop, thread, refuse(pdfRules.pdfNotProcessable)));
  worker.unref();
  return thread;
}

function end(thread: Thread, result: WorkResult): void {
  const { current } = thread;
  if (current === undefined) return;
  clearTimeout(current.deadline);
  clearTimeout(current.look);
  thread.current = undefined;
  current.order.settle(result);
}

function drop(shop: Shop, thread: Thread, result: WorkResult): void {
  if (!shop.threads.delete(thread)) return;
  end(thread, result);
  void thread.worker.terminate();
  dispatch(shop);
}

/** A rule that crossed a thread is a copy: the catalogue gives the original back. */
function known(result: WorkResult): WorkResult {
  if (result.ok) return result;
  const { rule, ...where } = result.refusal;
  return { ok: false, refusal: { rule: ruleById(rule.id) ?? rule, ...where } };
}
