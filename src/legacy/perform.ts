/** What is done for an old connector, once it is known: TD2.1, TD0.2, TD3.1b and TD3.3c (practice 17, 19, 22). */
import { legacyRules } from '../rules/legacy.ts';
import type { Refusal } from '../rules/rule.ts';
import { answered, type LegacyAnswer, queryResponse, registryResponse } from '../wire/legacy/answer.ts';
import { type ExistenceQuestion, existenceAnswer } from '../wire/legacy/existence-question.ts';
import type { LegacyPost } from '../wire/legacy/https-door.ts';
import type { LegacyIdentifier } from '../wire/legacy/patient-info.ts';
import type { LegacyQuestion, RequestFrame } from '../wire/legacy/request.ts';
import type { StoredQuestion } from '../wire/legacy/stored-question.ts';
import type { LegacySubmission } from '../wire/legacy/submission.ts';
import type { LegacySource } from './caller.ts';
import type { LegacyContext } from './context.ts';
import { askDeletion } from './deletion.ts';
import type { ExistenceDesk } from './existence.ts';
import { ACTIONS, refusedAs, wordsOf } from './explain.ts';
import { outcomeOf } from './outcome.ts';
import { receiveSubmission } from './receive.ts';
import { type Reference, referenceOf } from './references.ts';

/** The answer, and why it is no success. */
export interface Told {
  readonly answer: LegacyAnswer;
  readonly refusal?: Refusal;
}

/** One request, and who makes it. */
export interface Call {
  readonly source: LegacySource;
  readonly post: LegacyPost;
  readonly frame: RequestFrame;
  /** UUID of the answer. */
  readonly id: string;
  /** The patient of the VIHF. */
  readonly claimed: LegacyIdentifier | undefined;
}

type Performing = LegacyContext & { readonly existence: ExistenceDesk };

export function perform(context: Performing, call: Call, asked: LegacyQuestion): Promise<Told> {
  switch (asked.transaction) {
    case 'TD2.1':
      return submit(context, call, asked.submission);
    case 'TD0.2':
      return tellExistence(context, call, asked.question);
    case 'TD3.1b':
      return tellReferences(context, call, asked.query);
    case 'TD3.3c':
      return remove(context, call, asked.update.target, asked.update.patient ?? call.claimed);
  }
}

function refused({ frame, id }: Call, transaction: LegacyQuestion['transaction'], refusal: Refusal): Told {
  return { answer: refusedAs(transaction, frame, id, refusal), refusal };
}

/** Success is that of the DMP, unless the site decided otherwise, or what came is a copy (practice 17). */
async function submit(context: LegacyContext, call: Call, submission: LegacySubmission): Promise<Told> {
  const { source, post, frame, id } = call;
  const { copy, successBeforeAcceptance } = source.legacy;
  const { body, contentType, peer } = post;
  const raw = { body, contentType, peer: peer.certificateName, messageId: frame.messageId };
  const { documentIds } = await receiveSubmission(context, source, submission, raw);
  const success: Told = { answer: answered(frame, ACTIONS.submit, id, registryResponse()) };
  if (copy || source.migration?.copy === true) return success;
  const early = successBeforeAcceptance !== undefined;
  const waitMs = early ? 0 : (context.config.legacy?.acceptanceWaitMs ?? 0);
  const pending = legacyRules.stillWaiting;
  const refusal = await outcomeOf(context, documentIds, { waitMs, pending });
  if (refusal === undefined || (early && refusal.rule === pending)) return success;
  return refused(call, 'TD2.1', refusal);
}

async function tellExistence(context: Performing, call: Call, question: ExistenceQuestion): Promise<Told> {
  const { source, frame, id } = call;
  const reply = await context.existence.ask(source, question.patient);
  const said = reply.ok
    ? reply.value
    : ({ kind: 'refused', code: reply.refusal.rule.id, text: wordsOf(reply.refusal) } as const);
  const content = existenceAnswer(question, said, { id: context.newUuid(), at: context.now() });
  const answer = answered(frame, ACTIONS.existence, id, content);
  return reply.ok ? { answer } : { answer, refusal: reply.refusal };
}

/** What nobody knows is no error: the list is empty, as a registry answers. */
async function tellReferences(
  context: LegacyContext,
  call: Call,
  { by, values, returns }: StoredQuestion,
): Promise<Told> {
  const found: Reference[] = [];
  for (const value of values) {
    const reference = await referenceOf(context, call.source, { by, value, patient: call.claimed });
    if (!reference.ok) return refused(call, 'TD3.1b', reference.refusal);
    if (reference.value !== undefined) found.push(reference.value);
  }
  return { answer: answered(call.frame, ACTIONS.query, call.id, queryResponse(found, returns)) };
}

async function remove(
  context: LegacyContext,
  call: Call,
  target: string,
  patient: LegacyIdentifier | undefined,
): Promise<Told> {
  const asked = await askDeletion(context, call.source, target, patient);
  if (!asked.ok) return refused(call, 'TD3.3c', asked.refusal);
  const waitMs = context.config.legacy?.acceptanceWaitMs ?? 0;
  const refusal = await outcomeOf(context, [asked.value], { waitMs, pending: legacyRules.deletionPending });
  if (refusal !== undefined) return refused(call, 'TD3.3c', refusal);
  return { answer: answered(call.frame, ACTIONS.update, call.id, registryResponse()) };
}
