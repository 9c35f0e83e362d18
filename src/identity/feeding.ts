/** What bears on the feeding of a patient's DMP, besides the INS: information, opposition, anonymity, the DMP itself. */
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import {
  type DmpState,
  type IdentityRecord,
  identityById,
  lockIdentity,
  type NoInsReason,
} from '../store/identities.ts';
import { saveChange } from './change.ts';

/** What a person records; what is absent stays as it is. */
export interface FeedingDeclared {
  readonly informed?: boolean | undefined;
  readonly opposed?: boolean | undefined;
  readonly anonymous?: boolean | undefined;
  /** Null: an INS may be obtained after all. */
  readonly noInsReason?: NoInsReason | null | undefined;
}

/** Waiting and ended documents are looked at again by the `release` task that every change of an identity adds. */
export async function declareFeeding(
  context: UseCaseContext,
  id: string,
  declared: FeedingDeclared,
  by: { readonly actor: string; readonly reason: string },
): Promise<Result<void>> {
  return transaction(context.pool, async (tx) => {
    if ((await identityById(tx, id)) === undefined) return refuse(apiRules.notFound);
    const record = await lockIdentity(tx, id);
    if (!record.active) return refuse(identityRules.patientUnknown);
    const { informed, opposed, anonymous, noInsReason } = declared;
    const at = context.now();
    const wanted: IdentityRecord = {
      ...record,
      ...informedAs(record, informed, { at, actor: by.actor }),
      feedOpposition: opposed ?? record.feedOpposition,
      anonymous: anonymous ?? record.anonymous,
      noInsReason: noInsReason === undefined ? record.noInsReason : noInsReason,
    };
    const event = `alimentation du DMP : ${by.reason}`.slice(0, 500);
    await saveChange(tx, record, wanted, { at, actor: by.actor, source: 'console', event });
    return ok(undefined);
  });
}

function informedAs(
  record: IdentityRecord,
  informed: boolean | undefined,
  { at, actor }: { readonly at: Date; readonly actor: string },
): Pick<IdentityRecord, 'informedAt' | 'informedBy'> {
  const { informedAt, informedBy } = record;
  if (informed === undefined || informed === (informedAt !== null)) return { informedAt, informedBy };
  return informed ? { informedAt: at, informedBy: actor } : { informedAt: null, informedBy: null };
}

const HOUR_MS = 3_600_000;

/**
 * What TD0.2 has just answered. Kept where it stands against sending, or no longer does, or where a subscriber is told of it
 * (practice 20): the usual answer costs nothing. A DMP that is absent or closed is asked for again after a while.
 */
export async function noteDmpState(context: UseCaseContext, known: IdentityRecord, state: DmpState): Promise<void> {
  const told = context.config.diffusion.subscribers.some(({ dmpStatus }) => dmpStatus !== undefined);
  if (state === 'active' && (known.dmpState === 'active' || (known.dmpState === null && !told))) return;
  await transaction(context.pool, async (tx) => {
    const record = await lockIdentity(tx, known.id);
    if (!record.active) return;
    const at = context.now();
    const wanted = { ...record, dmpState: state, dmpStateAt: at };
    await saveChange(tx, record, wanted, {
      at,
      actor: 'system',
      source: 'DMP',
      event: 'test d’existence du DMP (TD0.2)',
    });
    const delayMs = context.config.policy.dmpAskedAgainAfterHours * HOUR_MS;
    if (state !== 'active') await addTask(tx, { kind: 'dmp-state', subject: record.id, delayMs });
  });
}

/** What was known of the DMP counts no more: the next document asks for it. */
export async function forgetDmpState(context: UseCaseContext, id: string): Promise<void> {
  await transaction(context.pool, async (tx) => {
    const record = await lockIdentity(tx, id);
    if (!record.active || record.dmpState === null || record.dmpState === 'active') return;
    const wanted = { ...record, dmpState: null, dmpStateAt: null };
    const cause = { at: context.now(), actor: 'system', source: 'console', event: 'DMP à interroger de nouveau' };
    await saveChange(tx, record, wanted, cause);
  });
}
