/** What of a flow goes on to its old platform, unchanged: recorded with the task that hands it on, in the caller's transaction. */
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import type { Db } from '../store/db.ts';
import { carrierOfMessage } from '../store/lanes.ts';
import { insertRelay } from '../store/relays.ts';
import { flowOf, holdLane } from './decide.ts';

export interface HandedOn {
  readonly messageId: number;
  /** Of the task that reads it: messages of one patient go on in the order of their arrival. */
  readonly orderKey: string;
}

/** A message that brought documents goes on when the lane decided for them is the old one. */
export async function handOnDocuments(
  tx: Db,
  context: UseCaseContext,
  source: Source,
  message: HandedOn,
): Promise<boolean> {
  const flow = flowOf(source, 'hl7');
  if (!flow.relayed) return false;
  const held = await holdLane(tx, context, flow);
  const carrier = await carrierOfMessage(tx, message.messageId);
  // Of one that could not be read nothing is chosen by a canary: only the lanes that take everything keep it here.
  const old = carrier === undefined ? !TAKES_ALL.has(held.lane) : carrier === 'old';
  if (old) await handOn(tx, context, held.id, source, message);
  return old;
}

const TAKES_ALL: ReadonlySet<string> = new Set(['v2', 'closed']);

/** Does a message that we cannot read go on all the same? */
export async function keepsUnread(tx: Db, context: UseCaseContext, source: Source): Promise<boolean> {
  return !TAKES_ALL.has((await holdLane(tx, context, flowOf(source, 'hl7'))).lane);
}

/** Admissions and merges: the old platform knows its patients by them until the flow is closed. */
export async function handOnAdmission(
  tx: Db,
  context: UseCaseContext,
  source: Source,
  message: HandedOn,
): Promise<void> {
  if (source.migration?.oldPlatform?.admissions !== true) return;
  const held = await holdLane(tx, context, flowOf(source, 'hl7'));
  if (held.lane !== 'closed') await handOn(tx, context, held.id, source, message);
}

async function handOn(
  tx: Db,
  context: UseCaseContext,
  flowId: string,
  { eg }: Source,
  { messageId, orderKey }: HandedOn,
): Promise<void> {
  const id = context.newUuid();
  const key = `relay:${flowId}:${orderKey}`;
  const added = await insertRelay(tx, { id, flowId, messageId, orderKey: key, createdAt: context.now() });
  if (added) await addTask(tx, { kind: 'relay', subject: id, orderKey: key, eg });
}
