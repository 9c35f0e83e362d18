/** The cell settles what an application says otherwise of a proved identity: ours are kept, or theirs adopted (ins.md 3). */
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { discrepancyById, lockDiscrepancy, settleDiscrepancy } from '../store/discrepancies.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';
import type { Draft } from './change.ts';
import { correctedDraft } from './correction.ts';
import { deskCause, type Editor, edit, type PresentedDevice } from './desk.ts';

interface Settlement {
  /** `keep`: the traits of the identity are right. `adopt`: those received are, and ours are unlocked. */
  readonly decision: 'keep' | 'adopt';
  readonly reason: string;
  /** The device that shows the traits adopted. */
  readonly device?: PresentedDevice | undefined;
}

/** The cell settles. Adopting is an unlocking like any other: same rules, same losses. */
export async function settleReceivedTraits(
  context: UseCaseContext,
  id: string,
  { decision, reason, device }: Settlement,
  editor: Editor,
): Promise<Result<IdentityRecord>> {
  const found = await discrepancyById(context.pool, id);
  if (found === undefined) return refuse(apiRules.notFound);
  if (!editor.settles) return refuse(identityLifecycleRules.unlockNotAllowed);
  const from = found.actor.replace(/^source:/, '');
  const how = { actor: editor.name, event: `écart tranché : traits de ${from} retenus (${reason})` };
  return edit(context, found.identityId, how, async (tx, record) => {
    const discrepancy = await lockDiscrepancy(tx, id);
    if (discrepancy?.state !== 'open') return refuse(identityLifecycleRules.discrepancySettled);
    const cause = deskCause(context, editor.name);
    const settled = { at: cause.at, by: editor.name, reason };
    if (decision === 'adopt') {
      const correction = { ...discrepancy.traits, unlock: true, device, reason };
      const adopted: Result<Draft> = await correctedDraft(tx, context, record, correction, editor);
      if (adopted.ok) await settleDiscrepancy(tx, id, { ...settled, state: 'adopted' });
      return adopted;
    }
    await settleDiscrepancy(tx, id, { ...settled, state: 'kept' });
    const event = `écart tranché : traits de l'identité gardés contre ${from} (${reason})`;
    await addHistory(tx, record.id, { ...cause, event, requirement: null, before: undefined, after: undefined });
    return ok(record);
  });
}
