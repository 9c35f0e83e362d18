/** Listening and closing, as promises. */
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Server as PlainServer } from 'node:net';

/** Resolves to the port in use (the one chosen by the system when `port` is 0). Rejects when it cannot listen. */
export function listen(server: Server | TlsServer | PlainServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('not a TCP address'));
      else resolve(address.port);
    });
  });
}

/** Stops listening and cuts the HTTP connections still open. */
export function closeServer(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
