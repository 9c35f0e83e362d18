/** The faults a simulator commits on demand (design.md 10), each with its own rate, all of them possibly at once. */

import { z } from 'zod';
import type { ControlRoutes } from './control.ts';

const FAULTS = ['down', 'slow', 'reset', 'lost-answer', 'soap-fault', 'http-500'] as const;
export type Fault = (typeof FAULTS)[number];

/** Body of `POST {control}/faults`. `rate` is a probability per request; times are milliseconds. */
const faultOrder = z.strictObject({
  fault: z.enum(FAULTS),
  rate: z.number().min(0).max(1).default(1),
  /** Only `slow` reads it: how long the answer waits. */
  delayMs: z.int().min(0).max(3_600_000).default(30_000),
  /** Absent: until cleared. */
  durationMs: z.int().min(1).max(2_000_000_000).optional(),
});
type FaultOrder = z.infer<typeof faultOrder>;

/** Resolves after `ms` milliseconds, rejects when the signal aborts. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

interface FaultReport {
  readonly faults: readonly FaultOrder[];
  /** How many requests each fault has struck since the start. `down` at rate 1 refuses connections uncounted. */
  readonly struck: Readonly<Partial<Record<Fault, number>>>;
}

export interface FaultBoard {
  /** Sets one fault; the same fault set before is replaced, others stay. Resolves once it is in force. */
  set(order: FaultOrder): Promise<void>;
  clear(): Promise<void>;
  report(): FaultReport;
  /** Draws the faults that strike one request: each active fault once, in the order of `FAULTS`. */
  draw(): ReadonlyMap<Fault, FaultOrder>;
  /** Ends the timers; the board is not used afterwards. */
  close(): void;
}

interface FaultBoardOptions {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly wait: Wait;
  /** Called when the listening socket must stop (`true`) or serve again (`false`); calls never overlap. */
  readonly setDown: (down: boolean) => Promise<void>;
  readonly log: (line: string) => void;
}

interface Active {
  readonly order: FaultOrder;
  readonly expiry: AbortController;
}

export function createFaultBoard(options: FaultBoardOptions): FaultBoard {
  const active = new Map<Fault, Active>();
  const struck = new Map<Fault, number>();
  let isDown = false;
  let settled: Promise<void> = Promise.resolve();

  /** Brings the listening socket to what the board says, one change at a time. */
  function settle(): Promise<void> {
    settled = settled.then(async () => {
      const down = active.get('down')?.order.rate === 1;
      if (down === isDown) return;
      await options.setDown(down);
      isDown = down;
    });
    const done = settled;
    settled = settled.catch(() => undefined);
    return done;
  }

  function remove(fault: Fault): void {
    active.get(fault)?.expiry.abort();
    active.delete(fault);
  }

  async function expire(entry: Active, afterMs: number): Promise<void> {
    await options.wait(afterMs, entry.expiry.signal).catch(() => undefined);
    if (entry.expiry.signal.aborted) return;
    remove(entry.order.fault);
    await settle().catch((error: unknown) => options.log(`fault ${entry.order.fault} not lifted: ${String(error)}`));
  }

  return {
    set(order) {
      remove(order.fault);
      const entry = { order, expiry: new AbortController() };
      active.set(order.fault, entry);
      if (order.durationMs !== undefined) void expire(entry, order.durationMs);
      return settle();
    },
    clear() {
      for (const fault of [...active.keys()]) remove(fault);
      return settle();
    },
    report() {
      return { faults: [...active.values()].map((entry) => entry.order), struck: Object.fromEntries(struck) };
    },
    draw() {
      const strikes = new Map<Fault, FaultOrder>();
      for (const fault of FAULTS) {
        const order = active.get(fault)?.order;
        if (order === undefined || options.random() >= order.rate) continue;
        strikes.set(fault, order);
        struck.set(fault, (struck.get(fault) ?? 0) + 1);
      }
      return strikes;
    },
    close() {
      for (const fault of [...active.keys()]) remove(fault);
    },
  };
}

/** Those of every control API: what is ordered, an order, its end. */
export function faultRoutes(board: FaultBoard): ControlRoutes {
  return {
    'GET /faults': async () => board.report(),
    'POST /faults': async (body) => {
      await board.set(faultOrder.parse(body));
      return board.report();
    },
    'DELETE /faults': async () => {
      await board.clear();
      return board.report();
    },
  };
}
