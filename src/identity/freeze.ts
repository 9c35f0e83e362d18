/** What a recall does to an identity: it is frozen while a question is open, and loses an INS that is another person's. */
import { sameIns } from '../ins/broken-ins.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Db } from '../store/db.ts';
import { lockIdentity } from '../store/identities.ts';
import { saveChange, withEvent } from './change.ts';
import { isAsked, isForbidden } from './recall-proposals.ts';

type Ins = { readonly matricule: string; readonly oid: string };

/** Freezes or unfreezes the identity, as its recalls now stand. `withdrawn`: an INS that it must not carry any more. */
export async function applyRecalls(
  tx: Db,
  context: UseCaseContext,
  identityId: string,
  how: { readonly actor: string; readonly event: string; readonly withdrawn?: Ins },
): Promise<void> {
  const record = await lockIdentity(tx, identityId);
  const at = context.now();
  const { matricule, oid } = record;
  const { withdrawn } = how;
  const carries =
    withdrawn !== undefined && matricule !== null && oid !== null && sameIns({ matricule, oid }, withdrawn);
  // A copy of an upstream repository keeps its INS until that one corrects it: it stays frozen meanwhile.
  const without = carries ? withEvent(record, { type: 'verificationFailed' }) : undefined;
  const draft = without?.ok === true ? without.value : record;
  const held = (await isAsked(tx, identityId)) || (await isForbidden(tx, draft));
  const source = how.actor.startsWith('token:') ? 'API' : 'console';
  const cause = { at, actor: how.actor, source, event: how.event, requirement: 'promesse 6' };
  await saveChange(tx, record, { ...draft, frozenAt: held ? (record.frozenAt ?? at) : null }, cause);
}
