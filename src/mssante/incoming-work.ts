/** Everything that works on mail that comes in: readers of mailboxes, handlers of its tasks, connections to the DPI. */
import type { MailRoute } from '../config/mssante-in-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Task } from '../queue/tasks.ts';
import { createMllpClient, type MllpClient } from '../wire/hl7v2/mllp-client.ts';
import type { ClientTls } from '../wire/soap/transport.ts';
import { handoverTaskHandler } from './incoming-handover.ts';
import { incomingMailTaskHandler } from './incoming-open.ts';
import { startMailReader } from './incoming-reader.ts';
import { mailReplyTaskHandler } from './incoming-reply.ts';
import { applyReceipt } from './receipts.ts';

export interface IncomingCertificates {
  /** Of each mailbox, by its name. */
  readonly mailboxes: ReadonlyMap<string, ClientTls>;
  /** Of the server that sends receipts. */
  readonly replies: ClientTls | undefined;
  /** The gateway's own, for the routes to the DPI. */
  readonly own: ClientTls | undefined;
}

export interface IncomingMailWork {
  readonly handlers: Readonly<Record<'incoming-mail' | 'mail-handover' | 'mail-reply', (task: Task) => Promise<void>>>;
  /** The connections to come are made with this certificate. */
  renew(tls: ClientTls): Promise<void>;
  stop(): Promise<void>;
}

export function startIncomingMail(context: UseCaseContext, certificates: IncomingCertificates): IncomingMailWork {
  const clients = routeClients(certificates.own);
  const reader = startMailReader(context, { certificates: certificates.mailboxes });
  const { replies } = context.config.incomingMail;
  const server =
    replies === undefined || certificates.replies === undefined ? undefined : { replies, tls: certificates.replies };
  return {
    handlers: {
      'incoming-mail': incomingMailTaskHandler(context, applyReceipt),
      'mail-handover': handoverTaskHandler(context, clients.of),
      'mail-reply': mailReplyTaskHandler(context, server),
    },
    renew: clients.renew,
    stop: async () => {
      await reader.stop();
      await clients.close();
    },
  };
}

/** One kept connection per route. */
function routeClients(tls: ClientTls | undefined) {
  let own = tls;
  const clients = new Map<string, MllpClient>();
  const close = async (): Promise<void> => {
    const former = [...clients.values()];
    clients.clear();
    await Promise.all(former.map((client) => client.close()));
  };
  return {
    of: (route: MailRoute): MllpClient => {
      const { name, host, port, timeoutMs, serverName } = route;
      const known = clients.get(name);
      if (known !== undefined) return known;
      const secure = route.tls && own !== undefined ? { tls: own } : {};
      const named = serverName === undefined ? {} : { serverName };
      const client = createMllpClient({ host, port, timeoutMs, ...secure, ...named });
      clients.set(name, client);
      return client;
    },
    renew: async (renewed: ClientTls): Promise<void> => {
      own = renewed;
      await close();
    },
    close,
  };
}
