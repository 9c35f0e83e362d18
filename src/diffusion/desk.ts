/** What a person decides about a subscriber: send again what it refused, give it up, hold it, load it. */
import type { UseCaseContext } from '../queue/context.ts';
import { diffusionRules } from '../rules/diffusion.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import { abandonEntry, lockEntry, pauseSubscriber, queueAgain } from '../store/subscribers.ts';

export type Decision = { readonly action: 'resend' } | { readonly action: 'abandon'; readonly reason: string };

/** Of a refused message only. Sent again, it says what the identity is by now. */
export async function decideRefused(
  { pool, now }: UseCaseContext,
  entryId: number,
  decision: Decision,
  actor: string,
): Promise<Result<true>> {
  return transaction(pool, async (tx) => {
    const entry = await lockEntry(tx, entryId);
    if (entry?.state !== 'refused') return refuse(diffusionRules.entryNotRefused);
    if (decision.action === 'resend') await queueAgain(tx, entry.id);
    else {
      const ruleId = diffusionRules.abandoned.id;
      await abandonEntry(tx, entry.id, { actor, ruleId, reason: decision.reason, at: now() });
    }
    return ok(true);
  });
}

/** Nothing is lost while a subscriber is held: what changes goes on waiting for it. */
export async function holdSubscriber({ pool }: UseCaseContext, name: string, held: boolean): Promise<Result<true>> {
  return (await pauseSubscriber(pool, name, held)) ? ok(true) : refuse(diffusionRules.subscriberUnknown);
}
