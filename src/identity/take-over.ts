/**
 * A line of a former identity repository becomes an identity, or is compared with the one that bears its number. It never
 * brings an INS, and at most VALI, where the site vouches for the checks of that repository (practice 2, 4, 5).
 */
import type { UseCaseContext } from '../queue/context.ts';
import { ok, type Result } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { type Identifier, type IdentityRecord, lockIdentity, lockNumbers } from '../store/identities.ts';
import { DECLARED_DEVICE } from './admission.ts';
import { insertNew, newRecord } from './arrival.ts';
import { type Cause, queueInsiIfDue, saveChange, withEvent } from './change.ts';
import { findPatient } from './matching.ts';
import { traitsOf } from './record.ts';
import { differingTraits, strictTraits, type TraitsInput } from './traits-input.ts';

/** A whole base asks INSi for days at its pace: who is admitted meanwhile takes turns with it, and does not wait behind it. */
const OWN_TURN = 'reprise';

export interface FormerIdentity {
  readonly traits: TraitsInput;
  readonly usedName?: string | undefined;
  readonly usedGivenName?: string | undefined;
  readonly number: Identifier;
  /** An identification device was checked there, and the site vouches for it. */
  readonly checked: boolean;
}

export interface TakenOver {
  readonly record: IdentityRecord;
  readonly created: boolean;
  /** Strict traits in which the line and the identity that bears its number differ: nothing is changed. */
  readonly differs: readonly string[];
}

export async function takeOverIdentity(
  tx: Db,
  context: UseCaseContext,
  former: FormerIdentity,
  cause: Cause,
): Promise<Result<TakenOver>> {
  const input = strictTraits(former.traits);
  if (!input.ok) return input;
  await lockNumbers(tx, [former.number]);
  const known = await findPatient(tx, [former.number]);
  if (!known.ok) return known;
  if (known.value !== undefined) {
    const { record } = known.value;
    return ok({ record, created: false, differs: differingTraits(traitsOf(record), input.value.traits) });
  }
  const record: IdentityRecord = {
    ...newRecord(context, input.value, false),
    usedName: former.usedName ?? null,
    usedGivenName: former.usedGivenName ?? null,
  };
  await insertNew(tx, record, [former.number], cause);
  const checked = former.checked
    ? withEvent(record, {
        type: 'deviceChecked',
        device: DECLARED_DEVICE,
        checkedAt: cause.at.toISOString(),
        checkedBy: cause.actor,
        coherent: true,
      })
    : ok(record);
  const draft = await queueInsiIfDue(tx, context, checked.ok ? checked.value : record, OWN_TURN);
  await saveChange(tx, record, draft, { ...cause, event: "reprise d'un référentiel", requirement: 'practice 5' });
  return ok({ record: await lockIdentity(tx, record.id), created: true, differs: [] });
}
