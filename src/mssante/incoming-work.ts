/** Everything that works on mail that comes in: readers of mailboxes, handlers of its tasks, connections to the DPI. */
import type { UseCaseContext } from '../queue/context.ts';
import type { Task } from '../queue/tasks.ts';
import { createMllpClients } from '../wire/hl7v2/mllp-clients.ts';
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
  const clients = createMllpClients(certificates.own);
  const reader = startMailReader(context, { certificates: certificates.mailboxes });
  const { replies } = context.config.incomingMail;
  const server =
    replies === undefined || certificates.replies === undefined ? undefined : { replies, tls: certificates.replies };
  return {
    handlers: {
      'incoming-mail': incomingMailTaskHandler(context, applyReceipt),
      'mail-handover': handoverTaskHandler(context, (route) => clients.of(route.name, route)),
      'mail-reply': mailReplyTaskHandler(context, server),
    },
    renew: clients.renew,
    stop: async () => {
      await reader.stop();
      await clients.close();
    },
  };
}
