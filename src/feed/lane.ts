/**
 * A document of a flow on its way to API V2, before its gate. It goes on as any other once its lane is V2; until then it waits
 * for its flow, or is somebody else's to feed: it is matched and, in the shadow, built and checked, and nothing leaves.
 */
import { decideAgain, isShadowed, waitingRule } from '../lanes/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask, holdTask, type Task } from '../queue/tasks.ts';
import { laneRules } from '../rules/lanes.ts';
import type { Refusal, Result } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import type { DeliveryRecord } from '../store/deliveries.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { type DocumentLane, documentLane, flowById, putShadowResult } from '../store/lanes.ts';
import { reopenRelay } from '../store/relays.ts';
import type { Gate } from './gate.ts';
import { moveDelivery } from './settle.ts';

/** The lane that keeps it from leaving; undefined when it leaves as any other. */
export type Kept = Pick<DocumentLane, 'flowId' | 'lane' | 'carrier'>;

export async function laneOf(context: UseCaseContext, task: Task, document: DocumentRecord): Promise<Kept | undefined> {
  if (document.notice.migrating === undefined) return undefined;
  const row = await documentLane(context.pool, document.id);
  if (row === undefined) throw new Error(`document ${document.id} has lost its lane`);
  if (row.carrier !== 'none') return row.carrier === 'v2' ? undefined : row;
  const flow = await flowById(context.pool, row.flowId);
  if (flow === undefined) throw new Error(`flow ${row.flowId} is gone`);
  const decided = await transaction(context.pool, async (tx) => {
    const again = await decideAgain(tx, context, flow, document);
    await holdTask(tx, task);
    return again;
  });
  return decided.carrier === 'v2' ? undefined : { flowId: row.flowId, ...decided };
}

/** Is it built and checked, though it does not leave? */
export function isTried({ lane }: Kept): boolean {
  return isShadowed(lane);
}

/** Does somebody else feed it? Such a document is looked at once, whatever its state. */
export function isElsewhere(document: Pick<DocumentRecord, 'ruleId'>): boolean {
  return document.ruleId === laneRules.byTheOldWay.id;
}

/** What the gate, the preparation and the checks of what would leave have said. */
export interface Tried {
  readonly gate: Gate;
  readonly prepared: Result<unknown> | undefined;
}

/** In the transaction of its task, its rows locked. */
export async function stayInLane(
  tx: Db,
  context: UseCaseContext,
  { document, delivery }: { readonly document: DocumentRecord; readonly delivery: DeliveryRecord },
  kept: Kept,
  tried: Tried,
): Promise<void> {
  if (isTried(kept)) {
    const { outcome, refusal } = verdictOf(tried);
    await putShadowResult(tx, {
      documentId: document.id,
      flowId: kept.flowId,
      at: context.now(),
      outcome,
      ruleId: refusal?.rule.id ?? null,
      detail: refusal?.detail?.slice(0, 500) ?? null,
    });
  }
  if (kept.carrier === 'old') return handOnAgain(tx, context, document, delivery);
  const refusal = { rule: waitingRule(kept.lane) };
  await moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'waiting', refusal });
}

/** Taken up by a person after the old platform refused it: the same message is presented again. */
async function handOnAgain(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  delivery: DeliveryRecord,
): Promise<void> {
  const relay = await reopenRelay(tx, document.messageId);
  if (relay === undefined) return;
  const refusal = { rule: laneRules.goingOn };
  await moveDelivery(tx, context, document, delivery, { state: 'waiting', step: 'waiting', refusal });
  await addTask(tx, { kind: 'relay', subject: relay.id, orderKey: relay.orderKey, eg: document.eg });
}

function verdictOf({ gate, prepared }: Tried): {
  outcome: 'leaves' | 'waits' | 'refused';
  refusal: Refusal | undefined;
} {
  if (gate.kind === 'waiting') return { outcome: 'waits', refusal: gate.refusal };
  if (gate.kind === 'ended') return { outcome: 'refused', refusal: gate.refusal };
  if (prepared?.ok === false) return { outcome: 'refused', refusal: prepared.refusal };
  return { outcome: 'leaves', refusal: undefined };
}
