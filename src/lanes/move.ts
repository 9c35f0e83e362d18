/** A flow goes forward or back: one action, dated, signed, motivated, kept in its history and in the sealed audit trail. */
import type { Lane } from '../config/migration-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { laneRules } from '../rules/lanes.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { type CanaryRule, flowById, insertMove, type LaneFlow, lockFlow } from '../store/lanes.ts';
import { addAudit } from '../store/proofs.ts';
import type { Reason } from './blocking.ts';
import { reasonsFor } from './evidence.ts';
import { directionOf, isCanaryRule } from './machine.ts';

export interface MoveOrder {
  readonly flowId: string;
  readonly to: Lane;
  /** With the lane `canary`, and only with it. */
  readonly canary?: CanaryRule | undefined;
  readonly reason: string;
  /** Revision of the flow that the person saw. */
  readonly revision: number;
  readonly actor: { readonly name: string; readonly role: string };
  /** Of somebody who answers for the installation: goes forward in spite of the reasons that may be set aside. */
  readonly overrides?: boolean;
}

/** What stands against a lane: gathered from evidence, unless a test says it. */
type Against = (context: UseCaseContext, flow: LaneFlow, to: Lane) => Promise<readonly Reason[]>;

const LONGEST_REASON = 500;

/** Documents already decided stay in their lane; those that wait are decided again, by a task of this very transaction. */
export async function moveFlow(
  context: UseCaseContext,
  order: MoveOrder,
  against: Against = reasonsFor,
): Promise<Result<LaneFlow>> {
  const { to, canary, actor } = order;
  const reason = order.reason.trim().slice(0, LONGEST_REASON);
  if (reason === '') return refuse(laneRules.reasonMissing);
  if ((to === 'canary') !== (canary !== undefined) || (canary !== undefined && !isCanaryRule(canary)))
    return refuse(laneRules.canaryInvalid);
  const named = await flowById(context.pool, order.flowId);
  if (named === undefined) return refuse(apiRules.notFound);
  // Before the lock: every document of the flow would wait for the answer.
  const forward = directionOf(named.lane, to) === 'forward';
  const reasons = forward ? await against(context, named, to) : [];
  const standing = reasons.filter(({ absolute }) => absolute || order.overrides !== true);
  if (standing.length > 0)
    return refuse(laneRules.blocked, { detail: [...new Set(standing.map(({ rule }) => rule.id))].join(', ') });
  return transaction(context.pool, async (tx) => {
    const flow = await lockFlow(tx, named);
    if (flow?.revision !== order.revision) return refuse(laneRules.movedMeanwhile);
    if (directionOf(flow.lane, to) === undefined)
      return refuse(laneRules.notThisMove, { detail: `${flow.lane} → ${to}` });
    const at = context.now();
    const moved = { from: flow.lane, to, canary: canary ?? null, reason };
    await insertMove(tx, flow.id, {
      ...moved,
      at,
      actor: actor.name,
      overridden: [...new Set(reasons.map(({ rule }) => rule.id))],
    });
    await addAudit(tx, {
      at,
      actor: actor.name,
      role: actor.role,
      action: `lane ${flow.lane} → ${to}`,
      subject: `flow:${flow.id}`,
      reason,
      outcome: 'done',
    });
    await addTask(tx, { kind: 'lane', subject: flow.id, eg: flow.eg });
    return ok(await again(tx, flow));
  });
}

async function again(tx: Db, { id }: LaneFlow): Promise<LaneFlow> {
  const flow = await flowById(tx, id);
  if (flow === undefined) throw new Error(`flow ${id} is gone`);
  return flow;
}
