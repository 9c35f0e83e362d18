/** Handler of the `answer` tasks: gives a business acknowledgement to the application that sent the document. */
import { sourceOfSender } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { type AnswerState, answerById, recordAnswerAttempt } from '../store/answers.ts';
import { commitLater, transaction } from '../store/db.ts';
import { readAck } from '../wire/hl7v2/ack.ts';
import { parseMessage } from '../wire/hl7v2/message.ts';
import { createMllpClient, type MllpClient, type MllpOutcome } from '../wire/hl7v2/mllp-client.ts';
import type { ClientTls } from '../wire/soap/transport.ts';

const RETRY = { firstMs: 1_000, maxMs: 60_000 };
const TIMEOUT_MS = 10_000;

export interface AnswerSender {
  readonly handler: (task: Task) => Promise<void>;
  /** The connections to come are made with this certificate. */
  renew(tls: ClientTls): Promise<void>;
  close(): Promise<void>;
}

/** One kept connection per route. `tls`: the gateway's own certificate, for routes that ask for it. */
export function createAnswerSender(context: UseCaseContext, tls: ClientTls | undefined): AnswerSender {
  let own = tls;
  const clients = new Map<string, MllpClient>();
  const clientOf = (route: NonNullable<Source['answers']>): MllpClient => {
    const key = `${route.host}:${route.port}`;
    const known = clients.get(key);
    if (known !== undefined) return known;
    const secure = route.tls && own !== undefined ? { tls: own } : {};
    const client = createMllpClient({ host: route.host, port: route.port, timeoutMs: TIMEOUT_MS, ...secure });
    clients.set(key, client);
    return client;
  };
  const closeAll = async (): Promise<void> => {
    const former = [...clients.values()];
    clients.clear();
    await Promise.all(former.map((client) => client.close()));
  };
  return {
    handler: (task) => deliverAnswer(context, clientOf, task),
    renew: async (renewed) => {
      own = renewed;
      await closeAll();
    },
    close: closeAll,
  };
}

async function deliverAnswer(
  context: UseCaseContext,
  clientOf: (route: NonNullable<Source['answers']>) => MllpClient,
  task: Task,
): Promise<void> {
  const answer = await answerById(context.pool, task.subject);
  const route = sourceOfSender(context.config, answer.sender)?.answers;
  const result: Attempt =
    route === undefined ? { state: 'no-route', error: null } : judge(await clientOf(route).send(answer.er7), answer.id);
  await transaction(context.pool, async (tx) => {
    const at = context.now();
    await recordAnswerAttempt(tx, answer.id, { ...result, at }, eventOf(result));
    if (result.state === 'pending') return postponeTask(tx, task, retryDelayMs(task, RETRY));
    // Lost, it would be given again under the same MSH-10.
    await commitLater(tx);
    return completeTask(tx, task);
  });
}

interface Attempt {
  readonly state: AnswerState;
  readonly error: string | null;
}

function eventOf({ state, error }: Attempt): { step: string; detail: string | null } | undefined {
  if (state === 'pending') return undefined;
  if (state === 'delivered') return { step: 'answered', detail: null };
  const detail = state === 'no-route' ? 'sans destinataire déclaré' : `refusé par l'émetteur : ${error ?? ''}`;
  return { step: 'warning', detail: `acquittement métier ${detail}`.slice(0, 500) };
}

/** A lost answer is sent again with its own MSH-10: the sender recognises it. */
function judge(outcome: MllpOutcome, controlId: string): Attempt {
  if (outcome.kind !== 'answered') return { state: 'pending', error: outcome.reason };
  const parsed = parseMessage(outcome.message, { defaultEncoding: '8859/1' });
  const read = parsed.ok ? readAck(parsed.value) : parsed;
  if (!read.ok) return { state: 'refused', error: read.refusal.rule.title };
  // The acknowledgement of something else says nothing of this answer.
  if ((read.value.controlId ?? controlId) !== controlId)
    return { state: 'pending', error: "acquittement d'un autre message (MSA-2)" };
  return read.value.code === 'AA'
    ? { state: 'delivered', error: null }
    : { state: 'refused', error: read.value.errors[0]?.text ?? read.value.code };
}
