/** What a person does to an identity: create, ask INSi, record a device check, set attributes, downgrade. */
import { identityDevice } from '../codes/identity-devices.ts';
import { mayCallInsi } from '../ins/status.ts';
import type { IdentityAttribute } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  addHistory,
  type Identifier,
  type IdentityRecord,
  identityById,
  identityByIdentifier,
  lockIdentity,
} from '../store/identities.ts';
import { insertNew, newRecord } from './arrival.ts';
import { type Cause, type Draft, queueInsi, queueInsiIfDue, saveChange, withEvent } from './change.ts';
import { stateOf } from './record.ts';
import { strictTraits, type TraitsInput } from './traits-input.ts';

export interface NewPatient extends TraitsInput {
  readonly usedName?: string | undefined;
  readonly usedGivenName?: string | undefined;
  readonly identifiers: readonly { readonly value: string; readonly domain: string; readonly type: string }[];
}

/** Creates a provisional identity after an antecedent search. */
export async function createPatient(
  context: UseCaseContext,
  input: NewPatient,
  actor: string,
): Promise<Result<IdentityRecord>> {
  if (context.config.context !== 1) return refuse(identityRules.mirrorReadOnly);
  const strict = strictTraits(input);
  if (!strict.ok) return strict;
  const given = input.identifiers.map(({ value, domain, type }): Identifier => ({ value, domain, kind: type }));
  const identifiers = [...new Map(given.map((one) => [`${one.domain}|${one.value}`, one])).values()];
  return transaction(context.pool, async (tx) => {
    for (const { domain, value } of identifiers)
      if ((await identityByIdentifier(tx, domain, value)) !== undefined)
        return refuse(identityRules.ippConflict, { location: 'identifiers' });
    const record: IdentityRecord = {
      ...newRecord(context, strict.value, false),
      usedName: input.usedName ?? null,
      usedGivenName: input.usedGivenName ?? null,
    };
    const cause = deskCause(context, actor);
    await insertNew(tx, record, identifiers, cause);
    const draft = await queueInsiIfDue(tx, context, record);
    await saveChange(tx, record, draft, { ...cause, event: 'recherche INSi demandée' });
    return reread(tx, record.id);
  });
}

/** An operator who holds the document asks INSi (practice 1); the answer comes by the queue. */
export async function requestInsiSearch(
  context: UseCaseContext,
  id: string,
  actor: string,
): Promise<Result<IdentityRecord>> {
  return edit(context, id, { actor, event: 'recherche INSi demandée' }, async (tx, record) => {
    const allowed = mayCallInsi(stateOf(record), { trigger: 'operator', provAutomatic: false });
    return allowed.ok ? ok(await queueInsi(tx, record)) : allowed;
  });
}

/** The second proof: a high-trust device was checked. One that contradicts the identity changes nothing but is traced. */
export async function recordDeviceCheck(
  context: UseCaseContext,
  id: string,
  check: { documentType: string; checkedAt: string; coherent: boolean },
  actor: string,
): Promise<Result<IdentityRecord>> {
  const checkedAt = new Date(check.checkedAt);
  if (Number.isNaN(checkedAt.getTime()) || checkedAt.getTime() > context.now().getTime() + 86_400_000)
    return refuse(apiRules.invalidRequest, { detail: 'checkedAt', location: 'corps' });
  const device = identityDevice(check.documentType);
  const how = { actor, event: "contrôle d'un dispositif d'identité", requirement: 'EXI SI 10' };
  return edit(context, id, how, async (tx, record) => {
    const checked = withEvent(record, {
      type: 'deviceChecked',
      device,
      checkedAt: checkedAt.toISOString(),
      checkedBy: actor,
      coherent: check.coherent,
      conditionConfirmed: true,
    });
    if (checked.ok) return ok(await queueInsiIfDue(tx, context, checked.value));
    if (checked.refusal.rule === identityRules.deviceIncoherent)
      await addHistory(tx, id, {
        ...deskCause(context, actor),
        event: `dispositif d'identité contredisant l'identité : ${device?.label ?? ''}`,
        requirement: 'EXI SI 10',
        before: undefined,
        after: undefined,
      });
    return checked;
  });
}

export type StatusAction =
  | {
      readonly action: 'set-attribute' | 'clear-attribute';
      readonly attribute: IdentityAttribute;
      readonly reason: string;
    }
  | { readonly action: 'downgrade'; readonly to: 'PROV' | 'VALI'; readonly reason: string };

/** Attributes and downgrades only: no call sets QUAL (practice 2). */
export async function changeStatus(
  context: UseCaseContext,
  id: string,
  change: StatusAction,
  actor: string,
): Promise<Result<IdentityRecord>> {
  const what =
    change.action === 'downgrade'
      ? `rétrogradation en ${change.to}`
      : `${change.action === 'set-attribute' ? 'attribut posé' : 'attribut levé'} : ${change.attribute}`;
  return edit(
    context,
    id,
    { actor, event: `${what} (${change.reason})`, requirement: 'EXI SI 09' },
    async (_tx, record) => {
      const event =
        change.action === 'downgrade'
          ? ({ type: 'downgraded', to: change.to } as const)
          : ({
              type: change.action === 'set-attribute' ? 'attributeSet' : 'attributeCleared',
              attribute: change.attribute,
            } as const);
      return withEvent(record, event);
    },
  );
}

function deskCause({ now }: UseCaseContext, actor: string): Cause {
  return { at: now(), actor, source: actor.startsWith('token:') ? 'API' : 'console' };
}

async function edit(
  context: UseCaseContext,
  id: string,
  how: { actor: string; event: string; requirement?: string },
  change: (tx: Db, record: IdentityRecord) => Promise<Result<Draft>>,
): Promise<Result<IdentityRecord>> {
  return transaction(context.pool, async (tx) => {
    const record = await lockIdentity(tx, id);
    const changed = await change(tx, record);
    if (!changed.ok) return changed;
    const { actor, ...rest } = how;
    await saveChange(tx, record, changed.value, { ...deskCause(context, actor), ...rest });
    return reread(tx, id);
  });
}

async function reread(tx: Db, id: string): Promise<Result<IdentityRecord>> {
  const record = await identityById(tx, id);
  return record === undefined ? refuse(apiRules.notFound) : ok(record);
}
