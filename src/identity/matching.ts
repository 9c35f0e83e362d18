/** Which identity a message speaks of, by its local numbers. */
import { ippsOf } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { bearerOf, type Identifier, type IdentityRecord, lockIdentity } from '../store/identities.ts';
import type { Identifier as ReceivedIdentifier } from '../wire/hl7v2/patient-segment.ts';

export interface Match {
  /** Locked until the transaction ends. */
  readonly record: IdentityRecord;
  /** Every number by which it was found was given up by a merge or a change. */
  readonly retired: boolean;
}

export function numbersOf(
  { config }: UseCaseContext,
  source: Source,
  received: readonly ReceivedIdentifier[],
): Identifier[] {
  return ippsOf(config, source, received).map((ipp) => ({ ...ipp, kind: 'PI' }));
}

/** Merges that can pass between the reading of a number and the lock on its bearer. */
const MOST_MOVES = 5;

/** The one identity that these numbers designate; two different ones are a conflict that a person must settle. */
export async function findPatient(tx: Db, identifiers: readonly Identifier[]): Promise<Result<Match | undefined>> {
  for (let moves = 0; moves < MOST_MOVES; moves++) {
    const found = [];
    for (const identifier of identifiers) found.push(await bearerOf(tx, identifier));
    const bearers = found.filter((bearer) => bearer !== undefined);
    const ids = new Set(bearers.map(({ identityId }) => identityId));
    if (ids.size > 1) return refuse(identityRules.ippConflict, { location: 'PID-3' });
    const [id] = ids;
    if (id === undefined) return ok(undefined);
    const record = await lockIdentity(tx, id);
    // A merge came in between: its numbers designate another identity now.
    if (record.active) return ok({ record, retired: bearers.every(({ retired }) => retired) });
  }
  throw new Error('the numbers of a patient keep moving');
}
