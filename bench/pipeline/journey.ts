/** Load of a whole pipeline: documents sent as earlier ones arrive, so that what is measured is not a backlog. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createMllpClient } from '../../src/wire/hl7v2/mllp-client.ts';
import { postgresCpuMs, processCpuMs } from '../support/cpu.ts';
import { type Measure, quantile } from '../support/report.ts';
import type { SentDocument } from './documents.ts';

/** One of the two pipelines. */
export interface Journey {
  readonly port: number;
  /** The processes that do its work, as they are now. */
  pids(): readonly number[];
  /** Documents that have arrived since it was started. */
  arrived(): number;
  /** When each of them did, by MSH-10, milliseconds since 1970. Throws when one was refused. */
  arrivals(): Promise<ReadonlyMap<string, number>>;
}

const CONNECTIONS = 8;
/** A window goes on until so many have arrived, however slow the machine. */
const LEAST = 4;
const POLL_MS = 2;
const GIVE_UP_MS = 120_000;

export interface JourneyLoad {
  readonly postgresPid: number;
  readonly next: () => SentDocument;
  readonly seconds: number;
  /** Documents sent and not arrived, at most. */
  readonly inFlight: number;
  /** Documents that arrive before the counting starts; as many as are in flight by default. */
  readonly first?: number;
}

/** One window of `seconds`, after its first documents. */
export async function journeyWindow(journey: Journey, load: JourneyLoad): Promise<Measure> {
  const { postgresPid, next, seconds, inFlight, first = inFlight } = load;
  const start = journey.arrived();
  const acknowledgedAt = new Map<string, number>();
  let sent = 0;
  let stopped = false;
  const mayGo = () => sent - (journey.arrived() - start) < inFlight;
  const senders = Array.from({ length: CONNECTIONS }, async () => {
    const client = createMllpClient({ host: '127.0.0.1', port: journey.port, timeoutMs: GIVE_UP_MS });
    while (!stopped) {
      if (!mayGo()) {
        await sleep(POLL_MS);
        continue;
      }
      sent += 1;
      const { controlId, bytes } = next();
      const outcome = await client.send(bytes);
      if (outcome.kind !== 'answered' || !outcome.message.includes('MSA|AA|'))
        throw new Error(`${controlId} was not acknowledged`);
      acknowledgedAt.set(controlId, Date.now());
    }
    await client.close();
  });
  const sending = Promise.all(senders);
  const counted = count(journey, postgresPid, start + first, seconds);
  try {
    const window = await Promise.race([counted, sending.then(() => counted)]);
    stopped = true;
    await sending;
    await until(journey, () => journey.arrived() - start >= sent, 'the last documents did not arrive');
    return measure(window, acknowledgedAt, await journey.arrivals());
  } finally {
    stopped = true;
  }
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly cpuMs: number;
  readonly postgresCpuMs: number;
}

async function count(journey: Journey, postgresPid: number, warmAt: number, seconds: number): Promise<Window> {
  const cpuMs = (): number => journey.pids().reduce((sum, pid) => sum + processCpuMs(pid), 0);
  await until(journey, () => journey.arrived() >= warmAt, 'nothing arrives');
  const first = journey.arrived();
  const before = { at: Date.now(), cpuMs: cpuMs(), postgresCpuMs: postgresCpuMs(postgresPid) };
  await sleep(seconds * 1_000);
  await until(journey, () => journey.arrived() - first >= LEAST, 'nothing arrives any more');
  return {
    from: before.at,
    to: Date.now(),
    cpuMs: cpuMs() - before.cpuMs,
    postgresCpuMs: postgresCpuMs(postgresPid) - before.postgresCpuMs,
  };
}

/** Gives up when nothing more arrives, not when the machine is slow: 400 documents may take minutes where nine work. */
async function until({ arrived }: Journey, condition: () => boolean, otherwise: string): Promise<void> {
  for (let last = { count: arrived(), at: Date.now() }; !condition(); await sleep(POLL_MS)) {
    if (arrived() !== last.count) last = { count: arrived(), at: Date.now() };
    if (Date.now() - last.at > GIVE_UP_MS) throw new Error(otherwise);
  }
}

function measure(
  { from, to, cpuMs, postgresCpuMs: postgres }: Window,
  acknowledgedAt: ReadonlyMap<string, number>,
  arrivals: ReadonlyMap<string, number>,
): Measure {
  const arrivedInside = [...acknowledgedAt].flatMap(([controlId, acknowledged]) => {
    const at = arrivals.get(controlId);
    return at === undefined || at < from || at > to ? [] : [at - acknowledged];
  });
  const documents = Math.max(1, arrivedInside.length);
  return {
    rate: (arrivedInside.length * 1_000) / (to - from),
    cpuMs: cpuMs / documents,
    postgresCpuMs: postgres / documents,
    p50Ms: quantile(arrivedInside, 0.5),
    p99Ms: quantile(arrivedInside, 0.99),
  };
}
