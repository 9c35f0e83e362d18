/** What the floor posts to: mutual TLS, every body read to its end, always 200. It lives with the load, and is not counted. */
import { createServer } from 'node:https';
import type { DemoPki } from '../../src/demo/pki.ts';

export interface Sink {
  readonly url: string;
  /** When each message was whole here, by MSH-10, milliseconds since 1970. */
  readonly taken: ReadonlyMap<string, number>;
  /** Full TLS handshakes since it was started. */
  handshakes(): number;
  close(): Promise<void>;
}

export async function startSink(pki: DemoPki): Promise<Sink> {
  const taken = new Map<string, number>();
  const { certPem: cert, keyPem: key } = pki.server;
  const server = createServer({ ca: pki.caPem, cert, key, requestCert: true }, (request, response) => {
    request.resume();
    request.once('end', () => {
      taken.set(String(request.headers['x-control-id']), Date.now());
      response.end();
    });
  });
  let handshakes = 0;
  server.on('secureConnection', () => {
    handshakes += 1;
  });
  // Kept while the other pipeline has its turn.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `https://localhost:${port}/`,
    taken,
    handshakes: () => handshakes,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
