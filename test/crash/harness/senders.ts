/** The hospital's side: senders that repeat the same bytes until they are acknowledged, and a listener of their answers. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildAck, readAck } from '../../../src/wire/hl7v2/ack.ts';
import { readHeader } from '../../../src/wire/hl7v2/header.ts';
import { parseMessage, read, segmentNamed } from '../../../src/wire/hl7v2/message.ts';
import type { MllpClient } from '../../../src/wire/hl7v2/mllp-client.ts';
import { type MllpServer, startMllpServer } from '../../../src/wire/hl7v2/mllp-server.ts';
import type { Outgoing } from './population.ts';
import type { SentDocument } from './verdict.ts';

/** Between two attempts, milliseconds: a gateway that restarts is back within a few of them. */
const PAUSE_MS = 150;
/** One message in so many has its first acknowledgement lost on the way back. */
const LOST_ACKNOWLEDGEMENT_EVERY = 5;

export interface Sendings {
  /** Attempts of each acknowledged message, by MSH-10. */
  readonly acknowledged: Map<string, number>;
  /** Last answer other than AA to a message that has none yet. */
  readonly refused: Map<string, string>;
  /** Title of each document sent, and the SHA-1 that it must have at the DMP, by MSH-10. */
  readonly documents: Map<string, { readonly title: string; readonly sha1?: string }>;
}

export function noSendings(): Sendings {
  return { acknowledged: new Map(), refused: new Map(), documents: new Map() };
}

/** The documents among these messages, for the verdict; one that never left has its title all the same. */
export function sentDocuments(messages: readonly Outgoing[], { acknowledged, documents }: Sendings): SentDocument[] {
  return messages.flatMap(({ controlId, document }) =>
    document === undefined
      ? []
      : [
          {
            controlId,
            title: document.title,
            ...(document.superseded === undefined ? {} : { superseded: document.superseded }),
            ...documents.get(controlId),
            acknowledged: acknowledged.has(controlId),
          },
        ],
  );
}

/** Sends in order, each message until AA. `mayGo` lets them out at the pace of the run. Stops when told. */
export async function sendAll(
  client: MllpClient,
  messages: readonly Outgoing[],
  sendings: Sendings,
  mayGo: (message: Outgoing) => Promise<void>,
  stopped: () => boolean,
): Promise<void> {
  for (const [index, message] of messages.entries()) {
    let willBeLost = index % LOST_ACKNOWLEDGEMENT_EVERY === 0;
    await mayGo(message);
    if (stopped()) return;
    const { bytes, ...made } = message.make();
    if (message.document !== undefined)
      sendings.documents.set(message.controlId, { title: message.document.title, ...made });
    for (let attempt = 1; !stopped(); attempt++) {
      const said = await sendOnce(client, message.controlId, bytes);
      if (said === 'AA' && willBeLost) {
        willBeLost = false;
        continue;
      }
      if (said === 'AA') {
        sendings.acknowledged.set(message.controlId, attempt);
        sendings.refused.delete(message.controlId);
        break;
      }
      sendings.refused.set(message.controlId, said);
      await sleep(PAUSE_MS);
    }
  }
}

/** `AA` only when it is this message that is acknowledged. */
export async function sendOnce(client: MllpClient, controlId: string, bytes: Buffer): Promise<string> {
  const outcome = await client.send(bytes);
  if (outcome.kind !== 'answered') return outcome.reason;
  const parsed = parseMessage(outcome.message);
  const ack = parsed.ok ? readAck(parsed.value) : parsed;
  if (!ack.ok) return ack.refusal.rule.id;
  const { code, errors } = ack.value;
  if (ack.value.controlId !== controlId) return `answer to another message (${ack.value.controlId})`;
  return code === 'AA' ? code : `${code} ${errors[0]?.text ?? ''}`;
}

export interface Listener extends MllpServer {
  /** By MSH-10 of the document message: what each ZAM^Z01 said, `Y` or `N`, as often as it came. */
  readonly heard: Map<string, string[]>;
}

export async function listenForAnswers(): Promise<Listener> {
  const heard = new Map<string, string[]>();
  const server = await startMllpServer({
    host: '127.0.0.1',
    port: 0,
    now: () => new Date(),
    newControlId: randomUUID,
    onRefused: () => undefined,
    onFrame: async (frame) => {
      const parsed = parseMessage(frame);
      if (!parsed.ok) return undefined;
      const obx = segmentNamed(parsed.value, 'OBX');
      const answered = read(obx, 4) ?? '';
      heard.set(answered, [...(heard.get(answered) ?? []), read(obx, 5) ?? '']);
      return buildAck(readHeader(parsed.value), 'accepted', { now: new Date(), controlId: randomUUID() });
    },
  });
  return { ...server, heard };
}
