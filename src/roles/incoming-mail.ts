/** Incoming MSSanté mail, wired: certificates read, work started, stopped with the rest. */
import { startIncomingMail } from '../mssante/index.ts';
import { readTls } from '../operations/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Stops } from '../queue/stops.ts';
import type { ClientTls } from '../wire/soap/transport.ts';

export async function openIncomingMail(context: UseCaseContext, own: ClientTls | undefined, stops: Stops) {
  const { mailboxes, replies } = context.config.incomingMail;
  const certificates = new Map<string, ClientTls>();
  for (const { name, tls } of mailboxes) certificates.set(name, await readTls(tls));
  const sending = replies === undefined ? undefined : await readTls(replies.tls);
  const work = startIncomingMail(context, { mailboxes: certificates, replies: sending, own });
  stops.add(() => work.stop());
  return work;
}
