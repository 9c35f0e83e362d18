/** One kept connection for each receiver of our messages, with the gateway's own certificate or one of its own. */
import type { ClientTls } from '../soap/transport.ts';
import { createMllpClient, type MllpClient } from './mllp-client.ts';

export interface MllpRoute {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly timeoutMs: number;
  readonly serverName?: string | undefined;
}

export interface MllpClients {
  /** `name` is the receiver's: two receivers of one address have a connection each. */
  of(name: string, route: MllpRoute): MllpClient;
  /** The connections to come are made with this certificate, for receivers that have none of their own. */
  renew(tls: ClientTls): Promise<void>;
  close(): Promise<void>;
}

/** `certificates`: those of receivers that ask for another than the gateway's `own`, by name. */
export function createMllpClients(
  own: ClientTls | undefined,
  certificates: ReadonlyMap<string, ClientTls> = new Map(),
): MllpClients {
  let shown = own;
  const clients = new Map<string, MllpClient>();
  const close = async (): Promise<void> => {
    const former = [...clients.values()];
    clients.clear();
    await Promise.all(former.map((client) => client.close()));
  };
  return {
    of: (name, { host, port, tls, timeoutMs, serverName }) => {
      const known = clients.get(name);
      if (known !== undefined) return known;
      const certificate = tls ? (certificates.get(name) ?? shown) : undefined;
      const client = createMllpClient({
        host,
        port,
        timeoutMs,
        ...(certificate === undefined ? {} : { tls: certificate }),
        ...(serverName === undefined ? {} : { serverName }),
      });
      clients.set(name, client);
      return client;
    },
    renew: async (renewed) => {
      shown = renewed;
      await close();
    },
    close,
  };
}
