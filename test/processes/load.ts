/** Senders that go on for as long as a run lasts, each on a connection that it keeps, and what came of every message. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readAck } from '../../src/wire/hl7v2/ack.ts';
import { parseMessage } from '../../src/wire/hl7v2/message.ts';
import { createMllpClient } from '../../src/wire/hl7v2/mllp-client.ts';
import {
  admissionOf,
  documentOf,
  type Establishment,
  letter,
  type Outgoing,
  type Patient,
  patient,
} from '../crash/harness/population.ts';
import type { SentDocument } from '../crash/harness/verdict.ts';

export interface Load {
  readonly patients: readonly Patient[];
  /** Acknowledged documents. */
  readonly sent: SentDocument[];
  /** Negative acknowledgements and connections that were not taken, in the words of the sender. */
  readonly refused: string[];
  /** Messages sent again because their connection ended before the acknowledgement. */
  repeated: number;
  /** Ends the sending; resolves when every sender has its last acknowledgement. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly port: number;
  readonly senders: number;
  /** Of each sender, between two messages, milliseconds. */
  readonly paceMs: number;
  readonly patients: number;
  /** Establishment of each patient, by its rank; the first one for all unless told. */
  readonly at?: (index: number) => Establishment;
}

/** The patients are admitted first, in this load as well. */
export async function startLoad({ port, senders, paceMs, patients: count, at }: LoadOptions): Promise<Load> {
  const pdf = await letter();
  const patients = Array.from({ length: count }, (_, index) => patient(index, at?.(index)));
  let stopped = false;
  let number = 0;
  const running: Promise<void>[] = [];
  const load: Load = {
    patients,
    sent: [],
    refused: [],
    repeated: 0,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
    },
  };
  for (let sender = 0; sender < senders; sender++) {
    const own = patients.filter((_, index) => index % senders === sender);
    const next = function* (): Generator<Outgoing> {
      yield* own.map(admissionOf);
      for (let turn = 0; !stopped; turn++) {
        const of = own[turn % own.length];
        if (of === undefined) throw new Error('a sender without patients');
        yield documentOf(of, number++, pdf);
      }
    };
    running.push(send(load, port, paceMs, next()));
  }
  return load;
}

async function send(load: Load, port: number, paceMs: number, messages: Generator<Outgoing>): Promise<void> {
  const client = createMllpClient({ host: '127.0.0.1', port, timeoutMs: 20_000 });
  for (const { controlId, document, make } of messages) {
    const { bytes, sha1 } = make();
    while (!(await acknowledged(load, client, controlId, bytes))) await sleep(paceMs);
    if (document !== undefined)
      load.sent.push({
        controlId,
        title: document.title,
        acknowledged: true,
        ...(sha1 === undefined ? {} : { sha1 }),
      });
    await sleep(paceMs);
  }
  await client.close();
}

async function acknowledged(
  load: Load,
  client: ReturnType<typeof createMllpClient>,
  controlId: string,
  bytes: Buffer,
): Promise<boolean> {
  const outcome = await client.send(bytes);
  if (outcome.kind === 'ambiguous') {
    load.repeated += 1;
    return false;
  }
  const parsed = outcome.kind === 'answered' ? parseMessage(outcome.message) : undefined;
  const ack = parsed?.ok === true ? readAck(parsed.value) : undefined;
  if (ack?.ok === true && ack.value.code === 'AA' && ack.value.controlId === controlId) return true;
  const said = outcome.kind === 'answered' ? outcome.message.toString('latin1', 0, 300) : outcome.reason;
  load.refused.push(`${controlId}: ${said}`);
  return false;
}
