/** Looks at the queues of the subscribers by a clock, and serves several at once. Every process that works runs one. */
import type { Subscriber } from '../config/diffusion-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { transaction } from '../store/db.ts';
import { declareSubscribers } from '../store/diffusion.ts';
import { pruneSettled } from '../store/subscribers.ts';
import type { MllpClient } from '../wire/hl7v2/mllp-client.ts';
import { createMllpClients } from '../wire/hl7v2/mllp-clients.ts';
import type { ClientTls } from '../wire/soap/transport.ts';
import { serveOne } from './drain.ts';

const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface DiffusionSender {
  /** The connections to come are made with this certificate, for subscribers that have none of their own. */
  renew(tls: ClientTls): Promise<void>;
  /** Lets the messages under way be answered, then stops. */
  stop(): Promise<void>;
}

export interface SenderOptions {
  /** The gateway's own certificate. */
  readonly tls: ClientTls | undefined;
  /** Certificates of subscribers that have one of their own, by name. */
  readonly certificates: ReadonlyMap<string, ClientTls>;
}

/** Puts the subscribers of the configuration in the database: from then on, changes are noted for them. */
export async function declareConfigured({ config, pool, now }: UseCaseContext): Promise<void> {
  const names = config.diffusion.subscribers.map(({ name }) => name);
  await transaction(pool, (tx) => declareSubscribers(tx, names, now()));
}

export function startDiffusion(context: UseCaseContext, options: SenderOptions): DiffusionSender {
  const { config, pool, log } = context;
  const clients = createMllpClients(options.tls, options.certificates);
  const clientOf = (subscriber: Subscriber): MllpClient => clients.of(subscriber.name, subscriber);
  const busy = new Set<string>();
  let running = 0;
  let stopped = false;
  let prunedAt = Number.NEGATIVE_INFINITY;
  const serving = new Set<Promise<void>>();

  const prune = async (): Promise<void> => {
    if (performance.now() - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = performance.now();
    await pruneSettled(pool, new Date(context.now().getTime() - config.diffusion.keepDays * DAY_MS));
  };
  const run = async (): Promise<void> => {
    try {
      while (!stopped && (await serveOne(context, clientOf, busy)));
      await prune();
    } catch (error) {
      log.error({ err: error }, 'diffusion failed, it goes on at the next look');
    }
  };
  const look = (): void => {
    if (stopped || running >= config.diffusion.concurrency) return;
    running += 1;
    const turn = run().finally(() => {
      running -= 1;
      serving.delete(turn);
    });
    serving.add(turn);
  };
  const timer = config.diffusion.subscribers.length === 0 ? undefined : setInterval(look, config.diffusion.everyMs);
  return {
    renew: clients.renew,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await Promise.all(serving);
      await clients.close();
    },
  };
}
