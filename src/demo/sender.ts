/** The sending application's side of the demonstration: it listens for business answers and acknowledges them. */
import { readFile } from 'node:fs/promises';
import { buildAck } from '../wire/hl7v2/ack.ts';
import { salvageHeader } from '../wire/hl7v2/header.ts';
import { createMllpClient, type MllpClient } from '../wire/hl7v2/mllp-client.ts';
import { type MllpServer, startMllpServer } from '../wire/hl7v2/mllp-server.ts';
import type { DemoPki } from './pki.ts';

/** Acknowledges every answer it is given, as a DPI would. Loopback only. */
export function startAnswerListener(now: () => Date, newUuid: () => string): Promise<MllpServer> {
  return startMllpServer({
    host: '127.0.0.1',
    port: 0,
    now,
    newControlId: newUuid,
    onRefused: () => undefined,
    onFrame: async (frame) => {
      const header = salvageHeader(frame);
      return header === undefined ? undefined : buildAck(header, 'accepted', { now: now(), controlId: newUuid() });
    },
  });
}

/** A sender over mutual TLS, with the demonstration's `sender` certificate. */
export async function connectSender(pki: DemoPki, place: { host: string; port: number }): Promise<MllpClient> {
  const [cert, key] = await Promise.all([readFile(pki.sender.certFile, 'utf8'), readFile(pki.sender.keyFile, 'utf8')]);
  return createMllpClient({ ...place, tls: { ca: pki.caPem, cert, key }, serverName: 'localhost', timeoutMs: 30_000 });
}
