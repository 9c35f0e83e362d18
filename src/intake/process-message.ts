/** Handler of the `message` tasks: an accepted message becomes an identity or documents, in one transaction. */
import { sourceOfSender } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import { draftDocument, receiveDocument, recordDraft } from '../documents/index.ts';
import type { Foreseen, Foresight } from '../feed/index.ts';
import { receiveAdmission, receiveMerge } from '../identity/index.ts';
import { type HandedOn, handOnAdmission, handOnDocuments } from '../lanes/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { completeTasks, type Task } from '../queue/tasks.ts';
import type { BatchHandler } from '../queue/worker.ts';
import { gatewayRules } from '../rules/gateway.ts';
import type { Refusal } from '../rules/rule.ts';
import { receiveMovement } from '../stays/index.ts';
import { commitLater, type Db, transaction } from '../store/db.ts';
import { loadMessage, loadMessages, type StoredMessage, settleMessage } from '../store/messages.ts';
import { type Admission, readAdmission } from '../wire/hl7v2/admission.ts';
import { readDocumentNotices } from '../wire/hl7v2/document-notice.ts';
import { readHeader } from '../wire/hl7v2/header.ts';
import { readMerge } from '../wire/hl7v2/merge.ts';
import { parseMessage } from '../wire/hl7v2/message.ts';
import type { PatientSegment } from '../wire/hl7v2/patient-segment.ts';
import { orderKeyOfPatient } from './receive.ts';

/**
 * A message that fails so often meets a bug: it is set aside with its explanation, and the next messages of the same
 * patient, which wait behind it, go on. At one try per lease that is some minutes.
 */
const MOST_ATTEMPTS = 20;

/** Messages that one transaction may read: half the commits and reads already at 2, and what one delays stays small. */
const MOST_TOGETHER = 16;

/**
 * Messages claimed together are read in one transaction: one commit, and one look at the table for all. Those that bring a
 * usual document have one of their own: it locks identities, which nothing else of it must wait for.
 */
export function messageBatchHandler(context: UseCaseContext, foresight?: Foresight): BatchHandler {
  const all = (tasks: readonly Task[]) => readMessages(context, tasks, foresight);
  return { most: MOST_TOGETHER, all, one: (task) => all([task]) };
}

type Messages = Awaited<ReturnType<typeof loadMessages>>;

async function readMessages(
  context: UseCaseContext,
  tasks: readonly Task[],
  foresight: Foresight | undefined,
): Promise<void> {
  const ids = tasks.map(({ subject }) => Number(subject));
  const messages = await loadMessages(context.pool, ids, context.kept);
  const usual: Usual[] = [];
  const others: Task[] = [];
  const looked = await Promise.all(tasks.map((task) => lookAhead(context, messages, task, foresight)));
  for (const [index, task] of tasks.entries()) {
    const foreseen = looked[index];
    if (foreseen === undefined) others.push(task);
    else usual.push({ task, foreseen });
  }
  if (foresight !== undefined && usual.length > 0) await settleUsual(context, foresight, usual);
  if (others.length > 0) await readInOrder(context, others, messages);
}

interface Usual {
  readonly task: Task;
  readonly foreseen: Foreseen;
}

/** The one document of the message, when it can be foreseen whole. */
async function lookAhead(
  context: UseCaseContext,
  messages: Messages,
  { subject, attempts }: Task,
  foresight: Foresight | undefined,
): Promise<Foreseen | undefined> {
  const message = messages.get(Number(subject));
  if (foresight === undefined || message?.state !== 'accepted' || attempts > MOST_ATTEMPTS) return undefined;
  const source = sourceOfSender(context.config, message.sender);
  const parsed = source && parseMessage(message.body, { defaultEncoding: source.defaultCharset });
  if (parsed?.ok !== true || source === undefined || readHeader(parsed.value).type === 'ADT') return undefined;
  // Its lane is decided as it is recorded.
  if (source.migration !== undefined) return undefined;
  const notices = readDocumentNotices(parsed.value);
  const [notice, another] = notices.ok ? notices.value : [];
  if (notice === undefined || another !== undefined) return undefined;
  const draft = await draftDocument(context.pool, context, message, notice, source);
  return draft.ok ? foresight.look(draft.value) : undefined;
}

async function settleUsual(context: UseCaseContext, foresight: Foresight, usual: readonly Usual[]): Promise<void> {
  await transaction(context.pool, async (tx) => {
    const tasks = usual.map(({ task }) => task);
    const all = usual.map(({ foreseen }) => foreseen);
    const [, confirmed] = await Promise.all([completeTasks(tx, tasks), foresight.confirm(tx, all)]);
    for (const foreseen of all) {
      const written = confirmed.includes(foreseen) && (await foresight.write(tx, foreseen));
      const received = written ? undefined : await recordDraft(tx, context, foreseen.draft);
      const stopped = received?.ok === false ? received.refusal : undefined;
      await settle(tx, context, foreseen.draft.incoming.message, stopped);
    }
  });
}

async function readInOrder(context: UseCaseContext, tasks: readonly Task[], messages: Messages): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await completeTasks(tx, tasks);
    for (const task of tasks) {
      const message = messages.get(Number(task.subject)) ?? (await loadMessage(tx, Number(task.subject), context.kept));
      if (message.state !== 'accepted') continue;
      const stopped: Refusal | undefined =
        task.attempts > MOST_ATTEMPTS ? { rule: gatewayRules.unexpected } : await process(tx, context, message);
      await settle(tx, context, message, stopped);
    }
  });
}

function settle(tx: Db, context: UseCaseContext, message: StoredMessage, stopped: Refusal | undefined): Promise<void> {
  const why = stopped === undefined ? undefined : { ruleId: stopped.rule.id, detail: stopped.detail };
  return settleMessage(tx, message.id, context.now(), why);
}

/** What stopped it, or must be seen by somebody; undefined when all went through. */
async function process(tx: Db, context: UseCaseContext, message: StoredMessage): Promise<Refusal | undefined> {
  const source = sourceOfSender(context.config, message.sender);
  if (source === undefined) return { rule: gatewayRules.senderUnknown };
  const parsed = parseMessage(message.body, { defaultEncoding: source.defaultCharset });
  if (!parsed.ok) return parsed.refusal;
  const { type, event } = readHeader(parsed.value);
  if (event === 'A40' || event === 'A47') {
    const merge = readMerge(parsed.value);
    if (merge.ok) await handOnAdmission(tx, context, source, handedOn(context, source, message, merge.value.patient));
    const received = merge.ok ? await receiveMerge(tx, context, merge.value, source) : merge;
    return received.ok ? received.value.notice : received.refusal;
  }
  if (type === 'ADT') {
    const admission = readAdmission(parsed.value);
    if (admission.ok)
      await handOnAdmission(tx, context, source, handedOn(context, source, message, admission.value.patient));
    return admission.ok ? admit(tx, context, message, admission.value, source) : admission.refusal;
  }
  const notices = readDocumentNotices(parsed.value);
  if (!notices.ok) return notices.refusal;
  let stopped: Refusal | undefined;
  for (const notice of notices.value) {
    const received = await receiveDocument(tx, context, message, notice, source);
    if (!received.ok) stopped ??= received.refusal;
  }
  const [{ patient }] = notices.value;
  // Decided once, with its documents.
  const goesOn = await handOnDocuments(tx, context, source, handedOn(context, source, message, patient));
  if (stopped === undefined && !goesOn) await commitLater(tx);
  return stopped;
}

function handedOn(context: UseCaseContext, source: Source, message: StoredMessage, patient: PatientSegment): HandedOn {
  return { messageId: message.id, orderKey: orderKeyOfPatient(context, source, patient) };
}

/** The identity, then the movement of its stay: a movement that cannot be kept takes nothing from the identity. */
async function admit(
  tx: Db,
  context: UseCaseContext,
  message: StoredMessage,
  admission: Admission,
  source: Source,
): Promise<Refusal | undefined> {
  const received = await receiveAdmission(tx, context, admission, source);
  if (!received.ok) return received.refusal;
  const { identityId, notice } = received.value;
  const unkept = await receiveMovement(tx, context, message, admission, source, identityId);
  return notice ?? unkept;
}
