/** Handler of the `answer` tasks: gives a business acknowledgement to the application that sent the document. */
import { sourceOfSender } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTask, postponeTask, retryDelayMs, type Task } from '../queue/tasks.ts';
import { type AnswerState, answerById, recordAnswerAttempt } from '../store/answers.ts';
import { commitLater, transaction } from '../store/db.ts';
import { type Exchanged, exchange } from '../wire/hl7v2/exchange.ts';
import type { MllpClient } from '../wire/hl7v2/mllp-client.ts';
import { createMllpClients } from '../wire/hl7v2/mllp-clients.ts';
import type { ClientTls } from '../wire/soap/transport.ts';

const RETRY = { firstMs: 1_000, maxMs: 60_000 };
const TIMEOUT_MS = 10_000;

export interface AnswerSender {
  readonly handler: (task: Task) => Promise<void>;
  /** The connections to come are made with this certificate. */
  renew(tls: ClientTls): Promise<void>;
  close(): Promise<void>;
}

/** `tls`: the gateway's own certificate, for routes that ask for it. */
export function createAnswerSender(context: UseCaseContext, tls: ClientTls | undefined): AnswerSender {
  const clients = createMllpClients(tls);
  const clientOf = (route: NonNullable<Source['answers']>): MllpClient =>
    clients.of(`${route.host}:${route.port}`, { ...route, timeoutMs: TIMEOUT_MS });
  return {
    handler: (task) => deliverAnswer(context, clientOf, task),
    renew: clients.renew,
    close: clients.close,
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
    route === undefined
      ? { state: 'no-route', error: null }
      : attemptOf(await exchange(clientOf(route), answer.er7, answer.id));
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
function attemptOf(exchanged: Exchanged): Attempt {
  if (exchanged.kind === 'unanswered') return { state: 'pending', error: exchanged.error };
  if (exchanged.kind === 'unreadable') return { state: 'refused', error: exchanged.why };
  const { code, said } = exchanged;
  return code === 'AA' ? { state: 'delivered', error: null } : { state: 'refused', error: said ?? code };
}
