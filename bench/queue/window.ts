/** One counted window of a queue being drained. */
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresCpuMs } from '../support/cpu.ts';
import { type Measure, quantile } from '../support/report.ts';
import type { Queue } from './shape.ts';

/** Jobs in hand when there is no backlog: added again each time they are done, outside of the count. */
const ROUND = 100;

interface Window {
  readonly postgresPid: number;
  readonly backlog: number;
  readonly seconds: number;
}

/** Jobs of a queue that are left, from one window to the next: a backlog is topped up, not made again. */
export interface Filled {
  readonly queue: Queue;
  left: number;
}

/** Time and CPU are counted only while jobs are drained. The workers run in this process. */
export async function drainWindow(filled: Filled, { postgresPid, backlog, seconds }: Window): Promise<Measure> {
  const { queue } = filled;
  const counted = { jobs: 0, ms: 0, cpuMs: 0, postgresCpuMs: 0 };
  const latencies: number[] = [];
  // With a backlog, one stretch; without, many short ones, each from a table that holds one round.
  while (counted.ms < seconds * 1_000) {
    const total = backlog + ROUND;
    await queue.add(total - filled.left);
    const stretch = await drainFor(queue, postgresPid, seconds * 1_000 - counted.ms, total, latencies);
    filled.left = total - stretch.jobs;
    counted.jobs += stretch.jobs;
    counted.ms += stretch.ms;
    counted.cpuMs += stretch.cpuMs;
    counted.postgresCpuMs += stretch.postgresCpuMs;
  }
  return {
    rate: (counted.jobs * 1_000) / counted.ms,
    cpuMs: counted.cpuMs / counted.jobs,
    postgresCpuMs: counted.postgresCpuMs / counted.jobs,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

/** Until the time is over or the jobs are. */
async function drainFor(queue: Queue, postgresPid: number, limitMs: number, total: number, latencies: number[]) {
  const before = { at: performance.now(), cpu: process.cpuUsage(), postgres: postgresCpuMs(postgresPid) };
  let jobs = 0;
  let stopped = false;
  const over = new AbortController();
  const timer = sleep(limitMs, undefined, { signal: over.signal }).then(
    () => {
      stopped = true;
    },
    () => undefined,
  );
  await queue.drain(
    () => stopped,
    (tookMs) => {
      jobs += 1;
      latencies.push(tookMs);
      if (jobs >= total) stopped = true;
    },
  );
  over.abort();
  await timer;
  const { user, system } = process.cpuUsage(before.cpu);
  return {
    jobs,
    ms: performance.now() - before.at,
    cpuMs: (user + system) / 1_000,
    postgresCpuMs: postgresCpuMs(postgresPid) - before.postgres,
  };
}
