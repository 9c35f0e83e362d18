/** MLLP load: C connections, one outstanding message on each (the normal HL7 discipline), for a time. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresCpuMs, processCpuMs } from './cpu.ts';
import type { Template } from './messages.ts';
import { type Measure, quantile } from './report.ts';

export interface Target {
  readonly port: number;
  /** Of the receiver. */
  readonly pid: number;
}

export interface LoadOptions {
  readonly target: Target;
  readonly postgresPid: number;
  readonly template: Template;
  readonly connections: number;
  /** Counted time; as much again, at most half a second, comes before it. */
  readonly seconds: number;
}

/** One window of load. Rejects when a message is not acknowledged with AA: the rate would be that of something else. */
export async function loadWindow(options: LoadOptions): Promise<Measure> {
  const { target, postgresPid, template, connections, seconds } = options;
  let counting = false;
  let stopped = false;
  const latencies: number[] = [];
  const run = Promise.all(
    Array.from({ length: connections }, () =>
      sendInTurn(
        target.port,
        template,
        () => stopped,
        (elapsedMs) => counting && latencies.push(elapsedMs),
      ),
    ),
  );
  const failed = run.then(() => undefined);
  await Promise.race([failed, sleep(Math.min(500, seconds * 1_000))]);
  counting = true;
  const before = { at: performance.now(), own: processCpuMs(target.pid), postgres: postgresCpuMs(postgresPid) };
  await Promise.race([failed, sleep(seconds * 1_000)]);
  // A busy machine and a window of a tenth of a second: nothing counted would be no measurement.
  while (latencies.length === 0) await Promise.race([failed, sleep(20)]);
  const elapsed = performance.now() - before.at;
  const own = processCpuMs(target.pid) - before.own;
  const postgres = postgresCpuMs(postgresPid) - before.postgres;
  counting = false;
  stopped = true;
  await run;
  const count = Math.max(1, latencies.length);
  return {
    rate: (latencies.length * 1_000) / elapsed,
    cpuMs: own / count,
    postgresCpuMs: postgres / count,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

/** Sends on one connection until told to stop, then closes it. */
function sendInTurn(
  port: number,
  template: Template,
  stopped: () => boolean,
  acknowledged: (elapsedMs: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let answer = '';
    let sentAt = 0;
    const send = (): void => {
      if (stopped()) {
        socket.end();
        return;
      }
      const message = template.next();
      sentAt = performance.now();
      socket.write(message);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (!answer.includes('\x1c\r')) return;
      if (!answer.includes('\rMSA|AA|')) {
        reject(new Error(`not acknowledged: ${answer.slice(0, 400)}`));
        socket.destroy();
        return;
      }
      answer = '';
      acknowledged(performance.now() - sentAt);
      send();
    });
  });
}
