import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFaultBoard, type Fault, type FaultBoard, faultRoutes } from './faults.ts';

/** As somebody orders it by the control API. */
const order = async (board: FaultBoard, body: unknown): Promise<unknown> => faultRoutes(board)['POST /faults']?.(body);

interface Bench {
  readonly board: FaultBoard;
  /** What the listening socket was told, in order. */
  readonly downs: boolean[];
  /** Lets the time of the waits under way pass. */
  elapse(): Promise<void>;
}

function bench(random: () => number = () => 0): Bench {
  const downs: boolean[] = [];
  let waits: (() => void)[] = [];
  const board = createFaultBoard({
    random,
    wait: (_ms, signal) =>
      new Promise((resolve, reject) => {
        waits.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    setDown: async (down) => {
      downs.push(down);
    },
    log: (line) => assert.fail(line),
  });
  return {
    board,
    downs,
    async elapse() {
      for (const resolve of waits) resolve();
      waits = [];
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function strikes(board: FaultBoard): Fault[] {
  return [...board.draw().keys()];
}

/** A small generator with a seed (mulberry32), so that a rate can be checked without chance. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test('each fault has its own rate and several are active together', async () => {
  const { board } = bench(seeded(2026));
  await order(board, { fault: 'reset', rate: 0.05 });
  await order(board, { fault: 'http-500', rate: 0.5 });
  await order(board, { fault: 'slow', rate: 0 });
  for (let n = 0; n < 10_000; n += 1) board.draw();
  const { struck } = board.report();
  assert.ok(Math.abs((struck.reset ?? 0) - 500) < 100, `reset struck ${struck.reset} of 10000`);
  assert.ok(Math.abs((struck['http-500'] ?? 0) - 5000) < 250, `http-500 struck ${struck['http-500']} of 10000`);
  assert.equal(struck.slow, undefined);
});

test('rate 1 strikes every request even with the highest draw, rate 0 none even with the lowest', async () => {
  const highest = bench(() => 1 - Number.EPSILON);
  await order(highest.board, { fault: 'lost-answer', rate: 1 });
  assert.deepEqual(strikes(highest.board), ['lost-answer']);
  const lowest = bench(() => 0);
  await order(lowest.board, { fault: 'lost-answer', rate: 0 });
  assert.deepEqual(strikes(lowest.board), []);
});

test('the same fault set again replaces the first, clearing removes all', async () => {
  const { board } = bench();
  await order(board, { fault: 'slow', delayMs: 5 });
  await order(board, { fault: 'slow', delayMs: 7 });
  assert.deepEqual(
    board.report().faults.map((fault) => fault.delayMs),
    [7],
  );
  await board.clear();
  assert.deepEqual(board.report().faults, []);
  assert.deepEqual(strikes(board), []);
});

test('a fault ends by itself after its duration, but not when it was set anew meanwhile', async () => {
  const { board, elapse } = bench();
  await order(board, { fault: 'reset', durationMs: 10 });
  assert.deepEqual(strikes(board), ['reset']);
  await elapse();
  assert.deepEqual(strikes(board), []);
  await order(board, { fault: 'reset', durationMs: 10 });
  await order(board, { fault: 'reset' });
  await elapse();
  assert.deepEqual(strikes(board), ['reset']);
});

test('only down at rate 1 closes the listening socket, and its end opens it again', async () => {
  const { board, downs, elapse } = bench();
  await order(board, { fault: 'down', rate: 0.5 });
  assert.deepEqual(downs, []);
  await order(board, { fault: 'down', rate: 1, durationMs: 10 });
  await order(board, { fault: 'slow' });
  assert.deepEqual(downs, [true]);
  await elapse();
  assert.deepEqual(downs, [true, false]);
  await order(board, { fault: 'down', rate: 1 });
  await board.clear();
  assert.deepEqual(downs, [true, false, true, false]);
});
