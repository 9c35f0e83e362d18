/** One INS, two records: the second does not get it, and both are shown side by side to the cell (ins.md 3). */
import { scorePair } from '../ins/matching/score.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Result } from '../rules/rule.ts';
import { putPairs } from '../store/candidate-pairs.ts';
import type { Db } from '../store/db.ts';
import { type IdentityRecord, identityById, lockIdentities, lockIdentity } from '../store/identities.ts';
import { type Cause, NOTHING_ASKED, queueInsiIfDue, saveChange, withEvent } from './change.ts';

/** `claimant`: the record for which the INS of `holderId` was just given. Nobody decides but a person. */
export async function showCollision(
  tx: Db,
  { now }: UseCaseContext,
  claimant: IdentityRecord,
  holderId: string,
): Promise<void> {
  const holder = await identityById(tx, holderId);
  if (holder === undefined) return;
  const { matricule, oid } = holder;
  const compared = [{ ...claimant, matricule, oid }, holder].map((record) => ({ ...record, formerMatricules: [] }));
  const [one, other] = compared;
  if (one === undefined || other === undefined) return;
  const { score, traits } = scorePair(one, other);
  await putPairs(tx, [{ ids: [claimant.id, holderId], kind: 'same-ins', score, traits }], now());
}

/** The INS that this record claimed is free. Asked without a person where practice 1 allows it; else it may be asked for. */
export async function askInsiAgain(tx: Db, context: UseCaseContext, id: string): Promise<void> {
  const record = await lockIdentity(tx, id);
  const waits = record.active && !record.mirror && record.insiRuleId === identityRules.duplicateActiveIns.id;
  if (!waits || record.matricule !== null) return;
  const draft = await queueInsiIfDue(tx, context, { ...record, ...NOTHING_ASKED });
  const cause = { at: context.now(), actor: 'system', source: 'identitovigilance' };
  await saveChange(tx, record, draft, { ...cause, event: "INS libérée par l'autre identité" });
}

/** Two people who look alike, each marked. One that is closed, fictive or somebody else's copy is left as it is. */
export async function markHomonyms(
  tx: Db,
  ids: readonly string[],
  { reason, ...cause }: Cause & { readonly reason: string },
): Promise<Result<void>> {
  for (const record of await lockIdentities(tx, ids)) {
    if (!record.active || record.mirror || record.homonyme || record.fictive) continue;
    const marked = withEvent(record, { type: 'attributeSet', attribute: 'homonyme' });
    if (!marked.ok) return marked;
    const event = `attribut posé : homonyme (${reason})`;
    await saveChange(tx, record, marked.value, { ...cause, event, requirement: 'EXI ID 24' });
  }
  return ok(undefined);
}
