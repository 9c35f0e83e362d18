/**
 * Handler of the `relay` tasks: a message of a flow that is still fed by the old platform goes on to it, byte for byte, as often
 * as it takes and under its own MSH-10. What that platform makes of it is its own affair; whether it took it is told here.
 */
import { sourceOfSender } from '../config/lookup.ts';
import type { MigrationConfig } from '../config/migration-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { laneRules } from '../rules/lanes.ts';
import { type Db, transaction } from '../store/db.ts';
import { deliveriesOf } from '../store/deliveries.ts';
import { documentsOfMessage, lockDocument } from '../store/documents.ts';
import { loadMessage } from '../store/messages.ts';
import { type RelayRecord, recordRelayAttempt, relayById } from '../store/relays.ts';
import { exchange } from '../wire/hl7v2/exchange.ts';
import type { MllpClient } from '../wire/hl7v2/mllp-client.ts';
import { createMllpClients } from '../wire/hl7v2/mllp-clients.ts';
import type { ClientTls } from '../wire/soap/transport.ts';
import { moveDelivery, refuseDelivery } from './settle.ts';

export interface RelaySender {
  readonly handler: (task: Task) => Promise<void>;
  /** The connections to come are made with this certificate. */
  renew(tls: ClientTls): Promise<void>;
  close(): Promise<void>;
}

type OldPlatform = NonNullable<MigrationConfig['oldPlatform']>;

/** While the configuration names no old platform for what waits for it. */
const UNDECLARED_RETRY = { firstMs: 10_000, maxMs: 60_000 };

/** `tls`: the gateway's own certificate, for platforms that ask for it. */
export function createRelaySender(context: UseCaseContext, tls: ClientTls | undefined): RelaySender {
  const clients = createMllpClients(tls);
  const clientOf = ({ host, port, tls: secure, timeoutMs }: OldPlatform): MllpClient =>
    clients.of(`${host}:${port}`, { host, port, tls: secure, timeoutMs });
  return { handler: (task) => handOn(context, clientOf, task), renew: clients.renew, close: clients.close };
}

async function handOn(
  context: UseCaseContext,
  clientOf: (platform: OldPlatform) => MllpClient,
  task: Task,
): Promise<void> {
  const relay = await relayById(context.pool, task.subject);
  if (relay?.state !== 'pending') return transaction(context.pool, (tx) => completeTask(tx, task));
  const message = await loadMessage(context.pool, relay.messageId, context.kept);
  const platform = sourceOfSender(context.config, message.sender)?.migration?.oldPlatform;
  const result: Attempt =
    platform === undefined
      ? {
          state: 'pending',
          lastError: 'aucune ancienne plateforme n’est déclarée pour cette source',
          acknowledgement: null,
        }
      : await present(clientOf(platform), message.body, message.controlId);
  await transaction(context.pool, async (tx) => {
    if (result.state === 'pending')
      await postponeTask(tx, task, retryDelayMs(task, platform?.retry ?? UNDECLARED_RETRY));
    else await completeTask(tx, task);
    await recordRelayAttempt(tx, relay.id, { ...result, at: context.now() });
    if (result.state !== 'pending') await settleDocuments(tx, context, relay, result);
  });
}

type Attempt = Pick<RelayRecord, 'state' | 'lastError' | 'acknowledgement'>;

/** Presented again after a lost acknowledgement it bears the same MSH-10: the platform recognises it. */
async function present(client: MllpClient, body: Buffer, controlId: string): Promise<Attempt> {
  let acknowledgement: Buffer | null = null;
  const listening: MllpClient = {
    ...client,
    send: async (message) => {
      const outcome = await client.send(message);
      if (outcome.kind === 'answered') acknowledgement = outcome.message;
      return outcome;
    },
  };
  const exchanged = await exchange(listening, body, controlId);
  if (exchanged.kind === 'unanswered') return { state: 'pending', lastError: exchanged.error, acknowledgement };
  if (exchanged.kind === 'unreadable') return { state: 'refused', lastError: exchanged.why, acknowledgement };
  const { code, said, errors } = exchanged;
  if (code === 'AA') return { state: 'taken', lastError: null, acknowledgement };
  // AR says that the platform cannot now (internal error, record locked), unless it names what is wrong with the message.
  const ofTheMessage = code === 'AE' || errors.some(({ condition = '' }) => OF_THE_MESSAGE.test(condition));
  return { state: ofTheMessage ? 'refused' : 'pending', lastError: said ?? code, acknowledgement };
}

/** Table 0357: segment, field, type, event, processing id or version at fault. */
const OF_THE_MESSAGE = /^(10[0-4]|20[0-4])$/;

/** Taken, it is no longer ours; refused, its sender hears it from us, who acknowledged it. */
async function settleDocuments(tx: Db, context: UseCaseContext, relay: RelayRecord, result: Attempt): Promise<void> {
  for (const { id } of await documentsOfMessage(tx, relay.messageId)) {
    const document = await lockDocument(tx, id);
    const [delivery] = await deliveriesOf(tx, id);
    if (delivery === undefined) throw new Error(`document ${id} has no delivery`);
    if (result.state === 'refused') {
      const refusal = { rule: laneRules.oldPlatformRefused, ...(result.lastError && { detail: result.lastError }) };
      await refuseDelivery(tx, context, document, delivery, { state: 'refused', refusal });
    } else if (document.state !== 'withdrawn') {
      const refusal = { rule: laneRules.byTheOldWay };
      await moveDelivery(tx, context, document, delivery, { state: 'withdrawn', step: 'handed-on', refusal });
    }
  }
}
