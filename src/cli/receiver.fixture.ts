/** An application that listens for HL7 messages. */
import { randomUUID } from 'node:crypto';
import { buildAck } from '../wire/hl7v2/ack.ts';
import { salvageHeader } from '../wire/hl7v2/header.ts';
import { type MllpServer, type MllpServerOptions, startMllpServer } from '../wire/hl7v2/mllp-server.ts';

const now = (): Date => new Date();

/** Acknowledges what it gets and keeps it; `answer` replaces the acknowledgement. */
export async function startReceiver(
  received: Buffer[],
  options: Partial<Pick<MllpServerOptions, 'tls' | 'port'>> & { answer?: (frame: Buffer) => Buffer } = {},
): Promise<MllpServer> {
  const { answer = acknowledge, ...rest } = options;
  return startMllpServer({
    host: '127.0.0.1',
    port: 0,
    ...rest,
    now,
    newControlId: randomUUID,
    onRefused: () => undefined,
    onFrame: async (frame) => {
      received.push(Buffer.from(frame));
      return answer(frame);
    },
  });
}

function acknowledge(frame: Buffer): Buffer {
  const header = salvageHeader(frame);
  if (header === undefined) throw new Error('no MSH');
  return buildAck(header, 'accepted', { now: now(), controlId: randomUUID() });
}
