/** A merge of two people is undone: each record with its numbers, stays and documents; what left meanwhile is listed. */
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { matchingRules } from '../rules/matching.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { setAside } from '../store/candidate-pairs.ts';
import { type Db, maybe, transaction } from '../store/db.ts';
import {
  type IdentityRecord,
  identityById,
  lockIdentities,
  otherHolderOf,
  updateIdentity,
} from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';
import { giveBack, lockStandingMerge, type MergeRecord, noteUndone, pointBackTo } from '../store/merges.ts';
import { listMisfiled, moveDocuments, restoreNumbers } from '../store/misfiled.ts';
import { type Cause, type Draft, queueInsiIfDue, saveChange, withEvent } from './change.ts';
import { deskCause, type Editor } from './desk.ts';
import { frozenAgain, recallMisfiled } from './recall-proposals.ts';

export interface Separated {
  /** The record that lives again, or is new. */
  readonly identityId: string;
  /** The record that had both. */
  readonly keptId: string;
  /** Documents that had not left, and followed. */
  readonly moved: number;
  /** Documents that left under the other record: to be recalled. */
  readonly misfiled: number;
}

/** `loserId`: the record that the merge closed. */
export async function undoMerge(
  context: UseCaseContext,
  loserId: string,
  reason: string,
  editor: Editor,
): Promise<Result<Separated>> {
  if (context.config.context !== 1) return refuse(identityRules.mirrorReadOnly);
  const cause = deskCause(context, editor.name);
  return transaction(context.pool, async (tx) => {
    const read = await identityById(tx, loserId);
    if (read?.mergedInto == null) return refuse(matchingRules.notMerged);
    const locked = await lockIdentities(tx, [loserId, read.mergedInto]);
    const [loser, survivor] = [loserId, read.mergedInto].map((id) => locked.find((record) => record.id === id));
    const merge = await lockStandingMerge(tx, loserId);
    // Otherwise it was undone, or its survivor was merged in its turn, between the reading and the lock.
    if (loser?.mergedInto !== survivor?.id || loser === undefined || survivor?.active !== true)
      return refuse(matchingRules.notMerged);
    if (merge === undefined) return refuse(matchingRules.mergeUntraced);
    await noteUndone(tx, merge.id, { at: cause.at, by: cause.actor, reason });
    await giveBack(tx, merge, survivor.id, loser.id);
    const counts = await shareDocuments(tx, merge, survivor.id, loser.id, { ...cause, reason });
    await reopen(tx, context, loser, survivor, cause, reason);
    await keep(tx, merge, loser, survivor, cause, reason);
    await pointBackTo(tx, loser.id);
    const decided = { state: 'different', at: cause.at, by: cause.actor, reason } as const;
    await setAside(tx, [loser.id, survivor.id], decided);
    return ok({ identityId: loser.id, keptId: survivor.id, ...counts });
  });
}

async function shareDocuments(tx: Db, merge: MergeRecord, from: string, to: string, cause: Cause & { reason: string }) {
  await restoreNumbers(tx, merge.documents);
  const belonging = { from, to, documentIds: merge.documents.map(({ id }) => id) };
  const misfiled = await listMisfiled(tx, belonging, { cause: 'unmerge', at: cause.at, actor: cause.actor });
  await recallMisfiled(tx, belonging, { ...cause, cause: 'unmerge' });
  return { moved: await moveDocuments(tx, belonging), misfiled };
}

/** It lives again as it was; an INS that another record bears by now does not come back with it. */
async function reopen(
  tx: Db,
  context: UseCaseContext,
  loser: IdentityRecord,
  survivor: IdentityRecord,
  cause: Cause,
  reason: string,
): Promise<void> {
  const open: Draft = { ...loser, active: true, mergedInto: null };
  const event = `fusion annulée : dossier rétabli, séparé de ${survivor.id} (${reason})`;
  const alive = await withoutTakenIns(tx, open);
  const frozenAt = await frozenAgain(tx, alive, survivor.id, { ...cause, event });
  const draft = await queueInsiIfDue(tx, context, { ...alive, frozenAt });
  await saveChange(tx, loser, draft, { ...cause, event, requirement: 'ins.md 3' });
}

async function withoutTakenIns(tx: Db, draft: Draft): Promise<Draft> {
  const { matricule, oid } = draft;
  if (matricule === null || oid === null) return draft;
  if ((await otherHolderOf(tx, { matricule, oid }, draft.id)) === undefined) return draft;
  const lost = withEvent(draft, { type: 'verificationFailed' });
  return lost.ok ? lost.value : draft;
}

/**
 * The record that stays: it keeps what it has. An opposition that came with the other goes with the other, unless somebody
 * spoke of it since. Its version grows in any case: what is being sent for it is looked at again.
 */
async function keep(
  tx: Db,
  merge: MergeRecord,
  loser: IdentityRecord,
  survivor: IdentityRecord,
  cause: Cause,
  reason: string,
): Promise<void> {
  const borrowed = survivor.feedOpposition && loser.feedOpposition && !merge.opposedBefore;
  const opposed = survivor.feedOpposition && !(borrowed && !(await spokenOf(tx, survivor.id, merge.at)));
  const event = `fusion annulée : dossier ${loser.id} séparé (${reason})`;
  if (opposed === survivor.feedOpposition) {
    await updateIdentity(tx, { ...survivor, updatedAt: cause.at });
    await addHistory(tx, survivor.id, {
      ...cause,
      event,
      requirement: 'ins.md 3',
      before: undefined,
      after: undefined,
    });
  } else await saveChange(tx, survivor, { ...survivor, feedOpposition: opposed }, { ...cause, event });
}

async function spokenOf(tx: Db, identityId: string, since: Date): Promise<boolean> {
  const said = await maybe(
    tx,
    `select 1 from identity_history where identity_id = $1 and at > $2 and after ? 'feedOpposition' limit 1`,
    [identityId, since],
  );
  return said !== undefined;
}
