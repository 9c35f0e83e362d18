/** Recalls before the strict DMP: two people, and the steps that most tests share. */
import assert from 'node:assert/strict';
import type { UseCaseBench } from '../../test/support/use-case-bench.ts';
import type { Result } from '../rules/rule.ts';
import { type Recall, recallById } from '../store/recalls.ts';
import { openRecall } from './open.ts';
import { approveRecall, prepareRecall } from './prepare.ts';
import { recallDetail } from './report.ts';

export const ANNE = { name: 'user:anne', eg: null };
export const BRUNO = { name: 'user:bruno', eg: null };
export const WRONG = { decision: 'wrong-person', explanation: 'homonyme confondu à l’accueil' } as const;

export function settled<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.refusal.rule.id);
  return result.value;
}

export function ruleOf(result: Result<unknown>): string {
  return result.ok ? '' : result.refusal.rule.id;
}

/** Of a wrong person, prepared by one and approved by the other. */
export async function approved({ context, identity }: UseCaseBench, count = 1): Promise<Recall> {
  const { id: identityId } = await identity();
  const { id } = settled(await openRecall(context, ANNE, { identityId, reason: 'essai', answer: WRONG }));
  settled(await prepareRecall(context, ANNE, id, undefined));
  return settled(await approveRecall(context, BRUNO, id, count));
}

/** The recall looks again once its requests have ended. */
export async function settleRecall(bench: UseCaseBench): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await bench.settle();
    await bench.run('reconcile', 'recall');
  }
  await bench.settle();
}

export async function detailOf({ context }: UseCaseBench, id: string) {
  const recall = await recallById(context.pool, id);
  assert.ok(recall);
  return { recall, ...(await recallDetail(context.pool, context, recall, null)) };
}
