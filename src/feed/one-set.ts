/**
 * Documents of one message that leave in one submission set, for the sources that ask for it. Their sendings meet in memory, in the
 * process that runs them: each keeps its own task, its own frozen delivery and its own end, so that after any crash each is asked
 * for by its uniqueId like a document that left alone. What does not come in time leaves alone.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Pool } from 'pg';
import { sourceOfDocument } from '../config/lookup.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import { dmpRules } from '../rules/dmp.ts';
import type { Refusal } from '../rules/rule.ts';
import { one } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { ComposedSubmission } from '../wire/dmp/client.ts';
import type { SubmitOutcome } from '../wire/dmp/outcome.ts';
import type { Acting } from '../wire/vihf/acting.ts';
import type { Submission } from '../wire/xds/submission.ts';
import { coherenceOf } from './coherence.ts';
import type { FeedContext } from './dmp-circuit.ts';
import { finish, freeze, holdBack, type Job, settle } from './job.ts';
import { moveDelivery } from './settle.ts';
import { identifiersOfSet } from './submission.ts';

/** A document about to leave, looked at and found right. */
export interface Leaver {
  readonly job: Job;
  readonly identity: IdentityRecord;
  readonly patient: QualifiedIdentity;
  readonly acting: Acting;
  /** Of this document alone. */
  readonly submission: Submission;
  readonly sha1: string;
}

/** What the handler of one document does, once the set is over. */
type End = () => Promise<void>;

interface Meeting {
  readonly leavers: Leaver[];
  readonly ends: Promise<ReadonlyMap<Leaver, End>>;
  readonly close: () => void;
}

/** By database: what a process holds of one says nothing of another. */
const meetings = new WeakMap<Pool, Map<number, Meeting>>();
/** Messages whose set was refused: each of their documents says by itself what is wrong with it. */
const parted = new WeakMap<Pool, Set<number>>();
const MOST_PARTED = 1_000;

/** Whether others of its message are expected to leave with it. Asks nothing for a source that does not want sets. */
export async function leavesWithOthers(context: FeedContext, document: DocumentRecord): Promise<boolean> {
  if (!sourceOfDocument(context.config, document).oneSetPerMessage || document.action !== 'create') return false;
  if (kept(parted, context.pool, () => new Set<number>()).has(document.messageId)) return false;
  return (await expected(context, document)) > 1;
}

/** Documents of this message that are ready, or about to be. */
async function expected({ pool }: FeedContext, { messageId }: DocumentRecord): Promise<number> {
  const { count } = await one<{ count: number }>(
    pool,
    `select count(*)::integer as count from document
      where message_id = $1 and action = 'create' and state in ('received', 'ready')`,
    [messageId],
  );
  return count;
}

/** Waits for the others, sends the set once, and ends this document. `alone`: how it leaves by itself. */
export async function sendWithOthers(
  context: FeedContext,
  leaver: Leaver,
  alone: (leaver: Leaver) => Promise<void>,
): Promise<void> {
  const { document } = leaver.job;
  const open = kept(meetings, context.pool, () => new Map<number, Meeting>());
  const meeting = open.get(document.messageId) ?? openMeeting(context, document.messageId, open);
  meeting.leavers.push(leaver);
  if (meeting.leavers.length >= (await expected(context, document))) meeting.close();
  const end = (await meeting.ends).get(leaver);
  await (end === undefined ? alone(leaver) : end());
}

function openMeeting(context: FeedContext, messageId: number, open: Map<number, Meeting>): Meeting {
  const leavers: Leaver[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, context.dmpConfig.setWaitMs);
  const ends = promise.then(() => {
    clearTimeout(timer);
    // Whoever comes from now on opens another.
    open.delete(messageId);
    return sendSet(context, leavers);
  });
  const meeting = { leavers, ends, close: resolve };
  open.set(messageId, meeting);
  return meeting;
}

/** A document that has no end here leaves alone: it is of another patient or caller, or the set cannot be made. */
async function sendSet(context: FeedContext, leavers: readonly Leaver[]): Promise<ReadonlyMap<Leaver, End>> {
  const ends = new Map<Leaver, End>();
  const [first] = leavers;
  const members = leavers
    .filter(({ acting, patient }) => isDeepStrictEqual([acting, patient.ins], [first?.acting, first?.patient.ins]))
    .sort((a, b) => a.job.document.part - b.job.document.part);
  const set = members.length < 2 ? undefined : await compose(context, members, members);
  if (set === undefined) return ends;
  const frozen = await freezeAll(context, members, set.uniqueId, ends);
  if (frozen.length === 0) return ends;
  // One that changed meanwhile stays: the set is made again without it, under the identifier that the others are frozen with.
  const leaving = frozen.length === members.length ? set : await compose(context, members, frozen);
  if (leaving === undefined) {
    const refusal = { rule: dmpRules.keyUnavailable };
    for (const member of frozen) ends.set(member, () => holdBack(context, member.job, 'sending', refusal, true));
    return ends;
  }
  const outcome = await leaving.composed.send();
  for (const member of frozen) ends.set(member, () => endOf(context, member, outcome, leaving.warnings, frozen.length));
  return ends;
}

interface ComposedSet {
  readonly uniqueId: Submission['uniqueId'];
  readonly composed: ComposedSubmission;
  readonly warnings: readonly Refusal[];
}

/** `members` give the set its identifiers, `leaving` are in it. Undefined when it cannot be signed, or contradicts itself. */
async function compose(
  context: FeedContext,
  members: readonly Leaver[],
  leaving: readonly Leaver[],
): Promise<ComposedSet | undefined> {
  const [first, ...others] = leaving;
  if (first === undefined) return undefined;
  const documents = [first.job.document, ...others.map(({ job }) => job.document)] as const;
  const ids = identifiersOfSet(
    context,
    members.map(({ job }) => job.document),
  );
  if (!ids.ok) return undefined;
  const [document] = first.submission.documents;
  const submission: Submission = {
    ...first.submission,
    ...ids.value,
    documents: [document, ...others.flatMap((other) => other.submission.documents)],
  };
  const composed = await context.dmp.compose(submission, first.acting);
  if (!composed.ok) return undefined;
  const { stop, warnings } = coherenceOf(context, documents, first.patient, composed.value.leaving);
  return stop === undefined ? { uniqueId: submission.uniqueId, composed: composed.value, warnings } : undefined;
}

/** Each by itself, under its own lease: one that may not leave any more is settled by `freeze`, and does not leave. */
async function freezeAll(
  context: FeedContext,
  members: readonly Leaver[],
  submissionUniqueId: string,
  ends: Map<Leaver, End>,
): Promise<Leaver[]> {
  const frozen: Leaver[] = [];
  for (const member of members) {
    const { job, identity, patient } = member;
    ends.set(member, async () => undefined);
    try {
      if (await freeze(context, job, { identity, submissionUniqueId, ins: patient.ins })) frozen.push(member);
    } catch (error) {
      // Its lease was lost, or the database went away: its own handler says so.
      ends.set(member, () => Promise.reject(error));
    }
  }
  return frozen;
}

async function endOf(
  context: FeedContext,
  { job, sha1 }: Leaver,
  outcome: SubmitOutcome,
  warnings: readonly Refusal[],
  together: number,
): Promise<void> {
  const ofTheContent =
    outcome.kind !== 'accepted' &&
    outcome.class === 'permanent' &&
    (outcome.kind === 'refused' || outcome.refusal.rule === dmpRules.httpTooLarge);
  if (together === 1 || !ofTheContent) return settle(context, job, outcome, sha1, warnings);
  // The DMP takes all of a set or nothing: nothing is there, and which document it does not want is not known yet.
  const apart = kept(parted, context.pool, () => new Set<number>());
  apart.add(job.document.messageId);
  for (const oldest of apart) {
    if (apart.size <= MOST_PARTED) break;
    apart.delete(oldest);
  }
  await finish(context, job, 'sending', { comesBackAfterMs: 0 }, (tx, document, delivery) =>
    moveDelivery(tx, context, document, delivery, { state: 'ready', step: 'postponed', refusal: outcome.refusal }),
  );
}

function kept<T extends object>(by: WeakMap<Pool, T>, pool: Pool, make: () => T): T {
  const found = by.get(pool) ?? make();
  by.set(pool, found);
  return found;
}
