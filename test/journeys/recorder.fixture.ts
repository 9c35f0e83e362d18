/** A server that stands in front of a simulator, keeps every request as it came, and passes it on unchanged. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as openRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import type { DemoCertificate, DemoPki } from '../../src/demo/pki.ts';

export interface Recorded {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
  /** Common name of the client certificate. */
  readonly client: string;
}

export interface Recorder {
  readonly url: string;
  readonly requests: readonly Recorded[];
  /** Where the requests go; set before the first one. */
  passTo(url: string): void;
  close(): Promise<void>;
}

/** `client` is the certificate under which the requests are passed on. */
export async function startRecorder(pki: DemoPki, client: DemoCertificate): Promise<Recorder> {
  const requests: Recorded[] = [];
  let target = new URL('https://localhost');
  const server = createServer(
    { ca: pki.caPem, cert: pki.server.certPem, key: pki.server.keyPem, requestCert: true, rejectUnauthorized: true },
    (incoming, outgoing) => {
      record(incoming)
        .then((recorded) => {
          requests.push(recorded);
          return pass(recorded, target, pki.caPem, client, outgoing);
        })
        .catch(() => outgoing.destroy());
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `https://localhost:${address.port}`,
    requests,
    passTo(url) {
      target = new URL(url);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function record(incoming: IncomingMessage): Promise<Recorded> {
  const name = incoming.socket instanceof TLSSocket ? incoming.socket.getPeerCertificate().subject?.CN : undefined;
  return {
    path: incoming.url ?? '',
    contentType: incoming.headers['content-type'] ?? '',
    body: await buffer(incoming),
    client: String(name ?? ''),
  };
}

async function pass(
  { path, contentType, body }: Recorded,
  target: URL,
  ca: string,
  client: DemoCertificate,
  outgoing: ServerResponse,
): Promise<void> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = {
      host: target.hostname,
      port: target.port,
      method: 'POST',
      path,
      ca,
      cert: client.certPem,
      key: client.keyPem,
      headers: { 'content-type': contentType, 'content-length': body.length },
    };
    openRequest(options, resolve).on('error', reject).end(body);
  });
  const bytes = await buffer(answer);
  outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? '' }).end(bytes);
}
