/** The certificate under which this installation answers, and sends its answers. */
import { readTls, watchCertificates } from '../operations/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Stops } from '../queue/stops.ts';
import type { ClientTls } from '../wire/soap/transport.ts';

/** A new server certificate serves from the next connection on, without a restart. */
export async function renewWith(
  context: UseCaseContext,
  users: readonly { renew(tls: ClientTls): Promise<void> | void }[],
  stops: Stops,
): Promise<void> {
  const { tls } = context.config.mllp;
  if (tls === undefined) return;
  const watch = await watchCertificates(context, 'mllp', {
    // A server is judged by its peers: it goes on with what it has.
    state: () => undefined,
    changed: async () => {
      const renewed = await readTls(tls);
      for (const user of users) await user.renew(renewed);
    },
  });
  stops.add(() => watch.stop());
}
